// SPDX-License-Identifier: MIT
#include "producer/latest_picture.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/stamp_blocks.hpp"
#include "producer/to_i420.hpp"
#include "yuv/scale.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kLongestWait{1};  // a picture that waited longer, for viewers, is sent as if drawn now
constexpr int kParts = 16;                       // a larger frame is scaled down by sixteenths
constexpr std::chrono::milliseconds kApart{1};   // frames need different RTP timestamps, which have 90 kHz

/// Whether the rows of a producer's I420 frame equal those of i420_layout(). The producer may write meanwhile.
bool is_same_i420(const ProducerFrames& frames, const SlotLayout& layout, std::span<const std::byte> memory,
                  std::span<const std::byte> pixels) {
  const I420Layout ours = i420_layout({frames.width, frames.height});
  const auto plane = [&](std::size_t i, std::size_t offset, std::size_t stride, int width, int rows) {
    const PlaneLayout& theirs = layout.plane.at(i);
    for (int row = 0; row < rows; ++row) {
      const int from = frames.is_bottom_up ? rows - 1 - row : row;
      if (std::memcmp(memory.data() + theirs.offset + static_cast<std::size_t>(from) * theirs.stride,
                      pixels.data() + offset + static_cast<std::size_t>(row) * stride,
                      static_cast<std::size_t>(width)) != 0)
        return false;
    }
    return true;
  };
  const int width = (frames.width + 1) / 2;
  const int rows = (frames.height + 1) / 2;
  return plane(0, 0, ours.luma_stride, frames.width, frames.height) &&
         plane(1, ours.u_offset, ours.chroma_stride, width, rows) &&
         plane(2, ours.v_offset, ours.chroma_stride, width, rows);
}

}  // namespace

LatestPicture::LatestPicture(Size size, FrameSink& sink, Metrics& metrics, std::function<bool(Size)> can_stream)
    : sink_(sink),
      busy_(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "encoders-busy"}})),
      can_stream_(std::move(can_stream)),
      size_(size),
      stream_size_(size),
      pixels_(frame_bytes(size, PixelFormat::i420)),
      captured_at_(Clock::now()) {
  const auto luma = std::span(pixels_).first(i420_layout(size).u_offset);
  std::ranges::fill(luma, std::byte{48});
  std::ranges::fill(std::span(pixels_).subspan(luma.size()), std::byte{128});
  spare_ = pixels_;
}

bool LatestPicture::take(const ProducerFrames& frames, const SlotLayout& layout, std::span<const std::byte> memory,
                         TimePoint captured_at) {
  const Size size{frames.width, frames.height};
  if (size != size_) follow_size(size);
  // An exact comparison ends at the first difference, so a moving picture costs nothing; a hash would read all of it.
  if (frames.format == ProducerFormat::i420 && !is_other_size_ && is_same_i420(frames, layout, memory, pixels_))
    return false;
  to_i420(frames, layout, memory, spare_);
  const bool is_same = !is_other_size_ && frames.format != ProducerFormat::i420 &&
                       std::memcmp(spare_.data(), pixels_.data(), spare_.size()) == 0;
  if (is_same) return false;
  std::swap(spare_, pixels_);
  is_other_size_ = false;
  if (is_new_ && is_refused_) busy_.add();
  is_refused_ = false;
  captured_at_ = captured_at;
  is_new_ = true;
  return true;
}

void LatestPicture::follow_size(Size size) {
  // The padding of rows is never written, so it is equal in both.
  std::vector<std::byte> pixels(frame_bytes(size, PixelFormat::i420));
  std::vector<std::byte> spare(pixels.size());
  Size streamed = size;
  for (int part = kParts - 1; part > 0 && !can_stream_(streamed); --part)
    streamed = scaled(size, {kParts, kParts}, {part, part});
  if (streamed != stream_size_) sink_.resize(streamed);
  stream_size_ = streamed;
  pixels_ = std::move(pixels);
  spare_ = std::move(spare);
  size_ = size;
  is_other_size_ = true;
}

bool LatestPicture::deliver(bool is_stamped, TimePoint now) {
  auto memory = sink_.acquire();
  is_refused_ = !memory;
  if (!memory) return false;
  if (memory->size() == size_)
    std::ranges::copy(pixels_, memory->pixels().begin());
  else
    scale_i420(pixels_, size_, memory->pixels(), memory->size());
  const TimePoint captured_at =
      std::max(is_new_ && now - captured_at_ <= kLongestWait ? captured_at_ : now, delivered_captured_at_ + kApart);
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
