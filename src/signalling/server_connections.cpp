// SPDX-License-Identifier: MIT
// The part of Server that lets connections in, counts them and lets them go.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "http/forwarded.hpp"
#include "network/peer.hpp"
#include "signalling/server.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr lws_usec_t kAcceptAgain = 100 * LWS_US_PER_MS;
constexpr std::string_view kTlsPeer = "127.0.0.1";  // whence those come who take the encryption off before us

}  // namespace

void Server::accept_some() {
  for (int i = 0; i < kAcceptAtOnce && accept_one(); ++i) {
  }
}

bool Server::accept_one() {
  Fd socket(accept4(lws_get_socket_fd(listener_), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno != EAGAIN) wait_to_accept(errno);
    return false;
  }
  cannot_accept_ = false;
  const std::string address = ends_of(socket.get()).client;
  if (config_.tls && address.empty()) return true;  // nobody we know sends it
  if (const auto network = untrusted_network(address); !network.empty() && !per_client_.has_room_for(network)) {
    connections_of_address_refused_.add();
    return true;
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // As a file, of which libwebsockets does nothing but to poll it. It leaves one that it does not take open.
  lws_sock_file_fd_type fd;
  fd.filefd = socket.get();
  if (lws_adopt_descriptor_vhost(lws_get_vhost(listener_), LWS_ADOPT_RAW_FILE_DESC, fd, kProtocols[0].name, nullptr))
    static_cast<void>(socket.release());
  return true;
}

void Server::wait_to_accept(int error) {
  // Most likely no descriptor is left. What waits in the queue would wake us again at once, for ever.
  if (!std::exchange(cannot_accept_, true))
    log_->warn("cannot accept connections: {}; trying on", std::generic_category().message(error));
  lws_rx_flow_control(listener_, 0);
  const auto again = [](lws_sorted_usec_list_t* entry) {
    lws* const listener = reinterpret_cast<Timer*>(entry)->server->listener_;
    if (listener != nullptr) lws_rx_flow_control(listener, 1);
  };
  lws_sul_schedule(context_.get(), 0, &accept_timer_.entry, again, kAcceptAgain);
}

void Server::count(lws* wsi, int change) {
  if (!open_) return;  // it is the listener that is being made
  if (wsi == listener_)
    listener_ = nullptr;
  else
    connections_.add(change);
}

ConnectionEnds Server::ends_of(int socket) const {
  ConnectionEnds ends{peer_address(socket), local_address(socket)};
  if (!config_.tls) return ends;
  // The port alone says nothing: any other address of this machine has one with the same number.
  return ends.client == kTlsPeer ? config_.tls->client_behind(peer_port(socket)) : ConnectionEnds();
}

std::string Server::untrusted_network(const std::string& address) const {
  return cs::untrusted_network(address, config_.trusted_proxies);
}

void Server::greet(lws* wsi, Session& session) {
  auto& http = http_[wsi];
  const int socket = static_cast<int>(lws_get_socket_fd(wsi));
  ConnectionEnds ends = ends_of(socket);
  std::string network = untrusted_network(ends.client);
  http = std::make_unique<HttpConnection>(wsi, socket, std::move(ends), std::move(network), authorizer_.common_fields(),
                                          config_.timeouts.http);
  session.http = http.get();
  per_client_.add(http->network());
  await_request(*http);
}

void Server::await_request(HttpConnection& http) {
  if (!http.waits_for_head()) return strangers_.leave(http);
  let_go_of_client(http);
  HttpConnection* const evicted = strangers_.enter(http, http.network());
  if (evicted == nullptr) return;
  connections_dropped_.add();
  ++dropped_;
  evicted->drop();
}

bool Server::has_room() {
  if (http_.size() - strangers_.size() - dropped_ + clients_.size() <= config_.max_connections) return true;
  if (WebSocketConnection* const evicted = silent_.evict()) {
    connections_dropped_.add();
    evicted->drop("gave way to others, since it had not offered");
    return true;
  }
  connections_refused_.add();
  return false;
}

void Server::end_http(lws* wsi, Session& session) {
  if (session.http == nullptr) return;
  HttpConnection& http = *std::exchange(session.http, nullptr);
  const auto pending = http.waits_for();
  let_go_of_client(http);
  strangers_.leave(http);
  per_client_.remove(http.network());
  if (http.is_dropped()) --dropped_;
  http_.erase(wsi);
  if (!pending) return;
  if (pending->handler == PendingRequest::Handler::api) {
    askers_.erase(pending->number);
    return api_.on_hang_up(pending->number);
  }
  waiting_.erase(pending->number);
  whep_.on_hang_up(pending->number);
}

bool Server::take_in_client(HttpConnection& http) {
  if (!is_trusted(http.address(), config_.trusted_proxies)) return true;  // it was counted when it came
  const std::string network = untrusted_network(client_of(http));
  if (network.empty()) return true;
  if (!per_client_.has_room_for(network)) {
    connections_of_address_refused_.add();
    return false;
  }
  per_client_.add(network);
  http.serve(network);
  return true;
}

void Server::let_go_of_client(HttpConnection& http) {
  if (const std::string network = http.serve(""); !network.empty()) per_client_.remove(network);
}

}  // namespace cs
