// SPDX-License-Identifier: MIT
// Messages of input, written from docs/api.md alone: they use nothing of src/input.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cs::test {

/// Bytes, little-endian.
class InputBytes {
 public:
  InputBytes& u8(unsigned value) { return put(static_cast<std::uint8_t>(value)); }
  InputBytes& u16(unsigned value) { return put(static_cast<std::uint16_t>(value)); }
  InputBytes& u32(std::uint32_t value) { return put(value); }
  InputBytes& f32(float value) { return put(value); }
  InputBytes& f64(double value) { return put(value); }
  InputBytes& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  template <typename T>
  InputBytes& put(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
    return *this;
  }
  std::string bytes_;
};

/// A batch of events.
class InputBatch {
 public:
  InputBatch& event(unsigned kind, const std::string& fields) {
    events_ += InputBytes().u8(kind).u8(static_cast<unsigned>(fields.size())).text(fields).bytes();
    ++count_;
    return *this;
  }
  /// Actions: 0 move, 1 down, 2 up, 3 cancel, 4 leave. The left button of the mouse.
  InputBatch& mouse(unsigned action, unsigned x, unsigned y, unsigned buttons) {
    const unsigned button = action == 1 || action == 2 ? 0 : 255;
    InputBytes fields;
    fields.u8(action).u8(0).u8(0).u8(button).u16(buttons).u16(x).u16(y).u16(0).u8(0);
    return event(1, fields.bytes());
  }
  InputBatch& key(bool is_down, std::string_view code) {
    return event(5, InputBytes().u8(is_down ? 1 : 2).u8(0).u8(0).text(code).bytes());
  }
  InputBatch& wheel(float dy) { return event(3, InputBytes().f32(0).f32(dy).u16(0).u16(0).u8(0).bytes()); }
  InputBatch& release_all() { return event(9, ""); }

  [[nodiscard]] std::string message(std::uint32_t number = 1, double time = 0) const {
    return InputBytes().u8(1).u8(0).u16(count_).u32(number).f64(time).text(events_).bytes();
  }

 private:
  std::string events_;
  unsigned count_ = 0;
};

}  // namespace cs::test
