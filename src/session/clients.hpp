// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "cubestream/signalling.hpp"
#include "loop/inbox.hpp"

namespace cs {

/// The clients that can receive messages: those of the signalling server, until they left or were closed. Main thread
/// only.
class Clients {
 public:
  struct Client {
    std::string address;
    std::string reached_at;
    bool wants_stamp = false;
  };

  /// Messages go into `outbox`, whose reserve holds one SendClose per connection. `on_stamp_wanted` is called when the
  /// first client wants the stamp, and when the last one no longer does.
  Clients(Inbox<ServerEvent>& outbox, std::function<void(bool wanted)> on_stamp_wanted)
      : outbox_(outbox), on_stamp_wanted_(std::move(on_stamp_wanted)) {}

  void add(ClientId id, const ClientJoined& joined);
  /// False: the client is unknown.
  bool remove(ClientId id);
  /// Null: the client is unknown.
  [[nodiscard]] const Client* find(ClientId id) const;

  void set_stamp_wish(ClientId id, bool on);

  /// False: the queue is full. Messages to unknown clients are dropped.
  [[nodiscard]] bool try_send(ClientId id, ServerMessage message);

  /// Sends an error, if the queue has room, and closes the connection as error_code() says.
  void close(ClientId id, const SendError& error);
  /// Closes the connection and removes the client. A client is closed once, which limits the use of the reserve.
  void close(ClientId id, std::uint16_t close_code, const std::string& reason);

 private:
  void set_stamp_wish(Client& client, bool on);

  Inbox<ServerEvent>& outbox_;
  const std::function<void(bool wanted)> on_stamp_wanted_;
  std::map<ClientId, Client> clients_;
  int stamps_wanted_ = 0;
};

}  // namespace cs
