// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cubestream/input_wish.hpp"
#include "producer/producer_frames.hpp"

namespace cs {

// The messages between a producer and the daemon, as docs/scenes.md specifies them. Producers are not trusted: what
// they send is checked before it is used.

inline constexpr std::uint16_t kProducerVersion = 1;
inline constexpr std::size_t kMaxProducerMessage = 65'535;
inline constexpr std::uint32_t kMaxMetadata = 4096;
inline constexpr std::size_t kMaxStatusText = 256;
inline constexpr unsigned kFrameSlots = 3;
inline constexpr std::size_t kMaxCursorName = 32;
/// Bytes of events in one message to a producer; further ones come with the next.
inline constexpr std::size_t kMaxInputBytes = 32 * 1024;

/// Why the daemon ends a connection: the code of ERROR. After `busy` and `stopping` a producer may try again.
enum class ProducerErrorCode : std::uint32_t { rule_broken = 0, busy = 1, stopping = 2 };

// Messages of the producer.

struct ProducerHello {
  std::string name;
  ProducerFrames wish;
  int most_fps = 0;  ///< frames per second that the producer draws at most; 0: as configured
};
struct ProducerWish {
  ProducerFrames wish;
  std::uint32_t sequence = 0;  ///< of this message
};
struct ProducerFrame {
  std::uint64_t request = 0;      ///< 0: none
  std::uint64_t captured_at = 0;  ///< CLOCK_MONOTONIC in nanoseconds; 0: now
  std::uint32_t generation = 0;
  std::uint32_t slot = 0;  ///< not checked against the number of slots
  bool is_unchanged = false;
  bool wants_keyframe = false;
  std::vector<std::byte> metadata = {};
};
struct ProducerStatus {
  std::string text;  ///< valid UTF-8 is not guaranteed
  int percent = -1;  ///< 0 to 100; -1: unknown
};
/// The input that the program wants.
struct ProducerWants {
  InputWish wish;
};
/// For the pages of the viewers.
struct ProducerText {
  std::string json;  ///< valid JSON, at most kMaxApplicationBytes
};
/// A message of an unknown type.
struct ProducerUnknown {};

using ProducerMessage = std::variant<ProducerHello, ProducerWish, ProducerFrame, ProducerStatus, ProducerWants,
                                     ProducerText, ProducerUnknown>;

/// Parses a message of a producer. Accepts any input. Pure.
[[nodiscard]] std::variant<ProducerMessage, ProducerError> parse_producer_message(std::span<const std::byte> message);

// Messages of the daemon.

/// Rows of packed formats and planes begin at multiples of 64 bytes, for vector instructions. Pure.
[[nodiscard]] SlotLayout slot_layout(const ProducerFrames& frames);

/// Writes the messages of the daemon and numbers them.
class ProducerMessageWriter {
 public:
  using Message = std::vector<std::byte>;

  [[nodiscard]] Message hello(int fps);
  /// `answers`: the sequence of the wish that it answers, plus 1; 0: none.
  [[nodiscard]] Message config(std::uint32_t generation, const ProducerFrames& frames, int fps,
                               std::uint32_t answers = 0);
  [[nodiscard]] Message buffers(std::uint32_t generation);
  /// Input, as write_input_event() writes it.
  struct EventBytes {
    std::uint32_t count = 0;
    std::vector<std::byte> bytes = {};  ///< at most kMaxInputBytes
  };
  struct Request {
    std::uint64_t number = 0;
    std::uint64_t deadline = 0;  ///< CLOCK_MONOTONIC in nanoseconds
    double time = 0;             ///< seconds since the start
    std::uint32_t generation = 0;
    int width = 0;
    int height = 0;
    bool is_moving = true;
    bool needs_picture = false;  ///< no frame is there yet, so an unchanged one would show nothing
    EventBytes input = {};
  };
  [[nodiscard]] Message request(const Request& request);
  [[nodiscard]] Message release(std::uint32_t generation, std::uint32_t slot);
  /// A sentence longer than 1024 bytes is cut.
  [[nodiscard]] Message error(ProducerErrorCode code, const std::string& sentence);
  [[nodiscard]] Message demand(bool is_watched, int fps);
  [[nodiscard]] Message input(const EventBytes& events);
  /// A JSON text of a viewer's page, at most kMaxApplicationBytes.
  [[nodiscard]] Message text(const std::string& json);

 private:
  std::uint32_t sequence_ = 0;
};

}  // namespace cs
