// SPDX-License-Identifier: MIT
#include "server/web_socket_upgrade.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace cs {
namespace {

/// A header field's value; empty when there is none or it is longer than any that matters here.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

WebSocketUpgrade::WebSocketUpgrade(std::string subprotocol, const UpgradeTarget& target)
    : subprotocol_(std::move(subprotocol)), target_(target) {}

std::optional<Reply> WebSocketUpgrade::refuse(const HttpRequest& request) const {
  if (request.method != Method::get || request.body != HttpRequest::Body::none)
    return refusal(400, "A WebSocket begins with a GET that has no body.\n");
  if (request.field("sec-websocket-version") != "13" || request.field("sec-websocket-key").empty())
    return refusal(400, "A WebSocket begins with a key, and with the version 13.\n");
  // libwebsockets would close the connection without an answer.
  const std::string protocols = request.field("sec-websocket-protocol");
  const auto offered = list_items(protocols);
  if (!offered.empty() && std::ranges::find(offered, subprotocol_) == offered.end())
    return refusal(400, "The WebSocket's subprotocol is \"cubestream\"; ask for that, or for none.\n");
  if (request.path != "/ws") return refusal(404, "The WebSocket is at /ws.\n");
  if (!target_.accepts()) return refusal(503, "The server is busy; try again in a moment.\n");
  return std::nullopt;
}

bool WebSocketUpgrade::hand_over(int socket, lws_vhost* vhost, UpgradedClient client) {
  const int second = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (second < 0) return false;
  clients_[second] = std::move(client);
  lws_adopt_socket_vhost(vhost, second);  // closes it when it fails
  return true;
}

UpgradedClient WebSocketUpgrade::take(int socket) {
  const auto taken = clients_.extract(socket);
  return taken.empty() ? UpgradedClient{.ends = {}, .visitor = {.role = Role::view}} : taken.mapped();
}

int WebSocketUpgrade::on_confirm(lws* wsi) {
  // What libwebsockets has read in the head decides: it would also switch to HTTP/2 in clear text, with code that has
  // had no security update since 2022. It also calls this after it refused an upgrade itself; then the head is gone.
  const bool is_websocket = lower_case(header(wsi, WSI_TOKEN_UPGRADE)) == "websocket";
  return is_websocket && header(wsi, WSI_TOKEN_GET_URI) == "/ws" ? 0 : -1;
}

}  // namespace cs
