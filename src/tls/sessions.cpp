// SPDX-License-Identifier: MIT
#include "tls/sessions.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace cs {
namespace {

constexpr std::size_t kHandshakeShare = 2;  // at most 1/2 of the connections may be in the handshake

// epoll keys: two per session, one for each of its sockets. Sessions are numbered from 1.
std::uint64_t key_of_client(std::uint64_t number) {
  return 2 * number;
}
std::uint64_t key_of_server(std::uint64_t number) {
  return 2 * number + 1;
}

}  // namespace

TlsSessions::TlsSessions(TlsLimits limits, const TlsTimeouts& timeouts, Epoll& epoll,
                         const ReloadableCertificate& certificate, LoopbackBackend& backend, Metrics& metrics)
    : limits_(std::move(limits)),
      epoll_(epoll),
      certificate_(certificate),
      backend_(backend),
      metrics_(metrics),
      connections_(metrics.get("tls_connections")),
      refused_(metrics.get("tls_connections_refused_total", {{"reason", "full"}})),
      of_address_refused_(metrics.get("tls_connections_refused_total", {{"reason", "address"}})),
      per_client_(limits_.max_per_address),
      beginning_(std::max<std::size_t>(limits_.max_connections / kHandshakeShare, 1)),
      ending_(limits_.max_connections),
      handshakes_(timeouts.handshake),
      unread_(timeouts.read),
      lingering_(timeouts.linger) {
  // Creates the metrics now, so that they are exported from the start.
  for (const char* reason : {"plain_http", "handshake", "late", "crowded"})
    static_cast<void>(metrics.get("tls_handshakes_failed_total", {{"reason", reason}}));
  for (const char* reason : {"unread", "crowded"})
    static_cast<void>(metrics.get("tls_connections_dropped_total", {{"reason", reason}}));
}

TlsSessions::~TlsSessions() {
  while (!entries_.empty()) end(entries_.begin()->first);
}

void TlsSessions::begin(Fd client) {
  ConnectionEnds ends{peer_address(client.get()), local_address(client.get())};
  std::string network = limits_.client_network(ends.client);
  if (!admit(network)) return;
  Ssl ssl = certificate_.get()->session(client.get());
  if (!ssl) return refused_.add();
  const std::uint64_t number = ++last_number_;
  Entry& entry = entries_[number];
  entry.number = number;
  entry.slot_owner = network.empty() ? ends.client : network;
  entry.ends = std::move(ends);
  entry.network = std::move(network);
  entry.session = std::make_unique<TlsSession>(std::move(client), std::move(ssl));
  connections_.add();
  per_client_.add(entry.network);
  handshakes_.begin(number, Clock::now());
  // A new connection may evict one that has not completed its handshake.
  if (const Entry* const evicted = beginning_.enter(entry, entry.slot_owner)) fail(evicted->number, "crowded");
  advance(entry);
}

bool TlsSessions::admit(const std::string& network) {
  if (!network.empty() && !per_client_.has_room_for(network)) {
    of_address_refused_.add();
    return false;
  }
  if (entries_.size() < limits_.max_connections) return true;
  if (const Entry* const evicted = ending_.evict()) {
    drop(evicted->number, "crowded");
  } else if (const Entry* const beginner = beginning_.evict()) {
    fail(beginner->number, "crowded");
  } else {
    refused_.add();
    return false;
  }
  return true;
}

void TlsSessions::on_event(std::uint64_t key, std::uint32_t events) {
  const auto found = entries_.find(key / 2);
  if (found == entries_.end()) return;  // ended by an earlier event of this batch
  Entry& entry = found->second;
  if (key == key_of_server(entry.number)) {
    if ((events & EPOLLRDHUP) != 0)
      static_cast<void>(ending_.enter(entry, entry.slot_owner));  // never evicts: it has a slot for each connection
    if ((events & EPOLLERR) != 0) linger(entry);  // the server reset the connection; a full client socket would hide it
  }
  advance(entry);
}

void TlsSessions::advance(Entry& entry) {
  TlsSession& session = *entry.session;
  TlsSession::Step step = session.advance();
  if (step == TlsSession::Step::secure) {
    beginning_.leave(entry);
    handshakes_.end(entry.number);
    if (!connect_to_server(entry)) return fail(entry.number, "crowded");
    step = session.advance();
  }
  if (step == TlsSession::Step::over) {
    using Failure = TlsSession::Failure;
    return session.failure() == Failure::none
               ? end(entry.number)
               : fail(entry.number, session.failure() == Failure::plain_http ? "plain_http" : "handshake");
  }
  watch(entry);
  poll_client(entry);
}

bool TlsSessions::connect_to_server(Entry& entry) {
  auto [fd, port] = backend_.connect(entry.ends);
  entry.port = port;
  // Edge-triggered, so that a close by the HTTP server is reported even while its data cannot be read.
  if (fd.get() < 0 || !epoll_.add(fd.get(), key_of_server(entry.number), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
    return false;
  entry.session->connect(std::move(fd));
  return true;
}

void TlsSessions::watch(Entry& entry) {
  const TlsSession& session = *entry.session;
  if (session.is_ending()) linger(entry);
  const bool progress = session.taken() != std::exchange(entry.taken, session.taken());
  if (!session.has_unread())
    unread_.end(entry.number);
  else if (progress || !unread_.holds(entry.number))
    unread_.begin(entry.number, Clock::now());
}

void TlsSessions::linger(Entry& entry) {
  if (lingering_.holds(entry.number)) return;
  lingering_.begin(entry.number, Clock::now());
  static_cast<void>(ending_.enter(entry, entry.slot_owner));
}

void TlsSessions::poll_client(Entry& entry) {
  const std::uint32_t wanted = entry.session->wants_of_client();
  if (wanted == entry.polled) return;
  const int socket = entry.session->client();
  const std::uint64_t key = key_of_client(entry.number);
  // Removed when no event is wanted, because epoll would report a hang-up again and again.
  if (wanted == 0)
    epoll_.remove(socket);
  else
    static_cast<void>(entry.polled == 0 ? epoll_.add(socket, key, wanted) : epoll_.modify(socket, key, wanted));
  entry.polled = wanted;
}

void TlsSessions::expire(TimePoint now) {
  while (const auto late = handshakes_.late(now)) fail(*late, "late");
  while (const auto late = unread_.late(now)) drop(*late, "unread");
  while (const auto late = lingering_.late(now)) end(*late);
}

std::optional<TimePoint> TlsSessions::next_deadline() const {
  std::optional<TimePoint> next;
  for (const Deadlines* deadlines : {&handshakes_, &unread_, &lingering_})
    if (const auto at = deadlines->next()) next = next ? std::min(*next, *at) : *at;
  return next;
}

void TlsSessions::end(std::uint64_t number) {
  const auto found = entries_.find(number);
  const Entry& entry = found->second;
  beginning_.leave(entry);
  ending_.leave(entry);
  for (Deadlines* deadlines : {&handshakes_, &unread_, &lingering_}) deadlines->end(number);
  per_client_.remove(entry.network);
  backend_.forget(entry.port);
  entries_.erase(found);
  connections_.add(-1);
}

void TlsSessions::fail(std::uint64_t number, const char* reason) {
  metrics_.get("tls_handshakes_failed_total", {{"reason", reason}}).add();
  end(number);
}

void TlsSessions::drop(std::uint64_t number, const char* reason) {
  metrics_.get("tls_connections_dropped_total", {{"reason", reason}}).add();
  end(number);
}

}  // namespace cs
