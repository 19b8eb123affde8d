// SPDX-License-Identifier: MIT
#include "input/message.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "base/metrics.hpp"
#include "control/input_router.hpp"
#include "cubestream/input_wish.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

constexpr std::uint32_t kAllKinds = ~0U;

/// Counts what is down, as a scene would.
class Scene {
 public:
  void see(const InputEvent& event) {
    if (const auto* key = std::get_if<KeyInput>(&event)) {
      must(!key->code.empty() && key->code.size() <= 32, "a code has 1 to 32 characters");
      if (!key->is_down)
        must(keys_.erase(key->code) == 1, "a key goes up once, after it went down");
      else
        keys_.insert(key->code);
    }
    if (const auto* pointer = std::get_if<PointerInput>(&event)) see_pointer(*pointer);
    if (const auto* text = std::get_if<TextInput>(&event)) must(!text->text.empty(), "text is not empty");
    if (const auto* pinch = std::get_if<PinchInput>(&event)) must(pinch->factor > 0, "a pinch has a factor");
  }
  [[nodiscard]] bool is_at_rest() const { return keys_.empty() && buttons_.empty() && touches_.empty(); }

 private:
  void see_pointer(const PointerInput& pointer) {
    const bool is_cancel = pointer.action == PointerAction::cancel;
    if (pointer.device == PointerDevice::mouse) {
      if (pointer.action == PointerAction::down) buttons_.insert(pointer.button);
      if (pointer.action == PointerAction::up) buttons_.erase(pointer.button);
      if (is_cancel) buttons_.clear();
      return;
    }
    const std::pair touch(pointer.device, pointer.id);
    if (pointer.action == PointerAction::down) touches_.insert(touch);
    if (is_cancel || (pointer.action == PointerAction::up && pointer.buttons == 0)) touches_.erase(touch);
  }

  std::set<unsigned> buttons_;
  std::set<std::pair<PointerDevice, std::uint8_t>> touches_;
  std::set<std::string> keys_;
};

}  // namespace

/// Input: messages of a client, each after its length in two bytes, little-endian.
void fuzz(std::string_view input) {
  Metrics metrics;
  InputSlot slot(metrics);
  InputRouter router({.mode = ControlMode::one}, slot, metrics);
  router.set_kinds(kAllKinds);
  TimePoint now = Clock::now();
  router.join(1, true, "", "", now);
  Scene scene;
  const auto see_all = [&] {
    for (const InputEvent& event : slot.take().events) {
      scene.see(event);
      std::vector<std::byte> written;
      write_input_event(event, written);
      must(written.size() >= 2 && written.size() <= 257, "an event has at most 255 bytes of fields");
    }
  };
  while (input.size() >= 2) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(input[0]) |
                                                 static_cast<unsigned>(static_cast<unsigned char>(input[1])) << 8U);
    input.remove_prefix(2);
    const std::string_view message = input.substr(0, length);
    input.remove_prefix(message.size());
    now += std::chrono::milliseconds(20);
    const auto parsed = parse_input_batch(std::as_bytes(std::span(message)));
    if (const auto* bad = std::get_if<BadInput>(&parsed)) {
      must(bad->sentence.ends_with('.') && !test::has_control(bad->sentence), "a refusal is a sentence");
      continue;
    }
    const auto& batch = std::get<ClientBatch>(parsed);
    must(batch.events.size() <= kMaxInputEvents, "a batch is bounded");
    static_cast<void>(router.take(1, batch, now));
    see_all();
  }
  router.leave(1, true, now);
  see_all();
  must(scene.is_at_rest(), "nothing stays down when the client has left");
}

}  // namespace cs
