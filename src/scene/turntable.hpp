// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <glm/glm.hpp>
#include <glm/gtc/quaternion.hpp>
#include <map>
#include <optional>

#include "cubestream/input.hpp"
#include "cubestream/input_wish.hpp"

namespace cs {

/// Turns and zooms an object by input: a drag turns it, with inertia; wheel, pinch and two fingers zoom; a double click
/// resets. While a hand holds the object, its own motion pauses. Without input nothing here depends on more than time.
/// Pure; one thread.
class Turntable {
 public:
  using Seconds = std::chrono::duration<double>;

  [[nodiscard]] InputWish wish() const;
  void on_input(const InputEvent& event);

  /// Moves on to `time`, as in Scene::update(). `aspect`: width divided by height of the picture.
  void advance(Seconds time, float aspect);

  /// How the hand has turned the object, in view space.
  [[nodiscard]] const glm::quat& orientation() const { return orientation_; }
  [[nodiscard]] float zoom() const { return zoom_; }
  /// The time for the object's own motion: without the time that it paused.
  [[nodiscard]] Seconds motion_time() const { return time_ - paused_; }

 private:
  using Id = std::pair<PointerDevice, std::uint8_t>;

  void on(const PointerInput& event);
  void on(const WheelInput& event);
  void on(const PinchInput& event) { zoom_by(event.factor); }
  template <typename Other>
  void on(const Other& /*event*/) {}
  void grab(Id id, glm::vec2 at);
  void drag(Id id, glm::vec2 at);
  void let_go(Id id, bool is_cancelled);
  void zoom_by(float factor);
  void reset();
  [[nodiscard]] std::optional<float> span() const;
  /// A position in heights of the picture.
  [[nodiscard]] glm::vec2 place(std::uint16_t x, std::uint16_t y) const;

  std::map<Id, glm::vec2> hands_;  // at most two
  glm::vec2 dragged_{0.0F};        // since the last frame
  glm::vec2 speed_{0.0F};          // of the drag, per second
  glm::quat orientation_{1.0F, 0.0F, 0.0F, 0.0F};
  float zoom_ = 1.0F;
  float aspect_ = 16.0F / 9.0F;
  double motion_ = 1.0;  // of the object's own, 0 to 1
  Seconds time_{0};
  Seconds paused_{0};
  Seconds grabbed_at_{-1};
  glm::vec2 grabbed_{0.0F};
};

}  // namespace cs
