// SPDX-License-Identifier: MIT
#include "producer/latest_picture.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/stamp_blocks.hpp"
#include "producer/to_i420.hpp"
#include "yuv/scale.hpp"

namespace cs {

LatestPicture::LatestPicture(Size size, FrameSink& sink)
    : sink_(sink), size_(size), pixels_(frame_bytes(size, PixelFormat::i420)), captured_at_(Clock::now()) {
  const auto luma = std::span(pixels_).first(i420_layout(size).u_offset);
  std::ranges::fill(luma, std::byte{48});
  std::ranges::fill(std::span(pixels_).subspan(luma.size()), std::byte{128});
}

bool LatestPicture::take(const ProducerFrames& frames, const SlotLayout& layout, std::span<const std::byte> memory,
                         TimePoint captured_at) {
  const Size size{frames.width, frames.height};
  spare_.resize(frame_bytes(size, PixelFormat::i420));
  to_i420(frames, layout, memory, spare_);
  // An exact comparison ends at the first difference, so a moving picture costs nothing; a hash would read all of it.
  const bool is_same = size == size_ && std::memcmp(spare_.data(), pixels_.data(), spare_.size()) == 0;
  std::swap(spare_, pixels_);
  if (size != size_) sink_.resize(size);
  size_ = size;
  if (is_same) return false;
  captured_at_ = captured_at;
  is_new_ = true;
  return true;
}

bool LatestPicture::deliver(bool is_stamped, TimePoint now) {
  auto memory = sink_.acquire();
  if (!memory) return false;
  if (memory->size() == size_)
    std::ranges::copy(pixels_, memory->pixels().begin());
  else
    scale_i420(pixels_, size_, memory->pixels(), memory->size());
  const TimePoint captured_at = std::max(is_new_ ? captured_at_ : now, delivered_captured_at_ + Clock::duration(1));
  if (is_stamped) {
    // `now` may be from before the picture was converted.
    const auto age = std::chrono::duration_cast<std::chrono::system_clock::duration>(Clock::now() - captured_at);
    stamp_i420(memory->pixels(), memory->size(), stamp_of(std::chrono::system_clock::now() - age));
  }
  sink_.push({.memory = std::move(memory), .captured_at = captured_at});
  delivered_captured_at_ = captured_at;
  delivered_at_ = now;
  is_new_ = false;
  return true;
}

}  // namespace cs
