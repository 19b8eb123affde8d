// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace cs {

/// Lets a sink begin at a keyframe, and after a gap begin again at one. Pure; one thread.
class KeyframeGate {
 public:
  struct Decision {
    bool deliver = false;
    bool want_keyframe = false;  ///< nothing goes through before one
    bool skipped = false;        ///< the sink was open and lost this unit
  };

  /// From now on units are wanted.
  void start() { started_ = true; }

  /// Units are wanted, and none has gone through since the start or a gap.
  [[nodiscard]] bool awaits_keyframe() const { return started_ && !open_; }

  /// The sink was given a keyframe and all that followed it.
  void open() { open_ = true; }

  [[nodiscard]] Decision on_unit(bool keyframe, bool sink_has_room) {
    if (!started_) return {};
    if (!sink_has_room) return {.skipped = std::exchange(open_, false)};
    if (keyframe) open_ = true;
    return {.deliver = open_, .want_keyframe = !open_};
  }

 private:
  bool started_ = false;
  bool open_ = false;
};

}  // namespace cs
