// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "cubestream/signalling.hpp"
#include "log/log.hpp"
#include "loop/inbox.hpp"

namespace cs {

/// The logger of one client. Any thread.
[[nodiscard]] inline Log client_log(ClientId client) {
  return make_log("client " + std::to_string(client));
}

/// Numbers the clients and reports their events to the viewers. Keeps ClientLeft events that the full inbox refuses
/// until it has room. Net thread only.
class ClientRegistry {
 public:
  /// `on_full`: called when ClientLeft events remain; call tell_departed() again soon.
  ClientRegistry(Inbox<ClientEvent>& to_viewers, std::function<void()> on_full)
      : to_viewers_(to_viewers), on_full_(std::move(on_full)) {}

  [[nodiscard]] ClientId next_number() { return ++last_client_; }

  /// Reports an event. False: the inbox is full and the event is lost.
  [[nodiscard]] bool tell(ClientId client, decltype(ClientEvent::what) what) {
    return to_viewers_.try_push({client, std::move(what)});
  }

  /// Reports that a client has left. Only for clients whose ClientJoined was delivered.
  void tell_left(ClientId client, ClientLeft left) {
    ClientEvent& event = departed_.emplace_back();
    event.client = client;
    event.what = std::move(left);
    tell_departed();
  }

  /// Delivers pending ClientLeft events until the inbox is full.
  void tell_departed() {
    while (!departed_.empty()) {
      if (!to_viewers_.try_push_reserved(std::move(departed_.front()))) return on_full_();
      departed_.pop_front();
    }
  }

  /// ClientLeft events are pending. No new client is accepted meanwhile, so their number is bounded.
  [[nodiscard]] bool is_behind() const { return !departed_.empty(); }

 private:
  Inbox<ClientEvent>& to_viewers_;
  const std::function<void()> on_full_;
  ClientId last_client_ = 0;
  std::deque<ClientEvent> departed_;
};

}  // namespace cs
