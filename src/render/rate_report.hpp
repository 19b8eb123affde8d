// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cubestream/clock.hpp"

namespace cs {

/// Frame counts of about one second.
struct RateWindow {
  int fps = 0;  ///< requested rate
  std::int64_t due = 0;
  std::int64_t skipped = 0;      ///< their period was over before drawing could begin
  std::int64_t refused = 0;      ///< the encoder had no room
  Clock::duration drawing = {};  ///< total drawing time of the other frames
};

/// Produces a log sentence when the frame rate is not kept, with cause and rate, and when it recovers. Reports only
/// changes: two bad seconds in a row, three good ones, or two whose rate differs from the last reported rate by a
/// quarter of the requested rate. Pure; one thread.
class RateReport {
 public:
  struct Change {
    bool kept;  ///< true: the rate is kept again
    std::string sentence;
  };

  /// Adds the last second. Returns a change to log, if any.
  [[nodiscard]] std::optional<Change> add(const RateWindow& window);

 private:
  enum class Cause { kept, drawing_late, encoder_busy };

  [[nodiscard]] static Cause cause_of(const RateWindow& window);
  [[nodiscard]] static std::int64_t rate_of(const RateWindow& window);
  [[nodiscard]] static std::string sentence(Cause cause, const RateWindow& window);

  Cause reported_ = Cause::kept;
  std::int64_t reported_rate_ = 0;  // frames per second; unused while `reported_` is kept
  Cause latest_ = Cause::kept;
  int same_ = 0;  // consecutive windows that agree with `latest_` and differ from the last report
};

}  // namespace cs
