// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/picture.hpp"
#include "encode/picture_pool.hpp"

namespace cs {

class StreamEncoder;

/// Where the rendered pictures arrive: each is drawn once and read by the encoder of every stream that is watched. What
/// the streams together want is the renderer's demand. Built, joined, left and destroyed on the main thread while no
/// pictures come; the FrameSink half is the render thread's.
class Pictures final : public FrameSink {
 public:
  /// `streams`: how many there will be at most. `demand` is what this sets. Throws Fatal.
  Pictures(const PictureFormat& format, unsigned streams, Demand& demand);

  void join(StreamEncoder& encoder) { encoders_.push_back(&encoder); }
  void leave(StreamEncoder& encoder) { std::erase(encoders_, &encoder); }

  /// A stream's demand has changed. Main thread.
  void follow();

  [[nodiscard]] std::unique_ptr<FrameMemory> acquire() override;
  void push(Frame frame) override;

 private:
  Demand& demand_;
  PicturePool pool_;
  std::vector<StreamEncoder*> encoders_;
};

}  // namespace cs
