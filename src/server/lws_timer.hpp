// SPDX-License-Identifier: MIT
#pragma once

#include <libwebsockets.h>

#include <chrono>
#include <functional>
#include <utility>

#include "cubestream/clock.hpp"

namespace cs {

/// A timer of a libwebsockets context. Cancel it before its context is destroyed. Net thread only.
class LwsTimer {
 public:
  explicit LwsTimer(std::function<void()> on_time) : state_{.on_time = std::move(on_time)} {}
  LwsTimer(const LwsTimer&) = delete;
  LwsTimer& operator=(const LwsTimer&) = delete;

  /// Calls `on_time` once, `after` from now; replaces an earlier call.
  void schedule(lws_context* context, Clock::duration after) {
    const auto call = [](lws_sorted_usec_list_t* entry) { reinterpret_cast<State*>(entry)->on_time(); };
    lws_sul_schedule(context, 0, &state_.entry, call, std::chrono::ceil<std::chrono::microseconds>(after).count());
  }
  void cancel() { lws_sul_cancel(&state_.entry); }

 private:
  struct State {
    lws_sorted_usec_list_t entry = {};  // first, because libwebsockets passes its address
    std::function<void()> on_time;
  };
  State state_;
};

}  // namespace cs
