// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "producer/producer_frames.hpp"

namespace cs {

/// The latest picture of the producer, and its way to the encoders. It is a copy, so the producer cannot change a
/// picture that is being encoded. Source thread only.
class LatestPicture {
 public:
  /// A grey picture of this size, until the first frame. `can_stream`: whether streams of this size are possible;
  /// larger frames are scaled down.
  LatestPicture(
      Size size, FrameSink& sink, Metrics& metrics, std::function<bool(Size)> can_stream = [](Size) { return true; });

  /// Takes a frame out of the memory that the producer writes, which has this layout. If the frame has another size
  /// than the one before, all streams follow. False: it equals the one before.
  [[nodiscard]] bool take(const ProducerFrames& frames, const SlotLayout& layout, std::span<const std::byte> memory,
                          TimePoint captured_at);

  [[nodiscard]] Size size() const { return size_; }
  /// Of the largest stream.
  [[nodiscard]] Size stream_size() const { return stream_size_; }

  /// Whether the latest picture was not passed on yet.
  [[nodiscard]] bool is_new() const { return is_new_; }

  /// When a picture was last passed on.
  [[nodiscard]] TimePoint delivered_at() const { return delivered_at_; }

  /// Passes the picture on: a new one with the time when it was drawn, or the same again, as if drawn now.
  /// `is_stamped`: see stamp_i420(). False: the encoders are busy, or none is there.
  bool deliver(bool is_stamped, TimePoint now);

 private:
  void follow_size(Size size);

  FrameSink& sink_;
  Metric& busy_;
  const std::function<bool(Size)> can_stream_;
  Size size_;
  Size stream_size_;
  std::vector<std::byte> pixels_;  // I420
  std::vector<std::byte> spare_;   // the next picture, until it is compared
  TimePoint captured_at_;
  TimePoint delivered_at_;
  TimePoint delivered_captured_at_;  // capture times always increase
  bool is_new_ = true;
  bool is_refused_ = false;     // the encoders were busy at the last attempt
  bool is_other_size_ = false;  // pixels_ holds no picture yet
};

}  // namespace cs
