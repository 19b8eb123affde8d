// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_caps.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxCaps = 4096;
constexpr int kLeast = 64;
constexpr int kWidest = 7680;
constexpr int kHighest = 4320;
constexpr const char* kRemedy = "; add ! videoconvert ! video/x-raw,format=I420 before unixfdsink";

struct FormatName {
  std::string_view name;
  ProducerFormat format;
};
constexpr std::array<FormatName, 7> kFormats = {{{"I420", ProducerFormat::i420},
                                                 {"NV12", ProducerFormat::nv12},
                                                 {"RGBA", ProducerFormat::rgba},
                                                 {"RGBx", ProducerFormat::rgba},
                                                 {"BGRA", ProducerFormat::bgra},
                                                 {"BGRx", ProducerFormat::bgra},
                                                 {"RGB", ProducerFormat::rgb}}};

/// The parts between commas that are outside of quotation marks and brackets.
std::vector<std::string_view> fields_of(std::string_view caps) {
  std::vector<std::string_view> fields;
  std::size_t begin = 0;
  int depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    const char c = caps[i];
    if (is_quoted && c == '\\')
      ++i;  // the next character is part of the text
    else if (c == '"')
      is_quoted = !is_quoted;
    else if (is_quoted)
      continue;
    else if (std::string_view("([{<").find(c) != std::string_view::npos)
      ++depth;
    else if (std::string_view(")]}>").find(c) != std::string_view::npos)
      --depth;
    else if (c == ',' && depth == 0) {
      fields.push_back(trimmed(caps.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  fields.push_back(trimmed(caps.substr(std::min(begin, caps.size()))));
  return fields;
}

/// The value of a field, without its type and quotation marks; empty: there is none.
std::string_view value_of(const std::vector<std::string_view>& fields, std::string_view name) {
  for (std::string_view field : fields) {
    const auto equals = field.find('=');
    if (equals == std::string_view::npos || trimmed(field.substr(0, equals)) != name) continue;
    std::string_view value = trimmed(field.substr(equals + 1));
    if (value.starts_with('(')) value = trimmed(value.substr(std::min(value.find(')'), value.size() - 1) + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

/// What GStreamer assumes for a size without colorimetry.
YuvColours default_colours(int height) {
  return {.matrix = height > 576 ? YuvColours::Matrix::bt709 : YuvColours::Matrix::bt601};
}

/// Of a name, or of "range:matrix:transfer:primaries" in GStreamer's numbers.
YuvColours colours_of(std::string_view colorimetry, int height) {
  using Matrix = YuvColours::Matrix;
  if (colorimetry == "bt601") return {.matrix = Matrix::bt601};
  if (colorimetry == "bt709" || colorimetry == "smpte240m") return {.matrix = Matrix::bt709};
  if (colorimetry.starts_with("bt2020") || colorimetry.starts_with("bt2100")) return {.matrix = Matrix::bt2020};
  YuvColours colours = default_colours(height);
  const auto numbers = split(colorimetry, ':');
  if (numbers.size() != 4) return colours;
  colours.is_full_range = numbers[0] == "1";
  if (numbers[1] == "3" || numbers[1] == "5") colours.matrix = Matrix::bt709;
  if (numbers[1] == "2" || numbers[1] == "4") colours.matrix = Matrix::bt601;
  if (numbers[1] == "6") colours.matrix = Matrix::bt2020;
  return colours;
}

std::uint32_t multiple_of_4(int bytes) {
  return static_cast<std::uint32_t>((bytes + 3) / 4 * 4);
}

}  // namespace

SlotLayout gstreamer_layout(const ProducerFrames& frames) {
  SlotLayout layout;
  const auto add = [&layout](std::uint32_t stride, int rows) {
    const auto count = static_cast<std::uint32_t>(rows);
    layout.plane.at(layout.planes++) = {.offset = layout.bytes, .stride = stride, .rows = count};
    layout.bytes += std::uint64_t{stride} * count;
  };
  switch (frames.format) {
    case ProducerFormat::i420:
      add(multiple_of_4(frames.width), frames.height);
      add(multiple_of_4(frames.width / 2), frames.height / 2);
      add(multiple_of_4(frames.width / 2), frames.height / 2);
      break;
    case ProducerFormat::nv12:
      add(multiple_of_4(frames.width), frames.height);
      add(multiple_of_4(frames.width), frames.height / 2);
      break;
    case ProducerFormat::rgb:
      add(multiple_of_4(3 * frames.width), frames.height);
      break;
    case ProducerFormat::rgba:
    case ProducerFormat::bgra:
      add(multiple_of_4(4 * frames.width), frames.height);
      break;
  }
  return layout;
}

std::variant<CapsFrames, ProducerError, std::monostate> parse_unixfd_caps(std::string_view caps) {
  if (caps.size() > kMaxCaps) return ProducerError{"sends caps of more than 4096 bytes"};
  if (caps == "NULL" || caps == "EMPTY") return std::monostate{};
  const auto fields = fields_of(caps);
  const std::string_view type = fields.front();
  if (type.starts_with("video/x-raw(memory:DMABuf")) return ProducerError{kSendsDmabuf};
  if (type != "video/x-raw" && type != "video/x-raw(memory:SystemMemory)")
    return ProducerError{fmt::format("sends no raw video in system memory{}", kRemedy)};

  const std::string_view name = value_of(fields, "format");
  const auto* const format = std::ranges::find(kFormats, name, &FormatName::name);
  if (format == kFormats.end()) {
    std::string known;
    for (const FormatName& each : kFormats) known += (known.empty() ? "" : ", ") + std::string(each.name);
    return ProducerError{fmt::format("sends a format that is none of {}{}", known, kRemedy)};
  }
  const auto width = parse_number<int>(value_of(fields, "width"), kLeast, kWidest);
  const auto height = parse_number<int>(value_of(fields, "height"), kLeast, kHighest);
  if (!width || !height || *width % 2 != 0 || *height % 2 != 0)
    return ProducerError{
        "sends a size that is not even, or not from 64x64 to 7680x4320; add ! videoscale ! "
        "video/x-raw,width=1280,height=720 before unixfdsink"};
  CapsFrames result{
      .frames = {.width = *width, .height = *height, .format = format->format, .mode = ProducerMode::push},
      .layout = {},
      .colours = colours_of(value_of(fields, "colorimetry"), *height)};
  result.layout = gstreamer_layout(result.frames);
  return result;
}

}  // namespace cs
