// SPDX-License-Identifier: MIT
#include "encode/pictures.hpp"

#include <algorithm>

#include "encode/stream_encoder.hpp"

namespace cs {

Pictures::Pictures(const PictureFormat& format, unsigned streams, Demand& demand)
    : demand_(demand), pool_(format, streams) {}

void Pictures::follow() {
  auto level = Demand::Level::none;
  for (const StreamEncoder* encoder : encoders_) level = std::max(level, encoder->level());
  demand_.set(level);
  if (level == Demand::Level::none) pool_.trim();
}

std::unique_ptr<FrameMemory> Pictures::acquire() {
  return std::ranges::any_of(encoders_, &StreamEncoder::has_room) ? pool_.acquire() : nullptr;
}

void Pictures::push(Frame frame) {
  const TimePoint captured_at = frame.captured_at;
  const auto picture = take_buffer(std::move(frame));
  for (StreamEncoder* encoder : encoders_) encoder->push(picture.get(), captured_at);
}

}  // namespace cs
