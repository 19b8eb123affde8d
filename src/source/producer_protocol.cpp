// SPDX-License-Identifier: MIT
#include "source/producer_protocol.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "cubestream/application_message.hpp"

namespace cs {
namespace {

// The structures below are copied to and from messages.
static_assert(std::endian::native == std::endian::little, "the protocol is little-endian");

enum class Type : std::uint16_t {
  hello = 1,
  config,
  buffers,
  request,
  frame,
  release,
  status,
  error,
  demand,
  input,
  wants,
  text,
};

constexpr std::uint32_t kBottomUp = 1;
constexpr std::uint32_t kUnchanged = 1;
constexpr std::uint32_t kKeyframe = 2;
constexpr std::uint32_t kMoving = 1;
constexpr std::uint32_t kNeedsPicture = 2;
constexpr std::uint32_t kAllFormats = 0b111110;
constexpr std::uint32_t kAllModes = 3;
constexpr int kLeastSide = 64;
constexpr int kMostWidth = 7680;
constexpr int kMostHeight = 4320;
constexpr std::size_t kRowAlignment = 64;
constexpr std::uint32_t kMostFps = 1000;  // larger wishes mean the same
constexpr std::size_t kMaxSentence = 1024;

struct Header {
  std::uint16_t type = 0;
  std::uint16_t size = 0;
  std::uint32_t sequence = 0;
};
struct Hello {
  Header header;
  std::uint16_t version = kProducerVersion;
  std::uint16_t oldest = kProducerVersion;
  std::uint32_t formats = 0;
  std::uint32_t format = 0;
  std::uint32_t mode = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t fps = 0;
  std::uint32_t flags = 0;
  std::uint64_t reserved = 0;
  char name[64] = {};
};
static_assert(sizeof(Hello) == 112 && offsetof(Hello, name) == 48);
struct Config {
  Header header;
  std::uint32_t generation = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t fps = 0;
  std::uint32_t format = 0;
  std::uint32_t mode = 0;
  std::uint32_t flags = 0;
  std::uint32_t slots = 0;
  std::uint64_t bytes = 0;
  std::uint32_t planes = 0;
  std::uint32_t answers = 0;
  PlaneLayout plane[3] = {};
};
static_assert(sizeof(PlaneLayout) == 16 && sizeof(Config) == 104 && offsetof(Config, plane) == 56);
struct Buffers {
  Header header;
  std::uint32_t generation = 0;
  std::uint32_t slots = 0;
};
static_assert(sizeof(Buffers) == 16);
struct RequestMessage {
  Header header;
  std::uint64_t number = 0;
  std::uint64_t deadline = 0;
  double time = 0;
  std::uint32_t generation = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t flags = 0;
  std::uint32_t input_bytes = 0;
  std::uint32_t input_count = 0;
};
static_assert(sizeof(RequestMessage) == 56);
struct FrameHead {
  Header header;
  std::uint64_t request = 0;
  std::uint64_t captured_at = 0;
  std::uint32_t generation = 0;
  std::uint32_t slot = 0;
  std::uint32_t flags = 0;
  std::uint32_t metadata_bytes = 0;
  std::uint64_t reserved = 0;
};
static_assert(sizeof(FrameHead) == 48);
struct Release {
  Header header;
  std::uint32_t generation = 0;
  std::uint32_t slot = 0;
};
static_assert(sizeof(Release) == 16);
/// STATUS and ERROR.
struct TextHead {
  Header header;
  std::uint32_t value = 0;
  std::uint32_t text_bytes = 0;
};
static_assert(sizeof(TextHead) == 16);
struct DemandMessage {
  Header header;
  std::uint32_t is_watched = 0;
  std::uint32_t fps = 0;
};
static_assert(sizeof(DemandMessage) == 16);

struct InputHead {
  Header header;
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
};
static_assert(sizeof(InputHead) == 16);
struct WantsHead {
  Header header;
  std::uint32_t kinds = 0;
  std::uint8_t lock = 0;
  std::uint8_t reserved[3] = {};
};
static_assert(sizeof(WantsHead) == 16);

using Parsed = std::variant<ProducerMessage, ProducerError>;

template <typename T>
std::optional<T> read(std::span<const std::byte> message) {
  if (message.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(static_cast<void*>(&value), message.data(), sizeof value);
  return value;
}

ProducerError too_short(const char* name) {
  return {std::string("a message ") + name + " is too short"};
}

/// The text up to the first zero byte.
std::string text_in(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::string(all.substr(0, all.find('\0')));
}

std::variant<ProducerFrames, ProducerError> read_wish(std::uint32_t width, std::uint32_t height, std::uint32_t format,
                                                      std::uint32_t mode, std::uint32_t flags) {
  if (format < 1 || format > 5)
    return ProducerError{"format " + std::to_string(format) +
                         " is unknown; it must be 1 (RGBA), 2 (BGRA), 3 (RGB), 4 (I420) or 5 (NV12)"};
  if (mode != 1 && mode != 2)
    return ProducerError{"mode " + std::to_string(mode) + " is unknown; it must be 1 (pull) or 2 (push)"};
  const bool is_default = width == 0 && height == 0;
  if (!is_default && (width < kLeastSide || height < kLeastSide || width > kMostWidth || height > kMostHeight ||
                      width % 2 != 0 || height % 2 != 0))
    return ProducerError{"the size " + std::to_string(width) + "x" + std::to_string(height) +
                         " is not possible; both sides must be even, at least 64, and at most 7680x4320"};
  return ProducerFrames{.width = static_cast<int>(width),
                        .height = static_cast<int>(height),
                        .format = static_cast<ProducerFormat>(format),
                        .mode = static_cast<ProducerMode>(mode),
                        .is_bottom_up = (flags & kBottomUp) != 0};
}

Parsed parse_hello(std::span<const std::byte> message) {
  const auto hello = read<Hello>(message);
  if (!hello) return too_short("HELLO");
  if (hello->oldest > kProducerVersion || hello->version < kProducerVersion)
    return ProducerError{"this daemon speaks version " + std::to_string(kProducerVersion) +
                         " of the protocol, the program versions " + std::to_string(hello->oldest) + " to " +
                         std::to_string(hello->version)};
  auto wish = read_wish(hello->width, hello->height, hello->format, hello->mode, hello->flags);
  if (auto* error = std::get_if<ProducerError>(&wish)) return std::move(*error);
  return ProducerHello{.name = text_in(std::as_bytes(std::span(hello->name))),
                       .wish = std::get<ProducerFrames>(wish),
                       .most_fps = static_cast<int>(std::min(hello->fps, kMostFps))};
}

Parsed parse_config(std::span<const std::byte> message) {
  const auto config = read<Config>(message);
  if (!config) return too_short("CONFIG");
  auto wish = read_wish(config->width, config->height, config->format, config->mode, config->flags);
  if (auto* error = std::get_if<ProducerError>(&wish)) return std::move(*error);
  return ProducerWish{std::get<ProducerFrames>(wish), config->header.sequence};
}

Parsed parse_frame(std::span<const std::byte> message) {
  const auto head = read<FrameHead>(message);
  if (!head) return too_short("FRAME");
  const auto rest = message.subspan(sizeof *head);
  if (head->metadata_bytes > kMaxMetadata) return ProducerError{"the metadata of a FRAME are larger than 4 KiB"};
  if (head->metadata_bytes > rest.size()) return ProducerError{"a FRAME is shorter than its metadata"};
  const auto metadata = rest.first(head->metadata_bytes);
  return ProducerFrame{.request = head->request,
                       .captured_at = head->captured_at,
                       .generation = head->generation,
                       .slot = head->slot,
                       .is_unchanged = (head->flags & kUnchanged) != 0,
                       .wants_keyframe = (head->flags & kKeyframe) != 0,
                       .metadata = {metadata.begin(), metadata.end()}};
}

Parsed parse_status(std::span<const std::byte> message) {
  const auto head = read<TextHead>(message);
  if (!head) return too_short("STATUS");
  const auto rest = message.subspan(sizeof *head);
  if (head->text_bytes > rest.size()) return ProducerError{"a STATUS is shorter than its text"};
  return ProducerStatus{.text = text_in(rest.first(std::min<std::size_t>(head->text_bytes, kMaxStatusText))),
                        .percent = head->value <= 100 ? static_cast<int>(head->value) : -1};
}

Parsed parse_wants(std::span<const std::byte> message) {
  const auto head = read<WantsHead>(message);
  if (!head) return too_short("WANTS");
  InputWish wish{.kinds = 0, .lock = head->lock != 0, .cursor = text_in(message.subspan(sizeof *head))};
  for (const InputKind& kind : kInputKinds) wish.kinds |= head->kinds & kind.bit;
  const bool is_name = std::ranges::all_of(wish.cursor, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (!is_name || wish.cursor.size() > kMaxCursorName)
    return ProducerError{"the cursor in a WANTS is not the name of a CSS cursor, such as grab"};
  return ProducerWants{std::move(wish)};
}

Parsed parse_text(std::span<const std::byte> message) {
  const auto text = message.subspan(sizeof(Header));
  if (text.size() > kMaxApplicationBytes) return ProducerError{"a MESSAGE is larger than 16 KiB"};
  std::string json(reinterpret_cast<const char*>(text.data()), text.size());
  if (!nlohmann::json::accept(json)) return ProducerError{"a MESSAGE is not valid JSON in UTF-8"};
  return ProducerText{std::move(json)};
}

template <typename T>
ProducerMessageWriter::Message written(Type type, T value, std::uint32_t& sequence, std::string_view text = {}) {
  value.header = {.type = static_cast<std::uint16_t>(type),
                  .size = static_cast<std::uint16_t>(sizeof value + text.size()),
                  .sequence = sequence++};
  ProducerMessageWriter::Message message(sizeof value + text.size());
  std::memcpy(message.data(), &value, sizeof value);
  text.copy(reinterpret_cast<char*>(message.data()) + sizeof value, text.size());
  return message;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t unsigned_of(int value) {
  return static_cast<std::uint32_t>(value);
}

}  // namespace

Parsed parse_producer_message(std::span<const std::byte> message) {
  const auto header = read<Header>(message);
  if (!header) return ProducerError{"a message is shorter than its header of 8 bytes"};
  if (header->size != message.size())
    return ProducerError{"a message of " + std::to_string(message.size()) + " bytes says that it has " +
                         std::to_string(header->size)};
  switch (static_cast<Type>(header->type)) {
    case Type::hello:
      return parse_hello(message);
    case Type::config:
      return parse_config(message);
    case Type::frame:
      return parse_frame(message);
    case Type::status:
      return parse_status(message);
    case Type::wants:
      return parse_wants(message);
    case Type::text:
      return parse_text(message);
    default:
      return ProducerUnknown{};
  }
}

SlotLayout slot_layout(const ProducerFrames& frames) {
  const auto width = static_cast<std::uint64_t>(frames.width);
  const auto height = static_cast<std::uint32_t>(frames.height);
  SlotLayout layout;
  const auto add = [&](std::uint64_t row_bytes, std::uint32_t rows) {
    const std::uint64_t stride = (row_bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
    layout.plane.at(layout.planes++) = {layout.bytes, static_cast<std::uint32_t>(stride), rows};
    layout.bytes += stride * rows;
  };
  switch (frames.format) {
    case ProducerFormat::rgba:
    case ProducerFormat::bgra:
      add(4 * width, height);
      break;
    case ProducerFormat::rgb:
      add(3 * width, height);
      break;
    case ProducerFormat::i420:
      add(width, height);
      add(width / 2, height / 2);
      add(width / 2, height / 2);
      break;
    case ProducerFormat::nv12:
      add(width, height);
      add(width, height / 2);
      break;
  }
  return layout;
}

ProducerMessageWriter::Message ProducerMessageWriter::hello(int fps) {
  Hello hello;
  hello.formats = kAllFormats;
  hello.mode = kAllModes;
  hello.width = kMostWidth;
  hello.height = kMostHeight;
  hello.fps = unsigned_of(fps);
  std::ranges::copy(std::string_view("cubestream"), hello.name);
  return written(Type::hello, hello, sequence_);
}

ProducerMessageWriter::Message ProducerMessageWriter::config(std::uint32_t generation, const ProducerFrames& frames,
                                                             int fps, std::uint32_t answers) {
  const SlotLayout layout = slot_layout(frames);
  Config config;
  config.generation = generation;
  config.width = unsigned_of(frames.width);
  config.height = unsigned_of(frames.height);
  config.fps = unsigned_of(fps);
  config.format = static_cast<std::uint32_t>(frames.format);
  config.mode = static_cast<std::uint32_t>(frames.mode);
  config.flags = frames.is_bottom_up ? kBottomUp : 0;
  config.slots = kFrameSlots;
  config.bytes = layout.bytes;
  config.planes = layout.planes;
  config.answers = answers;
  std::ranges::copy(layout.plane, config.plane);
  return written(Type::config, config, sequence_);
}

ProducerMessageWriter::Message ProducerMessageWriter::buffers(std::uint32_t generation) {
  Buffers buffers;
  buffers.generation = generation;
  buffers.slots = kFrameSlots;
  return written(Type::buffers, buffers, sequence_);
}

ProducerMessageWriter::Message ProducerMessageWriter::request(const Request& request) {
  RequestMessage message;
  message.number = request.number;
  message.deadline = request.deadline;
  message.time = request.time;
  message.generation = request.generation;
  message.width = unsigned_of(request.width);
  message.height = unsigned_of(request.height);
  message.flags = (request.is_moving ? kMoving : 0) | (request.needs_picture ? kNeedsPicture : 0);
  message.input_bytes = static_cast<std::uint32_t>(request.input.bytes.size());
  message.input_count = request.input.count;
  return written(Type::request, message, sequence_, as_text(request.input.bytes));
}

ProducerMessageWriter::Message ProducerMessageWriter::release(std::uint32_t generation, std::uint32_t slot) {
  Release release;
  release.generation = generation;
  release.slot = slot;
  return written(Type::release, release, sequence_);
}

ProducerMessageWriter::Message ProducerMessageWriter::error(ProducerErrorCode code, const std::string& sentence) {
  const auto text = std::string_view(sentence).substr(0, kMaxSentence);
  TextHead head;
  head.value = static_cast<std::uint32_t>(code);
  head.text_bytes = static_cast<std::uint32_t>(text.size());
  return written(Type::error, head, sequence_, text);
}

ProducerMessageWriter::Message ProducerMessageWriter::demand(bool is_watched, int fps) {
  DemandMessage demand;
  demand.is_watched = is_watched ? 1 : 0;
  demand.fps = unsigned_of(fps);
  return written(Type::demand, demand, sequence_);
}

ProducerMessageWriter::Message ProducerMessageWriter::input(const EventBytes& events) {
  InputHead head;
  head.count = events.count;
  head.bytes = static_cast<std::uint32_t>(events.bytes.size());
  return written(Type::input, head, sequence_, as_text(events.bytes));
}

ProducerMessageWriter::Message ProducerMessageWriter::text(const std::string& json) {
  struct TextMessage {
    Header header;
  };
  return written(Type::text, TextMessage{}, sequence_, json);
}

}  // namespace cs
