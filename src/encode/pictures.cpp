// SPDX-License-Identifier: MIT
#include "encode/pictures.hpp"

#include <algorithm>

namespace cs {

Pictures::Pictures(const PictureFormat& format, unsigned consumers, Demand& demand)
    : demand_(demand), pool_(format, consumers) {}

void Pictures::follow() {
  auto level = Demand::Level::none;
  for (const PictureConsumer* consumer : consumers_) level = std::max(level, consumer->level());
  demand_.set(level);
  if (level == Demand::Level::none) pool_.trim();
}

std::unique_ptr<FrameMemory> Pictures::acquire() {
  return std::ranges::any_of(consumers_, &PictureConsumer::has_room) ? pool_.acquire() : nullptr;
}

void Pictures::push(Frame frame) {
  const TimePoint captured_at = frame.captured_at;
  const auto picture = take_buffer(std::move(frame));
  for (PictureConsumer* consumer : consumers_) consumer->push(picture.get(), captured_at);
}

}  // namespace cs
