// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.hpp"
#include "source/producer_protocol.hpp"

namespace cs {

/// The memory into which a producer writes its frames: memfds of this process, whose size is sealed and whose pages are
/// allocated, so nothing that the producer does with them can fault this process. Its content may change at any time.
/// One thread.
class FrameSlots {
 public:
  /// Throws StartupError if the system has not enough memory.
  FrameSlots(std::uint32_t generation, const ProducerFrames& frames);
  ~FrameSlots() = default;
  FrameSlots(const FrameSlots&) = delete;
  FrameSlots& operator=(const FrameSlots&) = delete;

  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] const ProducerFrames& frames() const { return frames_; }
  [[nodiscard]] const SlotLayout& layout() const { return layout_; }

  /// The descriptors to pass to the producer.
  [[nodiscard]] std::array<int, kFrameSlots> descriptors() const;

  /// Frees the pages, also for a producer that keeps the memory open. It reads zeros then, and what it writes counts as
  /// its own memory. Without this, a producer could collect the memory of many sizes.
  void free_pages() const;

  /// `slot` < kFrameSlots.
  [[nodiscard]] std::span<const std::byte> memory(std::uint32_t slot) const { return slots_.at(slot).memory; }

 private:
  struct Slot {
    Slot() = default;
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Fd fd = Fd();
    std::span<const std::byte> memory = {};
  };

  const std::uint32_t generation_;
  const ProducerFrames frames_;
  const SlotLayout layout_;
  std::array<Slot, kFrameSlots> slots_;
};

}  // namespace cs
