// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/histogram.hpp"
#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "encode/frame_consumer.hpp"
#include "encode/frame_rate_divider.hpp"
#include "encoder/frame_pool.hpp"

namespace cs {

/// Where the rendered pictures arrive: each is drawn once, as large as the largest that somebody watches, and read by
/// the encoder of every stream that is watched, and by who makes snapshots; who takes smaller ones, or fewer, gets
/// such. What they together want is the renderer's demand. Built, joined, left and destroyed on the main thread while
/// no pictures come; the FrameSink half is the render thread's.
class FrameDistributor final : public FrameSink {
 public:
  /// `consumers`: how many there will be at most. `demand` is what this sets.
  FrameDistributor(unsigned consumers, Demand& demand, Metrics& metrics);

  /// Throws StartupError.
  void join(FrameConsumer& consumer);
  void leave(FrameConsumer& consumer);

  /// What one of them wants has changed. Main thread.
  void follow();

  [[nodiscard]] int fps() override;
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire() override;
  void push(Frame frame) override;

 private:
  struct Place {
    FrameConsumer* consumer;
    FrameRateDivider divider;
    [[nodiscard]] bool is_live() const { return consumer->level() == Demand::Level::live; }
    [[nodiscard]] bool is_due(TimePoint picture, int fps) const {
      return consumer->format().fps >= fps || divider.is_due(picture);
    }
  };
  struct SizePool {
    SizePool(const FrameFormat& format, unsigned consumers) : size(format.size), pool(format, consumers) {}
    const Size size;
    FramePool pool;
  };
  using Scaled = std::vector<std::pair<Size, Ref<GstBuffer>>>;

  [[nodiscard]] FramePool& pool_of(Size size);
  [[nodiscard]] GstBuffer* of_size(Size size, Scaled& made, TimePoint captured_at);

  const unsigned consumers_;
  Demand& demand_;
  Histogram& scale_;
  std::list<SizePool> pools_;  // one for each size that somebody takes
  std::vector<Place> places_;
};

}  // namespace cs
