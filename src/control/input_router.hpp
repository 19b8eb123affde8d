// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "control/control_token.hpp"
#include "cubestream/control_mode.hpp"
#include "input/held_state.hpp"
#include "input/input_slot.hpp"
#include "input/message.hpp"

namespace cs {

/// Passes input of clients on to the scene, if they may control it, and ends what they hold when they lose control.
/// Every event is judged here. Does not access sockets. One thread.
class InputRouter {
 public:
  struct Config {
    ControlMode mode = ControlMode::one;  ///< not automatic
    ControlToken::Config token = {};
    /// A client that holds something and sends nothing for so long is cut off: what it holds is released.
    Clock::duration silence = std::chrono::seconds(2);
  };
  enum class Outcome { taken, refused, flood };

  /// The position of a client's pointer, as in PointerInput.
  struct Pointer {
    ClientId client = 0;
    std::uint16_t x = 0;
    std::uint16_t y = 0;
  };

  /// `slot` and `metrics` must outlive it.
  InputRouter(const Config& config, InputSlot& slot, Metrics& metrics);

  /// A client can send input from now on. `may`: it has the right to. `resume`: the key of a connection that broke.
  void join(ClientId client, bool may, std::string name, const std::string& resume, TimePoint now);
  /// Its connection ended, or broke.
  void leave(ClientId client, bool said_goodbye, TimePoint now);

  /// The kinds of input that the scene wants (InputWish::kinds). Events of other kinds are refused.
  void set_kinds(std::uint32_t kinds) { kinds_ = kinds; }

  /// Judges a batch. `flood`: the client sends too much.
  [[nodiscard]] Outcome take(ClientId client, const ClientBatch& batch, TimePoint now);
  /// A JSON text for the application. Returns as take() does.
  [[nodiscard]] Outcome take_message(ClientId client, std::string json, TimePoint now);

  // What a person wants of control. Ignored from clients that may not control.
  void want(ClientId client, TimePoint now);
  void give(ClientId from, ClientId to, TimePoint now);
  void keep(ClientId client, TimePoint now);
  void release(ClientId client, TimePoint now);

  /// Call it every quarter of a second while is_active().
  void tick(TimePoint now);
  [[nodiscard]] bool is_active() const { return token_.holder() || is_any_holding(); }

  /// Changes when what clients shall know of control has changed.
  [[nodiscard]] std::uint64_t revision() const { return token_.revision() + declines_; }
  [[nodiscard]] const ControlToken& token() const { return token_; }
  [[nodiscard]] ControlMode mode() const { return config_.mode; }
  /// The name of a client, or of the holder whose connection broke; "viewer 7" without one.
  [[nodiscard]] std::string name_of(ClientId client) const;
  /// The secret by which a client proves after a broken connection that it is the same one.
  [[nodiscard]] const std::string& key_of(ClientId client) const;
  [[nodiscard]] bool may_control(ClientId client) const;
  /// Whether the holder declined this client's wish since the last call.
  [[nodiscard]] bool take_declined(ClientId client);

  /// Pointers that have moved, with ControlMode::all; nullopt: none did since the last call.
  [[nodiscard]] std::optional<std::vector<Pointer>> take_pointers();

 private:
  struct Client {
    bool may = false;
    std::string name;
    std::string key;
    HeldState held;
    TokenBucket events{4000, std::chrono::microseconds(250)};
    TokenBucket messages{50, std::chrono::milliseconds(20)};
    TimePoint heard_at;
    std::optional<Pointer> pointer;
    bool is_declined = false;
  };
  struct Lost {
    ClientId client = 0;
    std::string name;
    std::string key;
  };

  /// Why its input is refused; null: it is taken.
  [[nodiscard]] Metric* obstacle(ClientId client, bool is_deliberate, TimePoint now);
  [[nodiscard]] bool is_any_holding(std::optional<ClientId> except = {}) const;
  [[nodiscard]] bool is_alone() const;
  void end_held(Client& client, ClientId id, TimePoint now);
  void note_pointer(ClientId id, Client& client, const ClientInput& input);
  void settle(TimePoint now);

  const Config config_;
  InputSlot& slot_;
  Metric& events_;
  Metric& refused_role_;
  Metric& refused_held_;
  Metric& refused_kind_;
  Metric& releases_;
  Metric& takeovers_;
  ControlToken token_;
  std::optional<ClientId> holder_;  // of the token, as last seen
  std::uint32_t kinds_ = 0;
  std::map<ClientId, Client> clients_;
  Lost lost_;  // the latest holder whose connection broke
  bool pointers_moved_ = false;
  std::uint64_t declines_ = 0;
};

}  // namespace cs
