// SPDX-License-Identifier: MIT
#include "scene/turntable.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace cs {
namespace {

using Seconds = Turntable::Seconds;

constexpr float kRadiansPerHeight = 3.6F;
constexpr Seconds kMostStep{0.25};      // after a pause without frames
constexpr Seconds kSpeedWindow{0.05};   // over which the speed of the hand is measured
constexpr Seconds kInertia{0.6};        // time in which the speed falls to a third
constexpr float kStill = 0.01F;         // heights per second
constexpr Seconds kMotionReturns{1.5};  // time until the object moves by itself as fast as before
constexpr Seconds kDoubleClick{0.4};
constexpr float kDoubleClickDistance = 0.03F;
constexpr float kZoomPerPixel = 0.0015F;
constexpr float kLeastZoom = 0.4F;
constexpr float kMostZoom = 2.2F;  // the camera stays outside of the cube
constexpr std::size_t kMostHands = 2;

float share(Seconds step, Seconds time) {
  return static_cast<float>(1.0 - std::exp(-(step / time)));
}

}  // namespace

InputWish Turntable::wish() const {
  return {.kinds = kPointerKind | kWheelKind, .cursor = hands_.empty() ? "grab" : "grabbing"};
}

void Turntable::on_input(const InputEvent& event) {
  std::visit([this](const auto& each) { on(each); }, event);
}

void Turntable::on(const PointerInput& event) {
  const Id id(event.device, event.id);
  const glm::vec2 at = place(event.x, event.y);
  switch (event.action) {
    case PointerAction::down:
      if (event.button == 0 || event.device != PointerDevice::mouse) grab(id, at);
      break;
    case PointerAction::move:
      drag(id, at);
      break;
    case PointerAction::up:
      if (event.device == PointerDevice::mouse && event.button != 0) break;
      drag(id, at);
      let_go(id, false);
      break;
    case PointerAction::cancel:
      let_go(id, true);
      break;
    case PointerAction::leave:
      break;
  }
}

void Turntable::on(const WheelInput& event) {
  zoom_by(std::exp(-event.dy * kZoomPerPixel));
}

void Turntable::grab(Id id, glm::vec2 at) {
  if (hands_.size() >= kMostHands && !hands_.contains(id)) return;
  if (hands_.empty()) {
    const bool is_double = grabbed_at_ >= Seconds(0) && time_ - grabbed_at_ < kDoubleClick &&
                           glm::distance(at, grabbed_) < kDoubleClickDistance;
    if (is_double) reset();
    grabbed_at_ = is_double ? Seconds(-1) : time_;
    grabbed_ = at;
  } else {
    grabbed_at_ = Seconds(-1);
  }
  hands_[id] = at;
  speed_ = {};
}

void Turntable::drag(Id id, glm::vec2 at) {
  const auto hand = hands_.find(id);
  if (hand == hands_.end()) return;
  const auto before = span();
  // Two fingers turn the object by half each.
  dragged_ += (at - hand->second) / static_cast<float>(hands_.size());
  hand->second = at;
  if (const auto after = span(); before && after && *before > 0) zoom_by(*after / *before);
}

void Turntable::let_go(Id id, bool is_cancelled) {
  if (hands_.erase(id) == 0 || !is_cancelled) return;
  dragged_ = speed_ = {};
}

void Turntable::zoom_by(float factor) {
  if (std::isfinite(factor)) zoom_ = std::clamp(zoom_ * factor, kLeastZoom, kMostZoom);
}

void Turntable::reset() {
  orientation_ = glm::quat(1.0F, 0.0F, 0.0F, 0.0F);
  zoom_ = 1.0F;
  speed_ = dragged_ = {};
}

std::optional<float> Turntable::span() const {
  if (hands_.size() < 2) return std::nullopt;
  return glm::distance(hands_.begin()->second, hands_.rbegin()->second);
}

glm::vec2 Turntable::place(std::uint16_t x, std::uint16_t y) const {
  return glm::vec2(static_cast<float>(x) * aspect_, static_cast<float>(y)) / static_cast<float>(kLastPosition);
}

void Turntable::advance(Seconds time, float aspect) {
  const Seconds step = std::clamp(time - time_, Seconds(0), kMostStep);
  time_ = time;
  aspect_ = aspect;
  if (!hands_.empty()) {
    motion_ = 0;
    if (step > Seconds(0)) speed_ += (dragged_ / static_cast<float>(step.count()) - speed_) * share(step, kSpeedWindow);
  } else {
    dragged_ += speed_ * static_cast<float>(step.count());
    speed_ *= 1.0F - share(step, kInertia);
    if (glm::length(speed_) < kStill) speed_ = {};
    if (speed_ == glm::vec2(0.0F)) motion_ = std::min(1.0, motion_ + step / kMotionReturns);
  }
  paused_ += (1.0 - motion_) * step;
  if (dragged_ == glm::vec2(0.0F)) return;
  const glm::vec2 angles = dragged_ * kRadiansPerHeight;
  const glm::quat turn =
      glm::angleAxis(angles.x, glm::vec3(0.0F, 1.0F, 0.0F)) * glm::angleAxis(angles.y, glm::vec3(1.0F, 0.0F, 0.0F));
  orientation_ = glm::normalize(turn * orientation_);
  dragged_ = {};
}

}  // namespace cs
