// SPDX-License-Identifier: MIT
#include "encoder/encoder_probe.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

#include "base/error.hpp"
#include "encoder/encoder.hpp"
#include "encoder/frame_pool.hpp"
#include "encoder/h264_conformance.hpp"

namespace cs {
namespace {

/// Number of frames of a probe; the first and the middle one must be keyframes. Fewer for software, which has no driver
/// to test and delays the start.
std::size_t probe_frames(EncoderKind kind) {
  return kind == EncoderKind::software ? 3 : 6;
}

/// Collects access units from the streaming thread. Signals each by a message on the bus, where errors arrive too.
class Units {
 public:
  AccessUnitOutput output() {
    return [this](const AccessUnit& unit) {
      const std::lock_guard lock(mutex_);
      units_.push_back(unit);
      if (bus_) gst_bus_post(bus_.get(), gst_message_new_application(nullptr, gst_structure_new_empty("unit")));
    };
  }

  void listen(GstElement* pipeline) {
    const std::lock_guard lock(mutex_);
    bus_ = adopt(gst_element_get_bus(pipeline));
  }

  /// Waits until there are `count` units. Returns the encoder's error; empty on success and on timeout.
  std::string wait_for(std::size_t count, TimePoint until) {
    constexpr auto kEvents = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS | GST_MESSAGE_APPLICATION);
    while (this->count() < count) {
      const auto limit = std::max<std::chrono::nanoseconds>(until - Clock::now(), std::chrono::nanoseconds(0));
      const auto message =
          adopt(gst_bus_timed_pop_filtered(bus_.get(), static_cast<GstClockTime>(limit.count()), kEvents));
      if (!message) return "";
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) return describe_error(message.get());
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return "it stopped by itself (end of stream)";
    }
    return "";
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return units_.size();
  }
  AccessUnit last() {
    const std::lock_guard lock(mutex_);
    return units_.back();
  }

 private:
  std::mutex mutex_;
  Ref<GstBus> bus_;                // set once, guarded by mutex_; then constant
  std::vector<AccessUnit> units_;  // guarded by mutex_
};

/// What is wrong with the access unit of frame `number`; empty: nothing.
std::string flaw(const AccessUnit& unit, Codec codec, std::size_t number) {
  if (number == 0 && !unit.keyframe) return "its first frame is not a keyframe";
  return codec == Codec::h264 ? h264_violation(unit) : "";
}

ProbeResult run_probe(Encoder& encoder, Units& units, const Stream& stream, EncoderKind kind) {
  const std::size_t frames = probe_frames(kind);
  const bool is_software = kind == EncoderKind::software;
  FramePool pool(stream.format, 1);
  ProbeResult result;
  const TimePoint began = Clock::now();
  TimePoint first_done = began;
  bool made_on_demand = false;
  const std::size_t asked = frames / 2;
  const std::chrono::nanoseconds apart = std::chrono::nanoseconds(std::chrono::seconds(1)) / stream.format.fps;
  for (std::size_t i = 0; i < frames; ++i) {
    auto memory = pool.acquire();
    if (!memory) return {"it does not release its input frames"};
    std::ranges::fill(memory->pixels(), static_cast<std::byte>(40 + 8 * i));
    const auto frame = take_buffer({std::move(memory), began + static_cast<long>(i) * apart});
    const bool pushed = encoder.push(frame.get(), i == asked);
    const TimePoint until = is_software ? began + kSoftwareLimit : Clock::now() + kFrameLimit;
    if (std::string error = units.wait_for(i + 1, until); !error.empty()) return {std::move(error)};
    if (!pushed) return {"it accepts no frames"};
    const std::size_t made = units.count();
    if (made <= i)
      return {i == 0 ? fmt::format("it produced no output within {} s",
                                   (is_software ? kSoftwareLimit : kFrameLimit).count())
                     : "it delays its output by at least one frame"};
    if (made > i + 1) return {"it makes more than one access unit from one frame"};
    const AccessUnit unit = units.last();
    if (std::string why = flaw(unit, stream.codec, i); !why.empty()) return {std::move(why)};
    if (i >= asked && unit.keyframe) made_on_demand = true;  // a driver may react one frame late
    if (i == 0) first_done = Clock::now();
  }
  if (!made_on_demand) return {"it makes no keyframe when asked for one"};
  result.per_frame = std::chrono::duration_cast<std::chrono::microseconds>((Clock::now() - first_done) /
                                                                           static_cast<long>(frames - 1));
  return result;
}

}  // namespace

ProbeResult probe_encoder(const EncoderRow& row, const Stream& stream) {
  Units units;
  try {
    Encoder encoder(row, stream, units.output(), [](const std::string&) {});
    units.listen(encoder.pipeline());
    return run_probe(encoder, units, stream, row.kind);
  } catch (const StartupError& error) {
    return {error.what()};
  }
}

}  // namespace cs
