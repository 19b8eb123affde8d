// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cubestream/ice.hpp"
#include "loop/loop.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Holds an answer until all local candidates are in it, for a client that cannot trickle. Main thread only.
class WholeAnswer {
 public:
  /// `send` receives the answer, once. Candidates that take longer than a second, of a slow TURN server, are missing.
  explicit WholeAnswer(std::function<void(const std::string& sdp)> send) : send_(std::move(send)) {}

  void hold(std::string sdp) {
    sdp_ = std::move(sdp);
    timeout_ = std::make_unique<Timer>(kGatherWithin, Timer::Repeat::once, [this] { release(false); });
  }

  /// Adds a candidate; empty: end of candidates. False: no answer is held.
  [[nodiscard]] bool add(const Candidate& candidate) {
    if (!timeout_) return false;
    if (candidate.text.empty())
      release(true);
    else
      candidates_.push_back(candidate);
    return true;
  }

  /// Drops the held answer.
  void cancel() { timeout_.reset(); }

 private:
  static constexpr std::chrono::seconds kGatherWithin{1};

  void release(bool has_all) {
    timeout_.reset();
    send_(with_candidates(sdp_, candidates_, has_all));
  }

  const std::function<void(const std::string& sdp)> send_;
  std::string sdp_;
  std::vector<Candidate> candidates_;
  std::unique_ptr<Timer> timeout_;  // while an answer is held
};

}  // namespace cs
