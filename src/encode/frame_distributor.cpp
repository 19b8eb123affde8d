// SPDX-License-Identifier: MIT
#include "encode/frame_distributor.hpp"

#include <algorithm>
#include <utility>

#include "yuv/scale.hpp"

namespace cs {

FrameDistributor::FrameDistributor(unsigned consumers, Demand& demand, Metrics& metrics)
    : consumers_(consumers), demand_(demand), scale_(metrics.stage("scale")) {}

void FrameDistributor::join(FrameConsumer& consumer) {
  const FrameFormat format = consumer.format();
  add_pool(format);
  members_.push_back({&consumer, format.size, FrameRateDivider(format.fps)});
}

void FrameDistributor::add_pool(const FrameFormat& format) {
  if (std::ranges::find(pools_, format.size, &SizePool::size) == pools_.end()) pools_.emplace_back(format, consumers_);
}

void FrameDistributor::resize(Size scene) {
  if (members_.empty()) return;
  const Size full =
      std::ranges::max_element(members_, {}, [](const Member& each) { return each.configured.width; })->configured;
  const std::lock_guard lock(pools_mutex_);
  pools_.clear();  // buffers in use keep their pool
  for (const Member& member : members_) {
    member.consumer->resize(scaled(member.configured, full, scene));
    add_pool(member.consumer->format());
  }
}

void FrameDistributor::leave(FrameConsumer& consumer) {
  std::erase_if(members_, [&](const Member& member) { return member.consumer == &consumer; });
}

void FrameDistributor::request_keyframe() {
  for (const Member& member : members_)
    if (member.is_live()) member.consumer->request_keyframe();
}

void FrameDistributor::follow() {
  auto level = Demand::Level::none;
  for (const Member& member : members_) level = std::max(level, member.consumer->level());
  demand_.set(level);
  if (level != Demand::Level::none) return;
  const std::lock_guard lock(pools_mutex_);
  for (SizePool& sized : pools_) sized.pool.trim();
}

int FrameDistributor::fps() {
  int most = 1;
  for (const Member& member : members_)
    if (member.is_live()) most = std::max(most, member.consumer->format().fps);
  return most;
}

FramePool& FrameDistributor::pool_of(Size size) {
  return std::ranges::find(pools_, size, &SizePool::size)->pool;
}

std::unique_ptr<FrameMemory> FrameDistributor::acquire() {
  const TimePoint now = Clock::now();
  const int fps = this->fps();
  std::optional<Size> largest;
  bool has_room = false;
  for (const Member& member : members_) {
    if (!member.is_live()) continue;
    const Size size = member.consumer->format().size;
    if (!largest || size.width > largest->width) largest = size;
    has_room = has_room || (member.is_due(now, fps) && member.consumer->has_room());
  }
  return has_room ? pool_of(*largest).acquire() : nullptr;
}

bool FrameDistributor::needs_frame() {
  return std::ranges::any_of(members_,
                             [](const Member& member) { return member.is_live() && member.consumer->needs_frame(); });
}

void FrameDistributor::push(Frame frame) {
  const TimePoint captured_at = frame.captured_at;
  const int fps = this->fps();
  Scaled made;
  const Size drawn = frame.memory->size();
  made.emplace_back(drawn, take_buffer(std::move(frame)));
  for (Member& member : members_) {
    const Size size = member.consumer->format().size;
    // A consumer that became live after the frame was drawn may need a larger one.
    if (!member.is_live() || size.width > drawn.width || !member.is_due(captured_at, fps)) continue;
    if (!member.consumer->has_room()) {
      member.consumer->skip();
    } else if (GstBuffer* const buffer = scaled_to(size, made, captured_at)) {
      member.divider.take(captured_at);
      member.consumer->push(buffer, captured_at);
    }
  }
}

GstBuffer* FrameDistributor::scaled_to(Size size, Scaled& made, TimePoint captured_at) {
  const auto found = std::ranges::find(made, size, &Scaled::value_type::first);
  if (found != made.end()) return found->second.get();
  auto memory = pool_of(size).acquire();
  if (!memory) return nullptr;  // its encoder holds all buffers, so it has no room
  const TimePoint began = Clock::now();
  const auto& [drawn, buffer] = made.front();
  GstMapInfo map;
  if (gst_buffer_map(buffer.get(), &map, GST_MAP_READ) == FALSE) return nullptr;
  scale_i420(std::as_bytes(std::span(map.data, map.size)), drawn, memory->pixels(), size);
  gst_buffer_unmap(buffer.get(), &map);
  scale_.add(Clock::now() - began);
  return made.emplace_back(size, take_buffer({.memory = std::move(memory), .captured_at = captured_at})).second.get();
}

}  // namespace cs
