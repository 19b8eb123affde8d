// SPDX-License-Identifier: MIT
// The part of Server that knows the WebSocket clients.
#include <utility>
#include <variant>

#include "signalling/server.hpp"

namespace cs {
namespace {

void say_busy(WebSocketConnection& connection) {
  connection.log()->warn("turned away: the viewers' inbox is full");
  connection.send(to_json(SendError{"busy", "The server has too much to do; try again in a moment."}));
  connection.close(kTryAgainLater, "busy");
}

void say_crowded(WebSocketConnection& connection) {
  connection.send(to_json(SendError{"busy", "Too many connections come from your network; try again in a moment."}));
  connection.close(kTryAgainLater, "busy");
}

}  // namespace

void Server::join(lws* wsi, Session& session) {
  const ClientId id = registry_.next_number();
  Client& client = clients_[id];
  const auto upgrade = upgrading_.extract(static_cast<int>(lws_get_socket_fd(wsi)));
  const ConnectionEnds ends = upgrade.empty() ? ConnectionEnds() : upgrade.mapped();
  client.connection =
      std::make_unique<WebSocketConnection>(wsi, id, ends.client, config_.timeouts.websocket, outbox_refused_);
  session.connection = client.connection.get();
  websockets_.add(1);
  // Several at once may have become WebSockets when none of them was counted.
  const std::string network = untrusted_network(client.connection->address());
  const bool is_crowded = !network.empty() && !per_client_.has_room_for(network);
  per_client_.add(client.connection->network());
  if (WebSocketConnection* const evicted = silent_.enter(*client.connection, client.connection->network())) {
    connections_dropped_.add();
    evicted->drop("gave way to others, since it had not offered");
  }
  client.connection->log()->debug("connected from {}", client.connection->address());
  if (is_crowded) {
    connections_of_address_refused_.add();
    return say_crowded(*client.connection);
  }
  client.joined = registry_.tell(id, ClientJoined{ends.client, ends.server});
  if (!client.joined) say_busy(*client.connection);
}

void Server::hear(WebSocketConnection& connection, ClientMessage message) {
  messages_in_.add();
  if (const auto* wrong = std::get_if<ProtocolError>(&message)) {
    (wrong->is_flood ? messages_flood_ : messages_bad_).add();
    const bool ends = wrong->close_code != 0;
    connection.log()->log(ends ? LogLevel::warn : LogLevel::debug, "sent what it must not: {} ({})",
                          wrong->error.message, wrong->error.code);
    connection.send(to_json(wrong->error));
    if (ends) connection.close(wrong->close_code, wrong->error.code);
    return;
  }
  if (const auto* question = std::get_if<ClockQuestion>(&message)) return connection.send(tell_time(*question));
  decltype(ClientEvent::what) event;
  if (auto* offer = std::get_if<ClientOffered>(&message)) {
    connection.settle();
    silent_.leave(connection);
    event = std::move(*offer);
  } else if (const auto* stamp = std::get_if<ClientWantsStamp>(&message)) {
    if (stamp->on) connection.settle();  // it may watch by WHEP; when others want its place, it gives way
    event = *stamp;
  } else {
    event = std::get<ClientTrickled>(std::move(message));
  }
  if (!registry_.tell(connection.id(), std::move(event))) say_busy(connection);
}

void Server::tell(WebSocketConnection& connection, const ServerEvent& event) {
  if (const auto* close = std::get_if<SendClose>(&event.what))
    connection.close(close->code, close->reason);
  else if (const auto* answer = std::get_if<SendAnswer>(&event.what))
    connection.send(to_json(*answer));
  else if (const auto* candidate = std::get_if<SendCandidate>(&event.what))
    connection.send(to_json(*candidate));
  else if (const auto* network = std::get_if<SendNetwork>(&event.what))
    connection.send(to_json(*network));
  else if (const auto* error = std::get_if<SendError>(&event.what))
    connection.send(to_json(*error));
}

void Server::leave(Session& session) {
  if (session.connection == nullptr) return;
  const WebSocketConnection& connection = *std::exchange(session.connection, nullptr);
  connection.log()->debug("disconnected: {}", connection.farewell());
  websockets_.add(-1);
  silent_.leave(connection);
  per_client_.remove(connection.network());
  const auto client = clients_.find(connection.id());
  const bool joined = client->second.joined;
  ClientLeft left{connection.farewell(), connection.said_goodbye()};
  const ClientId id = connection.id();
  clients_.erase(client);
  if (joined) registry_.tell_left(id, std::move(left));
}

}  // namespace cs
