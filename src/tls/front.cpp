// SPDX-License-Identifier: MIT
#include "tls/front.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/peer.hpp"
#include "base/thread_role.hpp"
#include "tls/loopback.hpp"

namespace cs {
namespace {

using namespace std::chrono_literals;

constexpr auto kHandshakePatience = 10s;
constexpr auto kLinger = 3s;  // for the client to take the last of what it asked for
constexpr auto kGoodbyeTime = 1s;
constexpr auto kAcceptAgain = 100ms;
constexpr int kAcceptAtOnce = 32;
constexpr std::size_t kStrangersShare = 2;  // handshakes may take one of so many connections

// What epoll hands back: the number of a session, twice, and one more for its other end; below that, what is not one.
constexpr std::uint64_t kListener = 0;
constexpr std::uint64_t kWake = 1;

int check(int result, const char* what) {
  if (result < 0) throw Fatal(std::string("cannot start TLS: ") + what + ": " + std::strerror(errno));
  return result;
}

}  // namespace

TlsFront::TlsFront(Config config, Metrics& metrics)
    : files_(std::move(config.files)),
      max_connections_(config.max_connections),
      metrics_(metrics),
      log_(make_log("tls")),
      connections_(metrics.get("tls_connections")),
      refused_(metrics.get("tls_connections_refused_total")),
      listener_(std::move(config.listener)),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll")),
      wake_(check(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor")) {
  use(std::make_shared<const TlsIdentity>(files_));
  auto [inner, port] = bound_to_loopback();
  inner_ = std::move(inner);
  inner_port_ = port;
  check(inner_.get(), "a socket on 127.0.0.1");
  check(listen(inner_.get(), SOMAXCONN), "listening on 127.0.0.1");
  for (const auto& [fd, key] : {std::pair(listener_.get(), kListener), std::pair(wake_.get(), kWake)}) {
    epoll_event event = {.events = EPOLLIN, .data = {.u64 = key}};
    check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll");
  }
  // So that they are told from the start.
  for (const char* reason : {"plain_http", "handshake", "late", "crowded"})
    static_cast<void>(metrics.get("tls_handshakes_failed_total", {{"reason", reason}}));
  static_cast<void>(metrics.get("tls_reloads_failed_total"));
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TlsFront::~TlsFront() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  thread_.join();
}

std::string TlsFront::client_behind(int port) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_port_.find(port);
  return found == by_port_.end() ? std::string() : found->second;
}

void TlsFront::reload() {
  try {
    use(std::make_shared<const TlsIdentity>(files_));
  } catch (const Fatal& fatal) {
    metrics_.get("tls_reloads_failed_total").add();
    log_->error("the old certificate stays in use: {}", fatal.what());
  }
}

void TlsFront::use(std::shared_ptr<const TlsIdentity> identity) {
  const auto left = identity->expires() - std::chrono::system_clock::now();
  if (left > 0s)
    log_->info("the certificate is of {}", identity->description());
  else
    log_->warn("browsers will refuse the certificate, which is of {}", identity->description());
  Metric& expiry = metrics_.get("tls_certificate_expiry_timestamp_seconds");
  expiry.add(std::chrono::duration_cast<std::chrono::seconds>(identity->expires().time_since_epoch()).count() -
             expiry.value());
  const std::lock_guard lock(mutex_);
  identity_ = std::move(identity);
}

void TlsFront::run(const std::stop_token& stop) {
  enter_thread(ThreadRole::none, "tls");
  std::optional<TimePoint> deadline;
  for (;;) {
    const TimePoint now = Clock::now();
    if (stop.stop_requested()) {
      if (!deadline) {
        deadline = now + kGoodbyeTime;
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
        accepting_ = true;  // nothing is to be taken up again
      }
      if (entries_.empty() || now >= *deadline) break;
    }
    std::array<epoll_event, 64> events;
    const int wait = deadline ? 20 : time_to_wait(now);
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), wait);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t key = events.at(static_cast<std::size_t>(i)).data.u64;
      if (key == kListener)
        accept_some();
      else if (key != kWake)
        advance(key / 2);
      else if (std::uint64_t ignored = 0; read(wake_.get(), &ignored, sizeof ignored) < 0)
        continue;
    }
    end_the_late(handshakes_, Clock::now(), false);
    end_the_late(lingering_, Clock::now(), true);
    if (!accepting_ && Clock::now() >= accept_again_) {
      accepting_ = true;
      epoll_event event = {.events = EPOLLIN, .data = {.u64 = kListener}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
    }
  }
  while (!entries_.empty()) end(entries_.begin()->first);
}

void TlsFront::accept_some() {
  for (int i = 0; i < kAcceptAtOnce && accept_one(); ++i) {
  }
}

bool TlsFront::accept_one() {
  Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno == EAGAIN) return false;
    // Most likely no descriptor is left; what waits would wake us again at once, for ever.
    log_->warn("cannot accept connections: {}; trying on", std::strerror(errno));
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
    accepting_ = false;
    accept_again_ = Clock::now() + kAcceptAgain;
    return false;
  }
  if (entries_.size() >= max_connections_) {
    refused_.add();
    return true;
  }
  // Who does not go on with its handshake makes room for who comes.
  if (strangers() >= std::max<std::size_t>(max_connections_ / kStrangersShare, 1))
    while (!handshakes_.empty()) {
      const std::uint64_t oldest = handshakes_.front().session;
      handshakes_.pop_front();
      const auto found = entries_.find(oldest);
      if (found == entries_.end() || found->second.session->is_secure()) continue;
      end(oldest, "crowded");
      break;
    }
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
  entry.address = peer_address(client.get());
  entry.session = std::make_unique<TlsSession>(std::move(client), std::move(ssl));
  connections_.add();
  handshakes_.push_back({number, Clock::now() + kHandshakePatience});
  advance(number);
  return true;
}

void TlsFront::advance(std::uint64_t number) {
  const auto found = entries_.find(number);
  if (found == entries_.end()) return;  // it ended within this round
  Entry& entry = found->second;
  TlsSession& session = *entry.session;
  TlsSession::Step step = session.advance();
  if (step == TlsSession::Step::secure) {
    ++secure_;
    if (!connect_to_doors(entry)) return end(number, "crowded");
    step = session.advance();
  }
  if (step == TlsSession::Step::over) {
    using Failure = TlsSession::Failure;
    return end(number, session.failure() == Failure::plain_http  ? "plain_http"
                       : session.failure() == Failure::handshake ? "handshake"
                                                                 : nullptr);
  }
  if (session.is_ending() && !std::exchange(entry.lingers, true))
    lingering_.push_back({number, Clock::now() + kLinger});
  poll_for(number, entry);
}

bool TlsFront::connect_to_doors(Entry& entry) {
  auto [fd, port] = bound_to_loopback();
  if (fd.get() < 0) return false;
  {
    // Before the doors can see it.
    const std::lock_guard lock(mutex_);
    by_port_[port] = entry.address;
  }
  entry.port = port;
  send_without_delay(fd.get());
  if (!connect_to_loopback(fd.get(), inner_port_)) return false;
  entry.session->connect(std::move(fd));
  return true;
}

void TlsFront::end(std::uint64_t number, const char* failure) {
  const auto found = entries_.find(number);
  if (failure != nullptr) metrics_.get("tls_handshakes_failed_total", {{"reason", failure}}).add();
  if (found->second.session->is_secure()) --secure_;
  if (found->second.port != 0) {
    const std::lock_guard lock(mutex_);
    by_port_.erase(found->second.port);
  }
  entries_.erase(found);
  connections_.add(-1);
}

void TlsFront::poll_for(std::uint64_t number, Entry& entry) {
  const TlsSession& session = *entry.session;
  poll_one(2 * number, session.client(), session.wants_of_client(), entry.polled_client);
  poll_one(2 * number + 1, session.doors(), session.wants_of_doors(), entry.polled_doors);
}

void TlsFront::poll_one(std::uint64_t key, int fd, std::uint32_t wanted, std::uint32_t& polled) const {
  if (wanted == polled) return;
  epoll_event event = {.events = wanted, .data = {.u64 = key}};
  // Taken out when nothing is wanted, or a hang-up would be told for ever.
  const int operation = wanted == 0 ? EPOLL_CTL_DEL : polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  epoll_ctl(epoll_.get(), operation, fd, &event);
  polled = wanted;
}

void TlsFront::end_the_late(std::deque<Deadline>& deadlines, TimePoint now, bool linger) {
  while (!deadlines.empty() && deadlines.front().at <= now) {
    const std::uint64_t number = deadlines.front().session;
    deadlines.pop_front();
    const auto found = entries_.find(number);
    if (found == entries_.end() || (!linger && found->second.session->is_secure())) continue;
    end(number, linger ? nullptr : "late");
  }
}

int TlsFront::time_to_wait(TimePoint now) const {
  std::optional<TimePoint> next;
  const auto consider = [&](TimePoint at) { next = next ? std::min(*next, at) : at; };
  if (!handshakes_.empty()) consider(handshakes_.front().at);
  if (!lingering_.empty()) consider(lingering_.front().at);
  if (!accepting_) consider(accept_again_);
  if (!next) return -1;
  return static_cast<int>(
      std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(*next - now).count(), 0, 60'000));
}

}  // namespace cs
