// SPDX-License-Identifier: MIT
#include "session/clients.hpp"

#include <utility>

#include "cubestream/error_codes.hpp"
#include "log/log.hpp"

namespace cs {

void Clients::add(ClientId id, const ClientJoined& joined) {
  clients_[id] = {.address = joined.address, .reached_at = joined.reached_at};
}

bool Clients::remove(ClientId id) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return false;
  set_stamp_wish(client->second, false);
  clients_.erase(client);
  return true;
}

const Clients::Client* Clients::find(ClientId id) const {
  const auto client = clients_.find(id);
  return client == clients_.end() ? nullptr : &client->second;
}

void Clients::set_stamp_wish(ClientId id, bool on) {
  if (const auto client = clients_.find(id); client != clients_.end()) set_stamp_wish(client->second, on);
}

void Clients::set_stamp_wish(Client& client, bool on) {
  if (std::exchange(client.wants_stamp, on) == on) return;
  const int before = std::exchange(stamps_wanted_, stamps_wanted_ + (on ? 1 : -1));
  if (before == 0 || stamps_wanted_ == 0) on_stamp_wanted_(stamps_wanted_ > 0);
}

bool Clients::try_send(ClientId id, ServerMessage message) {
  return !clients_.contains(id) || outbox_.try_push({id, std::move(message)});
}

void Clients::close(ClientId id, const SendError& error) {
  // When the queue is full, the client receives only the close code and reason.
  static_cast<void>(try_send(id, error));
  close(id, error_code(error.code).close_code, error.code);
}

void Clients::close(ClientId id, std::uint16_t close_code, const std::string& reason) {
  if (!remove(id)) return;
  if (!outbox_.try_push_reserved({id, SendClose{close_code, reason}}))
    make_log("viewer " + std::to_string(id))->error("could not close the connection: the message queue is full");
}

}  // namespace cs
