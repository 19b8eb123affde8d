// SPDX-License-Identifier: MIT
#include "signalling/web_socket_hub.hpp"

#include <libwebsockets.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cs {
namespace {

constexpr std::string_view kEvicted = "evicted in favour of others, because it had not sent an offer";

std::string json_of(const ServerEvent& event) {
  if (const auto* answer = std::get_if<SendAnswer>(&event.what)) return to_json(*answer);
  if (const auto* candidate = std::get_if<SendCandidate>(&event.what)) return to_json(*candidate);
  if (const auto* network = std::get_if<SendNetwork>(&event.what)) return to_json(*network);
  return to_json(std::get<SendError>(event.what));
}

}  // namespace

WebSocketHub::WebSocketHub(const Config& config, ConnectionLimiter& limiter, ClientRegistry& registry, InputSlot& slot,
                           Metrics& metrics)
    : config_(config),
      limiter_(limiter),
      registry_(registry),
      open_(metrics.get("net_websockets")),
      messages_in_(metrics.get("net_messages_received_total")),
      messages_bad_(metrics.get("net_messages_bad_total")),
      messages_flood_(metrics.get("net_messages_flood_total")),
      silent_closed_(metrics.get("net_websockets_silent_total")),
      outbox_refused_(metrics.get("queue_refusals_total", {{"queue", "websocket-outbox"}})),
      reports_lost_(metrics.get("queue_refusals_total", {{"queue", "websocket-reports"}})),
      input_(
          config.input, slot,
          [this](ClientId client, const std::string& text, InputHub::Priority priority) {
            send_input_message(client, text, priority);
          },
          metrics),
      silent_(config_.max_silent) {}

bool WebSocketHub::evict() {
  WebSocketConnection* const evicted = silent_.evict();
  if (evicted != nullptr) evicted->drop(kEvicted);
  return evicted != nullptr;
}

bool WebSocketHub::deliver(const ServerEvent& event) {
  if (const auto* message = std::get_if<SendApplicationMessage>(&event.what)) {
    input_.broadcast(message->json);
    return true;
  }
  const auto client = clients_.find(event.client);
  if (client == clients_.end()) return false;
  WebSocketConnection& connection = *client->second.connection;
  if (const auto* close = std::get_if<SendClose>(&event.what))
    connection.close(close->code, close->reason);
  else
    connection.send(json_of(event));
  return true;
}

void WebSocketHub::set_notice(std::string_view notice) {
  if (notice == notice_) return;
  notice_ = notice;
  const std::string message = notice_json(notice_);
  for (auto& [id, client] : clients_)
    if (client.has_joined) client.connection->send(message);
}

void WebSocketHub::stop() {
  is_stopping_ = true;
  for (auto& [id, client] : clients_) client.connection->close(kGoingAway, "the server stops");
}

void WebSocketHub::on_established(lws* wsi, UpgradedClient from, WebSocketConnection*& connection) {
  const ClientId id = registry_.next_number();
  Client& client = clients_[id];
  client.connection =
      std::make_unique<WebSocketConnection>(wsi, id, from.ends.client, config_.timeouts, outbox_refused_);
  client.visitor = std::move(from.visitor);
  connection = client.connection.get();
  open_.add(1);
  // Several connections may have been upgraded before any of them was counted.
  const bool is_admitted = limiter_.admits(limiter_.network_of(connection->address()));
  limiter_.add(connection->network());
  if (WebSocketConnection* const evicted = silent_.enter(*connection, connection->network())) {
    limiter_.count_dropped();
    evicted->drop(kEvicted);
  }
  connection->log()->debug("connected from {}", connection->address());
  if (!is_admitted) return refuse(*connection, "Too many connections come from your network; try again in a moment.");
  client.has_joined = registry_.tell(id, ClientJoined{from.ends.client, from.ends.server});
  if (client.has_joined) {
    if (!notice_.empty()) connection->send(notice_json(notice_));
    return;
  }
  connection->log()->warn("refused: the viewers' inbox is full");
  refuse(*connection, "The server is busy; try again in a moment.");
}

void WebSocketHub::on_receive(WebSocketConnection& connection, std::string_view piece) {
  if (auto message = connection.receive(piece)) on_message(connection, std::move(*message));
}

void WebSocketHub::on_message(WebSocketConnection& connection, ClientMessage message) {
  messages_in_.add();
  if (const auto* error = std::get_if<ProtocolError>(&message)) return on_protocol_error(connection, *error);
  if (const auto* question = std::get_if<ClockQuestion>(&message)) return connection.send(tell_time(*question));
  decltype(ClientEvent::what) event;
  if (auto* offer = std::get_if<ClientOffered>(&message)) {
    connection.settle();
    silent_.leave(connection);
    event = std::move(*offer);
  } else if (const auto* stamp = std::get_if<ClientWantsStamp>(&message)) {
    if (stamp->on) connection.settle();  // the client may watch by WHEP; it can still be evicted
    event = *stamp;
  } else if (auto* candidate = std::get_if<ClientTrickled>(&message)) {
    event = std::move(*candidate);
  } else {
    if (auto error = on_input(connection, message))
      on_protocol_error(connection, error->sentence.empty() ? too_much_input() : bad_input(std::move(error->sentence)));
    return;
  }
  if (registry_.tell(connection.id(), std::move(event))) return;
  connection.log()->warn("refused: the viewers' inbox is full");
  refuse(connection, "The server is busy; try again in a moment.");
}

std::optional<InputError> WebSocketHub::on_input(WebSocketConnection& connection, ClientMessage& message) {
  const ClientId id = connection.id();
  const TimePoint now = Clock::now();
  if (const auto* wish = std::get_if<ControlWish>(&message))
    return input_.on_message(id, clients_.at(id).visitor, *wish, now);
  if (auto* text = std::get_if<ApplicationMessage>(&message)) return input_.on_message(id, std::move(*text), now);
  return input_.on_message(id, std::get<InputMessage>(message), now);
}

void WebSocketHub::send_input_message(ClientId client, const std::string& text, InputHub::Priority priority) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  if (priority == InputHub::Priority::needed)
    found->second.connection->send(text);
  else if (!found->second.connection->send_if_room(text))
    reports_lost_.add();
}

void WebSocketHub::on_protocol_error(WebSocketConnection& connection, const ProtocolError& error) {
  (error.is_flood ? messages_flood_ : messages_bad_).add();
  const bool closes = error.close_code != 0;
  connection.log()->log(closes ? LogLevel::warn : LogLevel::debug, "bad message: {} ({})", error.error.message,
                        error.error.code);
  connection.send(to_json(error.error));
  if (closes) connection.close(error.close_code, error.error.code);
}

void WebSocketHub::on_timer(WebSocketConnection& connection) {
  if (connection.on_time()) silent_closed_.add();
}

void WebSocketHub::on_closed(WebSocketConnection*& connection) {
  if (connection == nullptr) return;
  const WebSocketConnection& closed = *std::exchange(connection, nullptr);
  closed.log()->debug("disconnected: {}", closed.farewell());
  open_.add(-1);
  silent_.leave(closed);
  limiter_.remove(closed.network());
  const ClientId id = closed.id();
  ClientLeft left{closed.farewell(), closed.said_goodbye()};
  input_.on_left(id, closed.said_goodbye(), Clock::now());
  const bool has_joined = clients_.at(id).has_joined;
  clients_.erase(id);
  if (has_joined) registry_.tell_left(id, std::move(left));
}

void WebSocketHub::refuse(WebSocketConnection& connection, std::string_view sentence) {
  connection.send(to_json(SendError{"busy", std::string(sentence)}));
  connection.close(kTryAgainLater, "busy");
}

}  // namespace cs
