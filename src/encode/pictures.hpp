// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/picture.hpp"
#include "encode/picture_consumer.hpp"
#include "encode/picture_pool.hpp"

namespace cs {

/// Where the rendered pictures arrive: each is drawn once and read by the encoder of every stream that is watched, and
/// by who makes stills. What they together want is the renderer's demand. Built, joined, left and destroyed on the main
/// thread while no pictures come; the FrameSink half is the render thread's.
class Pictures final : public FrameSink {
 public:
  /// `consumers`: how many there will be at most. `demand` is what this sets. Throws Fatal.
  Pictures(const PictureFormat& format, unsigned consumers, Demand& demand);

  void join(PictureConsumer& consumer) { consumers_.push_back(&consumer); }
  void leave(PictureConsumer& consumer) { std::erase(consumers_, &consumer); }

  /// What one of them wants has changed. Main thread.
  void follow();

  [[nodiscard]] std::unique_ptr<FrameMemory> acquire() override;
  void push(Frame frame) override;

 private:
  Demand& demand_;
  PicturePool pool_;
  std::vector<PictureConsumer*> consumers_;
};

}  // namespace cs
