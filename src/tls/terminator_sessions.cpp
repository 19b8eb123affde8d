// SPDX-License-Identifier: MIT
// The part of TlsTerminator that handles sessions.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "network/peer.hpp"
#include "tls/loopback.hpp"
#include "tls/terminator.hpp"

namespace cs {
namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr int kAcceptBatch = 32;

// epoll keys: two per session, one for each of its sockets.
std::uint64_t key_of_client(std::uint64_t number) {
  return 2 * number;
}
std::uint64_t key_of_server(std::uint64_t number) {
  return 2 * number + 1;
}

}  // namespace

void TlsTerminator::accept_some() {
  for (int i = 0; i < kAcceptBatch && accept_one(); ++i) {
  }
}

bool TlsTerminator::accept_one() {
  Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno == EAGAIN) return false;
    // Most likely the process is out of descriptors. Pauses, because the waiting connection would wake epoll again at
    // once.
    log_->warn("cannot accept connections: {}; trying again every 100 ms", std::strerror(errno));
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
    accepting_ = false;
    accept_again_ = Clock::now() + kAcceptPause;
    return false;
  }
  ConnectionEnds ends{peer_address(client.get()), local_address(client.get())};
  std::string network = client_network_(ends.client);
  if (!admit(network)) return true;
  send_without_delay(client.get());
  std::shared_ptr<const TlsIdentity> identity;
  {
    const std::lock_guard lock(mutex_);
    identity = identity_;
  }
  Ssl ssl = identity->session(client.get());
  if (!ssl) {
    refused_.add();
    return true;
  }
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
  return true;
}

bool TlsTerminator::admit(const std::string& network) {
  if (!network.empty() && !per_client_.has_room_for(network)) {
    of_address_refused_.add();
    return false;
  }
  if (entries_.size() < max_connections_) return true;
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

void TlsTerminator::on_event(std::uint64_t key, std::uint32_t events) {
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

void TlsTerminator::advance(Entry& entry) {
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

bool TlsTerminator::connect_to_server(Entry& entry) {
  auto [fd, port] = bound_to_loopback();
  if (fd.get() < 0) return false;
  {
    // Before the HTTP server accepts the connection and looks it up.
    const std::lock_guard lock(mutex_);
    by_port_[port] = entry.ends;
  }
  entry.port = port;
  send_without_delay(fd.get());
  if (!connect_to_loopback(fd.get(), inner_port_)) return false;
  // Edge-triggered, so that a close by the HTTP server is reported even while its data cannot be read.
  epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                       .data = {.u64 = key_of_server(entry.number)}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) return false;
  entry.session->connect(std::move(fd));
  return true;
}

void TlsTerminator::watch(Entry& entry) {
  const TlsSession& session = *entry.session;
  if (session.is_ending()) linger(entry);
  const bool progress = session.taken() != std::exchange(entry.taken, session.taken());
  if (!session.has_unread())
    unread_.end(entry.number);
  else if (progress || !unread_.holds(entry.number))
    unread_.begin(entry.number, Clock::now());
}

void TlsTerminator::linger(Entry& entry) {
  if (lingering_.holds(entry.number)) return;
  lingering_.begin(entry.number, Clock::now());
  static_cast<void>(ending_.enter(entry, entry.slot_owner));
}

void TlsTerminator::poll_client(Entry& entry) const {
  const std::uint32_t wanted = entry.session->wants_of_client();
  if (wanted == entry.polled) return;
  epoll_event event = {.events = wanted, .data = {.u64 = key_of_client(entry.number)}};
  // Removed when no event is wanted, because epoll would report a hang-up again and again.
  const int operation = wanted == 0 ? EPOLL_CTL_DEL : entry.polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  epoll_ctl(epoll_.get(), operation, entry.session->client(), &event);
  entry.polled = wanted;
}

void TlsTerminator::end(std::uint64_t number) {
  const auto found = entries_.find(number);
  const Entry& entry = found->second;
  beginning_.leave(entry);
  ending_.leave(entry);
  for (Deadlines* deadlines : {&handshakes_, &unread_, &lingering_}) deadlines->end(number);
  per_client_.remove(entry.network);
  if (entry.port != 0) {
    const std::lock_guard lock(mutex_);
    by_port_.erase(entry.port);
  }
  entries_.erase(found);
  connections_.add(-1);
}

void TlsTerminator::fail(std::uint64_t number, const char* reason) {
  metrics_.get("tls_handshakes_failed_total", {{"reason", reason}}).add();
  end(number);
}

void TlsTerminator::drop(std::uint64_t number, const char* reason) {
  metrics_.get("tls_connections_dropped_total", {{"reason", reason}}).add();
  end(number);
}

}  // namespace cs
