// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace cs {

/// Makes a sink start at a keyframe, and resume at a keyframe after a gap. Pure; one thread.
class KeyframeGate {
 public:
  struct Decision {
    bool deliver = false;
    bool want_keyframe = false;  ///< the sink cannot be served before the next keyframe
    bool skipped = false;        ///< this unit begins a gap
  };

  /// The sink wants units from now on.
  void start() { started_ = true; }

  /// The sink wants units, but has received none since the start or a gap.
  [[nodiscard]] bool awaits_keyframe() const { return started_ && !open_; }

  /// The sink has received a keyframe and all units after it.
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
