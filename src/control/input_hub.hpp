// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/visitor.hpp"
#include "base/metrics.hpp"
#include "control/client_messages.hpp"
#include "control/input_router.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/control_mode.hpp"
#include "cubestream/input_batch.hpp"
#include "cubestream/input_wish.hpp"
#include "log/log.hpp"

namespace cs {

/// Input and control of the WebSocket clients: their messages to the InputRouter, and what they need to know of it. Net
/// thread only.
class InputHub {
 public:
  struct Config {
    ControlMode mode = ControlMode::none;
    bool has_token = false;  ///< whether clients need a token (CS_AUTH_TOKEN)
    Clock::duration idle = std::chrono::seconds(60);
  };
  enum class Priority {
    needed,
    optional  ///< lost if the client does not read fast enough
  };
  using Send = std::function<void(ClientId client, const std::string& text, Priority priority)>;

  /// `slot` and `metrics` must outlive it.
  InputHub(const Config& config, InputSlot& slot, Send send, Metrics& metrics);

  /// Each returns the error, if any.
  [[nodiscard]] std::optional<InputError> on_message(ClientId client, const Visitor& visitor, const ControlWish& wish,
                                                     TimePoint now);
  [[nodiscard]] std::optional<InputError> on_message(ClientId client, ApplicationMessage message, TimePoint now);
  [[nodiscard]] std::optional<InputError> on_message(ClientId client, const InputMessage& message, TimePoint now);
  void on_left(ClientId client, bool said_goodbye, TimePoint now);

  /// What the scene wants; clients hear of changes.
  void set_wish(const InputWish& wish);
  /// Tells a client what became of its batch.
  void report(const AppliedBatch& applied);
  /// Sends a message of the program that draws to all clients.
  void broadcast(const std::string& json);

  /// When tick() is wanted next; nullopt: never.
  [[nodiscard]] std::optional<Clock::duration> tick_in() const;
  void tick(TimePoint now);

 private:
  /// Why this visitor may not control, a sentence; empty: it may.
  [[nodiscard]] std::string objection(const Visitor& visitor) const;
  /// Sends what has changed about control to all clients. False: nothing has.
  bool publish();
  void log_holder();
  void send_control(ClientId client);

  const Config config_;
  const Send send_;
  const Log log_;
  InputRouter router_;
  InputWish wish_;
  std::map<ClientId, std::string> followers_;  // with why they may not control
  std::uint64_t published_ = 0;                // InputRouter::revision()
  bool published_alone_ = false;
  std::optional<ClientId> logged_holder_;
};

}  // namespace cs
