// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cubestream/clock.hpp"

namespace cs {

/// What became of the pictures of about one second.
struct RateWindow {
  int fps = 0;  ///< that are wanted
  std::int64_t due = 0;
  std::int64_t skipped = 0;      ///< their time was over before drawing could begin
  std::int64_t refused = 0;      ///< the encoder had no room for them
  Clock::duration drawing = {};  ///< time spent drawing all others
};

/// Says in one sentence when the rate is not kept, why and by how much, and again only when that has changed: after
/// two bad seconds in a row, three good ones, or two whose rate is a quarter off the one last told. Pure; one thread.
class RateReport {
 public:
  struct Change {
    bool kept;  ///< good news
    std::string sentence;
  };

  /// Takes note of the last second.
  [[nodiscard]] std::optional<Change> add(const RateWindow& window);

 private:
  enum class Cause { kept, drawing_late, encoder_busy };

  [[nodiscard]] static Cause judge(const RateWindow& window);
  [[nodiscard]] static std::int64_t rate_of(const RateWindow& window);
  [[nodiscard]] static std::string sentence(Cause cause, const RateWindow& window);

  Cause told_ = Cause::kept;
  std::int64_t told_rate_ = 0;  // pictures per second; of no meaning while `told_` is kept
  Cause latest_ = Cause::kept;
  int same_ = 0;  // windows in a row that differ from what was told and agree with `latest_`
};

}  // namespace cs
