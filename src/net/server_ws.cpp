// SPDX-License-Identifier: MIT
// The half of Server that knows the WebSocket clients.
#include <utility>
#include <variant>

#include "net/server.hpp"

namespace cs {
namespace {

constexpr lws_usec_t kRetryDeparted = 100 * LWS_US_PER_MS;

void say_busy(Connection& connection) {
  connection.log()->warn("turned away: the viewers' inbox is full");
  connection.send(to_json(SendError{"busy", "The server has too much to do; try again in a moment."}));
  connection.close(kTryAgainLater, "busy");
}

}  // namespace

void Server::join(lws* wsi, Session& session) {
  const ClientId id = ++last_client_;
  Client& client = clients_[id];
  client.connection = std::make_unique<Connection>(wsi, id, outbox_refused_);
  session.connection = client.connection.get();
  websockets_.add(1);
  client.connection->log()->debug("connected from {}", client.connection->address());
  client.joined = to_viewers_.try_push({id, ClientJoined{client.connection->address()}});
  if (!client.joined) say_busy(*client.connection);
}

void Server::hear(Connection& connection, ClientMessage message) {
  messages_in_.add();
  if (const auto* wrong = std::get_if<ProtocolError>(&message)) {
    messages_bad_.add();
    const bool ends = wrong->close_code != 0;
    connection.log()->log(ends ? spdlog::level::warn : spdlog::level::debug, "sent what it must not: {} ({})",
                          wrong->error.message, wrong->error.code);
    connection.send(to_json(wrong->error));
    if (ends) connection.close(wrong->close_code, wrong->error.code);
    return;
  }
  ClientEvent event{connection.id(), {}};
  if (auto* offer = std::get_if<ClientOffered>(&message))
    event.what = std::move(*offer);
  else
    event.what = std::get<ClientTrickled>(std::move(message));
  if (!to_viewers_.try_push(std::move(event))) say_busy(connection);
}

void Server::leave(Session& session) {
  if (session.connection == nullptr) return;
  const Connection& connection = *std::exchange(session.connection, nullptr);
  connection.log()->debug("disconnected: {}", connection.farewell());
  websockets_.add(-1);
  const auto client = clients_.find(connection.id());
  if (client->second.joined) departed_.push_back({connection.id(), ClientLeft{connection.farewell()}});
  clients_.erase(client);
  tell_departed();
}

void Server::tell_departed() {
  while (!departed_.empty()) {
    if (!to_viewers_.try_push_reserved(std::move(departed_.front()))) {
      if (stopping_) return;
      const auto again = [](lws_sorted_usec_list_t* entry) {
        reinterpret_cast<Timer*>(entry)->server->tell_departed();
      };
      lws_sul_schedule(context_.get(), 0, &departed_timer_.entry, again, kRetryDeparted);
      return;
    }
    departed_.pop_front();
  }
}

}  // namespace cs
