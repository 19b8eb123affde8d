// SPDX-License-Identifier: MIT
#include "check/machine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/frame.hpp"
#include "encoder/candidates.hpp"
#include "encoder/encoder_probe.hpp"
#include "gst/gstreamer.hpp"
#include "process/descriptors.hpp"
#include "render/offscreen_target.hpp"
#include "scene/scenes.hpp"
#include "session/admission.hpp"
#include "webrtc/needed_elements.hpp"

namespace cs {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// True for the names of software renderers.
bool is_software(const std::string& renderer) {
  constexpr std::string_view kNames[] = {"llvmpipe", "softpipe", "swrast", "SwiftShader"};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return renderer.find(name) != renderer.npos; });
}

/// Probes hardware encoders in parallel, so that a driver that hangs does not delay the others.
class Probes {
 public:
  void begin(const EncoderRow& row) {
    running_.emplace(
        &row, std::async(std::launch::async, [&row] { return probe_encoder_in_subprocess(row, "/proc/self/exe"); }));
  }
  /// Waits for the result. Probes a row that was not begun now, in this thread.
  ProbeResult of(const EncoderRow& row, const Stream& stream) {
    const auto found = running_.find(&row);
    return found == running_.end() ? probe_encoder(row, stream) : found->second.get();
  }

 private:
  std::map<const EncoderRow*, std::future<ProbeResult>> running_;
};

struct Tried {
  Check check;
  bool works = false;
};

Tried try_row(const EncoderRow& row, const Stream& stream, bool asked_for, Probes& probes) {
  const CheckResult bad = asked_for ? CheckResult::failed : CheckResult::warning;
  const std::string remedy = asked_for ? "; set CS_ENCODER=auto" : "";
  if (const std::string why = obstacle(row, stream); !why.empty())
    return {{.result = asked_for ? CheckResult::failed : CheckResult::skipped, .sentence = why + remedy}};
  const ProbeResult probe = probes.of(row, stream);
  if (!probe.failure.empty()) return {{.result = bad, .sentence = "does not work: " + probe.failure + remedy}};
  const double time = Milliseconds(probe.per_frame).count();
  const double most = 1000.0 / stream.format.fps;
  Check check = {.sentence = fmt::format("works, {:.1f} ms per frame", time), .figures = {{"picture_ms", time}}};
  if (time > most) {
    check.result = CheckResult::warning;
    check.sentence += fmt::format(", but CS_FPS={} allows only {:.1f} ms", stream.format.fps, most);
  }
  return {std::move(check), true};
}

/// Lists the encoder used for each codec: the first in the table that works, or the one named by CS_ENCODER.
Check summary(const std::vector<std::pair<Codec, const EncoderRow*>>& used) {
  std::string sent;
  std::string missing;
  for (const auto& [codec, row] : used) {
    std::string& list = row == nullptr ? missing : sent;
    list += (list.empty() ? "" : ", ") + std::string(encoding_name(codec));
    if (row != nullptr) list += " by " + std::string(row->factory);
  }
  if (missing.empty()) return {.sentence = sent};
  if (sent.empty()) return {.result = CheckResult::failed, .sentence = "nothing can be encoded"};
  return {.result = CheckResult::warning,
          .sentence = sent + "; no encoder for " + missing + ", so clients that support nothing else are refused"};
}

}  // namespace

Check check_drawing(const Settings& settings) {
  OffscreenTarget canvas({.size = settings.format.size, .readback = settings.readback},
                         [&] { return make_scene(settings.scene); });
  std::vector<std::byte> pixels(frame_bytes(settings.format.size, PixelFormat::i420));
  canvas.draw(settings.format.size, {}, {}, pixels);  // the first frame compiles shaders and allocates
  const TimePoint began = Clock::now();
  canvas.draw(settings.format.size, std::chrono::seconds(1), {}, pixels);
  const double time = Milliseconds(Clock::now() - began).count();
  const EglContext& context = canvas.context();
  if (std::ranges::all_of(pixels, [&](std::byte pixel) { return pixel == pixels.front(); }))
    return {.result = CheckResult::failed,
            .sentence = context.renderer() + " renders nothing: all pixels read back are the same"};
  return {.sentence = fmt::format("{} ({}) on EGL {}, {}; {:.1f} ms per frame, readback {}", context.renderer(),
                                  context.version(), context.platform(),
                                  is_software(context.renderer()) ? "software rendering" : "GPU rendering", time,
                                  kReadbacks.at(static_cast<std::size_t>(canvas.readback()))),
          .figures = {{"picture_ms", time}, {"software", is_software(context.renderer()) ? 1 : 0}}};
}

Check check_elements() {
  if (std::string why = missing_elements(viewer_elements()); !why.empty())
    return {.result = CheckResult::failed, .sentence = std::move(why)};
  return {.sentence = "GStreamer has all elements that viewers need",
          .figures = {{"elements", static_cast<double>(viewer_elements().size())}}};
}

Check check_descriptors(const Settings& settings) {
  const std::int64_t descriptors = raise_descriptor_limit();
  std::string shortage = descriptor_shortage(settings.max_viewers, kOtherDescriptors, descriptors);
  Check check = {.figures = {{"descriptors", static_cast<double>(descriptors)},
                             {"max_viewers", static_cast<double>(settings.max_viewers)}}};
  check.result = shortage.empty() ? CheckResult::ok : CheckResult::warning;
  check.sentence = shortage.empty() ? std::to_string(descriptors) + " file descriptors are enough for " +
                                          std::to_string(settings.max_viewers) + " viewers"
                                    : std::move(shortage);
  return check;
}

void check_encoders(const Settings& settings, CheckReport& report) {
  Probes probes;
  const auto stream_of = [&](Codec codec) {
    return Stream{.codec = codec, .format = settings.format, .bitrate_kbps = settings.bitrate_kbps};
  };
  for (const EncoderRow& row : encoder_table())
    if (row.kind == EncoderKind::hardware && obstacle(row, stream_of(row.codec)).empty()) probes.begin(row);
  std::vector<std::pair<Codec, const EncoderRow*>> used;
  for (const Codec codec : kCodecs) {
    const Stream stream = stream_of(codec);
    const bool by_name = is_encoder_of(settings.encoder, codec);
    used.emplace_back(codec, nullptr);
    for (const EncoderRow& row : encoder_table()) {
      if (row.codec != codec) continue;
      const bool asked_for = row.factory == settings.encoder;
      Tried tried;
      report.run(std::string(row.factory), [&] {
        tried = try_row(row, stream, asked_for, probes);
        return tried.check;
      });
      if (tried.works && used.back().second == nullptr && (asked_for || !by_name)) used.back().second = &row;
    }
  }
  report.run("encoders", [&] { return summary(used); });
}

}  // namespace cs
