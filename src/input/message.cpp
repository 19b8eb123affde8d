// SPDX-License-Identifier: MIT
#include "input/message.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/text.hpp"

namespace cs {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxCode = 32;
constexpr std::size_t kMaxAxes = 8;
constexpr std::size_t kMaxPadButtons = 32;
constexpr std::uint8_t kMaxPads = 4;
constexpr float kMostMotion = 100;     // widths of the picture
constexpr float kMostWheel = 100'000;  // CSS pixels
constexpr float kMostPinch = 1000;     // times
constexpr float kMostPixelRatio = 32;

enum class Kind : std::uint8_t {
  pointer = 1,
  motion,
  wheel,
  pinch,
  key,
  text,
  gamepad,
  viewport,
  release_all,
  held,
};

/// Reads fields in order. After a read beyond the end, is_complete() is false and all values are 0.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename T>
  T read() {
    T value{};
    const auto bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  /// A float, limited to -most to most; NaN becomes 0.
  float read_float(float most) {
    const auto value = read<float>();
    return std::isnan(value) ? 0.0F : std::clamp(value, -most, most);
  }

  std::string_view text(std::size_t size) {
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool is_complete() const { return is_complete_; }

  std::span<const std::byte> take(std::size_t size) {
    if (size > rest_.size()) {
      is_complete_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
  bool is_complete_ = true;
};

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCode && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// Each returns nullopt if a value is not allowed. The caller checks whether the fields were complete.

std::optional<ClientInput> read_pointer(Fields& from) {
  PointerInput event;
  const auto action = from.read<std::uint8_t>();
  const auto device = from.read<std::uint8_t>();
  if (action > static_cast<std::uint8_t>(PointerAction::leave)) return std::nullopt;
  if (device > static_cast<std::uint8_t>(PointerDevice::touch)) return std::nullopt;
  event.action = static_cast<PointerAction>(action);
  event.device = static_cast<PointerDevice>(device);
  event.id = from.read<std::uint8_t>();
  event.button = from.read<std::uint8_t>();
  event.buttons = from.read<std::uint16_t>();
  event.x = from.read<std::uint16_t>();
  event.y = from.read<std::uint16_t>();
  event.pressure = from.read<std::uint16_t>();
  event.modifiers = from.read<std::uint8_t>();
  if (event.button > 15 && event.button != kNoButton) return std::nullopt;
  if ((event.id == 0) != (event.device == PointerDevice::mouse)) return std::nullopt;
  return event;
}

std::optional<ClientInput> read_motion(Fields& from) {
  MotionInput event;
  event.dx = from.read_float(kMostMotion);
  event.dy = from.read_float(kMostMotion);
  event.buttons = from.read<std::uint16_t>();
  event.modifiers = from.read<std::uint8_t>();
  return event;
}

std::optional<ClientInput> read_wheel(Fields& from) {
  WheelInput event;
  event.dx = from.read_float(kMostWheel);
  event.dy = from.read_float(kMostWheel);
  event.x = from.read<std::uint16_t>();
  event.y = from.read<std::uint16_t>();
  event.modifiers = from.read<std::uint8_t>();
  return event;
}

std::optional<ClientInput> read_pinch(Fields& from) {
  PinchInput event;
  event.factor = from.read_float(kMostPinch);
  event.x = from.read<std::uint16_t>();
  event.y = from.read<std::uint16_t>();
  if (from.is_complete() && event.factor < 1 / kMostPinch) return std::nullopt;
  return event;
}

std::optional<ClientInput> read_key(Fields& from) {
  const auto action = from.read<std::uint8_t>();
  const auto flags = from.read<std::uint8_t>();
  const auto modifiers = from.read<std::uint8_t>();
  const std::string_view code = from.text(from.left());
  if (action < 1 || action > 2 || !is_code(code)) return std::nullopt;
  return KeyInput{
      .is_down = action == 1, .is_repeat = (flags & 1U) != 0, .modifiers = modifiers, .code = std::string(code)};
}

std::optional<ClientInput> read_text(Fields& from) {
  const std::string_view text = from.text(from.left());
  if (text.empty() || !is_utf8(text)) return std::nullopt;
  return TextInput{std::string(text)};
}

std::optional<ClientInput> read_gamepad(Fields& from) {
  GamepadInput event;
  event.index = from.read<std::uint8_t>();
  event.is_connected = from.read<std::uint8_t>() != 0;
  const auto axes = from.read<std::uint8_t>();
  const auto buttons = from.read<std::uint8_t>();
  if (event.index >= kMaxPads || axes > kMaxAxes || buttons > kMaxPadButtons) return std::nullopt;
  for (int i = 0; i < axes; ++i) event.axes.push_back(from.read<std::int16_t>());
  for (int i = 0; i < buttons; ++i) event.buttons.push_back(from.read<std::uint8_t>());
  return event;
}

std::optional<ClientInput> read_viewport(Fields& from) {
  ViewportInput event;
  event.width = from.read<std::uint16_t>();
  event.height = from.read<std::uint16_t>();
  event.pixel_ratio = std::max(from.read_float(kMostPixelRatio), 1 / kMostPixelRatio);
  event.is_visible = from.read<std::uint8_t>() != 0;
  return event;
}

std::optional<ClientInput> read_held(Fields& from) {
  HeldInput held;
  held.buttons = from.read<std::uint16_t>();
  const auto pointers = from.read<std::uint8_t>();
  for (const std::byte id : from.take(pointers)) held.pointers.push_back(std::to_integer<std::uint8_t>(id));
  while (from.left() > 0) {
    const std::string_view code = from.text(from.read<std::uint8_t>());
    if (!is_code(code)) return std::nullopt;
    held.keys.emplace_back(code);
  }
  return held;
}

/// Nullopt: a value is not allowed. The result has no value for an unknown kind.
std::optional<std::optional<ClientInput>> read_event(std::uint8_t kind, Fields& from) {
  std::optional<ClientInput> event;
  switch (static_cast<Kind>(kind)) {
    case Kind::pointer:
      event = read_pointer(from);
      break;
    case Kind::motion:
      event = read_motion(from);
      break;
    case Kind::wheel:
      event = read_wheel(from);
      break;
    case Kind::pinch:
      event = read_pinch(from);
      break;
    case Kind::key:
      event = read_key(from);
      break;
    case Kind::text:
      event = read_text(from);
      break;
    case Kind::gamepad:
      event = read_gamepad(from);
      break;
    case Kind::viewport:
      event = read_viewport(from);
      break;
    case Kind::release_all:
      event = ReleaseAllInput();
      break;
    case Kind::held:
      event = read_held(from);
      break;
    default:
      return std::optional<ClientInput>();
  }
  if (!event || !from.is_complete()) return std::nullopt;
  return event;
}

/// Appends fields in order.
class Writer {
 public:
  Writer(Kind kind, std::vector<std::byte>& to) : to_(to), start_(to.size()) {
    put(kind);
    put(std::uint8_t{0});
  }
  ~Writer() { to_[start_ + 1] = static_cast<std::byte>(to_.size() - start_ - 2); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <typename T>
  Writer& put(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t at = to_.size();
    to_.resize(at + sizeof value);
    std::memcpy(to_.data() + at, &value, sizeof value);
    return *this;
  }
  void put_text(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    to_.insert(to_.end(), bytes.begin(), bytes.end());
  }

 private:
  std::vector<std::byte>& to_;
  const std::size_t start_;
};

void write(const PointerInput& event, std::vector<std::byte>& to) {
  Writer writer(Kind::pointer, to);
  writer.put(event.action).put(event.device).put(event.id).put(event.button).put(event.buttons);
  writer.put(event.x).put(event.y).put(event.pressure).put(event.modifiers);
}
void write(const MotionInput& event, std::vector<std::byte>& to) {
  Writer(Kind::motion, to).put(event.dx).put(event.dy).put(event.buttons).put(event.modifiers);
}
void write(const WheelInput& event, std::vector<std::byte>& to) {
  Writer(Kind::wheel, to).put(event.dx).put(event.dy).put(event.x).put(event.y).put(event.modifiers);
}
void write(const PinchInput& event, std::vector<std::byte>& to) {
  Writer(Kind::pinch, to).put(event.factor).put(event.x).put(event.y);
}
void write(const KeyInput& event, std::vector<std::byte>& to) {
  Writer writer(Kind::key, to);
  writer.put(static_cast<std::uint8_t>(event.is_down ? 1 : 2)).put(static_cast<std::uint8_t>(event.is_repeat ? 1 : 0));
  writer.put(event.modifiers).put_text(event.code);
}
void write(const TextInput& event, std::vector<std::byte>& to) {
  Writer(Kind::text, to).put_text(event.text);
}
void write(const GamepadInput& event, std::vector<std::byte>& to) {
  Writer writer(Kind::gamepad, to);
  writer.put(event.index).put(static_cast<std::uint8_t>(event.is_connected ? 1 : 0));
  writer.put(static_cast<std::uint8_t>(event.axes.size())).put(static_cast<std::uint8_t>(event.buttons.size()));
  for (const std::int16_t axis : event.axes) writer.put(axis);
  for (const std::uint8_t button : event.buttons) writer.put(button);
}
void write(const ViewportInput& event, std::vector<std::byte>& to) {
  Writer writer(Kind::viewport, to);
  writer.put(event.width).put(event.height).put(event.pixel_ratio);
  writer.put(static_cast<std::uint8_t>(event.is_visible ? 1 : 0));
}

}  // namespace

std::variant<ClientBatch, BadInput> parse_input_batch(std::span<const std::byte> message) {
  if (message.size() > kMaxInputMessage) return BadInput{"A message of input is larger than 16 KB."};
  Fields fields(message);
  const auto version = fields.read<std::uint8_t>();
  static_cast<void>(fields.read<std::uint8_t>());  // flags, none yet
  const auto count = fields.read<std::uint16_t>();
  ClientBatch batch{.number = fields.read<std::uint32_t>(), .time = fields.read<double>(), .events = {}};
  if (!fields.is_complete()) return BadInput{"A message of input is shorter than its header of 16 bytes."};
  if (version != kVersion) return BadInput{"The version of the input message is not 1."};
  if (count > kMaxInputEvents) return BadInput{"A message of input has more than 512 events."};
  if (!std::isfinite(batch.time)) return BadInput{"The time of an input message is not a number."};
  batch.events.reserve(count);
  for (int i = 0; i < count; ++i) {
    const auto kind = fields.read<std::uint8_t>();
    Fields inner(fields.take(fields.read<std::uint8_t>()));
    if (!fields.is_complete()) return BadInput{"A message of input is shorter than its events."};
    const auto event = read_event(kind, inner);
    if (!event) return BadInput{"An event of kind " + std::to_string(kind) + " is malformed."};
    if (*event) batch.events.push_back(**event);
  }
  return batch;
}

void write_input_event(const InputEvent& event, std::vector<std::byte>& to) {
  std::visit([&](const auto& each) { write(each, to); }, event);
}

}  // namespace cs
