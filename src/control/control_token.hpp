// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "cubestream/client_event.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Decides which one client controls the scene. A free token goes to the first client that wants it; it becomes free
/// when its holder releases it, leaves, or is idle, and then goes to the client that has asked for the longest time.
/// Pure; one thread.
class ControlToken {
 public:
  struct Config {
    Clock::duration idle = std::chrono::seconds(60);  ///< without input the token becomes free
    Clock::duration grace = std::chrono::seconds(3);  ///< after a broken connection, for the client's return
  };
  /// More clients that ask are not remembered.
  static constexpr std::size_t kMostAsking = 64;

  explicit ControlToken(const Config& config) : config_(config) {}

  /// The client has input. Takes a free token. False: another client holds it.
  [[nodiscard]] bool use(ClientId client, TimePoint now);

  /// The client wants control: takes a free token, else asks for it.
  void ask(ClientId client, TimePoint now);

  /// The holder gives the token to a client that asks. Ignored in any other case.
  void give(ClientId from, ClientId to, TimePoint now);

  /// The holder keeps the token: no client asks any more. Ignored from other clients. Returns who asked.
  std::deque<ClientId> keep(ClientId client);

  /// The client gives up the token, or asks no longer.
  void release(ClientId client, TimePoint now);

  /// The client's connection broke; its token stays for the grace period.
  void lose(ClientId client, TimePoint now);

  /// `client` is the one that returns after lose(`former`). False: its token is gone.
  bool resume(ClientId former, ClientId client, TimePoint now);

  /// Frees the token of an idle or lost holder.
  void expire(TimePoint now);

  [[nodiscard]] std::optional<ClientId> holder() const { return holder_; }
  [[nodiscard]] bool is_lost() const { return lost_at_.has_value(); }
  [[nodiscard]] const std::deque<ClientId>& asking() const { return asking_; }
  [[nodiscard]] bool asks(ClientId client) const;

  /// Changes with every change of the holder and of who asks.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  void set_holder(std::optional<ClientId> client, TimePoint now);
  void free(TimePoint now);
  void forget(ClientId client);

  const Config config_;
  std::optional<ClientId> holder_;
  TimePoint used_at_;                 // by the holder
  std::optional<TimePoint> lost_at_;  // the connection of the holder
  std::deque<ClientId> asking_;       // the longest first
  std::uint64_t revision_ = 0;
};

}  // namespace cs
