// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <memory>
#include <mutex>
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

/// Distributes rendered frames to the consumers: the encoders of all live streams and the snapshot encoder. Each frame
/// is drawn once, at the largest size and rate of the live consumers; the others get scaled or fewer frames. Sets the
/// renderer's demand from the consumers' levels. Built and destroyed, join() and leave(): main thread, while no frames
/// come. The FrameSink functions: render thread.
class FrameDistributor final : public FrameSink {
 public:
  /// `consumers`: maximum number of consumers. `demand`: the renderer's, which this object sets.
  FrameDistributor(unsigned consumers, Demand& demand, Metrics& metrics);

  /// Throws StartupError.
  void join(FrameConsumer& consumer);
  void leave(FrameConsumer& consumer);

  /// Updates the demand after the level of a consumer has changed. Main thread.
  void follow();

  [[nodiscard]] int fps() override;
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire() override;
  [[nodiscard]] bool needs_frame() override;
  void resize(Size scene) override;
  void request_keyframe() override;
  void push(Frame frame) override;

 private:
  struct Member {
    FrameConsumer* consumer;
    Size configured;  // size of its frames when it joined
    FrameRateDivider divider;
    [[nodiscard]] bool is_live() const { return consumer->level() == Demand::Level::live; }
    [[nodiscard]] bool is_due(TimePoint captured_at, int fps) const {
      return consumer->format().fps >= fps || divider.is_due(captured_at);
    }
  };
  struct SizePool {
    SizePool(const FrameFormat& format, unsigned consumers) : size(format.size), pool(format, consumers) {}
    const Size size;
    FramePool pool;
  };
  using Scaled = std::vector<std::pair<Size, Ref<GstBuffer>>>;

  void add_pool(const FrameFormat& format);
  [[nodiscard]] FramePool& pool_of(Size size);
  [[nodiscard]] GstBuffer* scaled_to(Size size, Scaled& made, TimePoint captured_at);

  const unsigned consumers_;
  Demand& demand_;
  Histogram& scale_;
  // Held by the main thread to trim a pool, by the render thread to change the list.
  std::mutex pools_mutex_;
  std::list<SizePool> pools_;  // one per consumer frame size
  std::vector<Member> members_;
};

}  // namespace cs
