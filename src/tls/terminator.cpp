// SPDX-License-Identifier: MIT
#include "tls/terminator.hpp"

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
#include "base/thread_role.hpp"
#include "tls/loopback.hpp"

namespace cs {
namespace {

constexpr std::size_t kHandshakeShare = 2;  // at most 1/2 of the connections may be in the handshake

// epoll keys of descriptors that are no sessions; see on_event().
constexpr std::uint64_t kListener = 0;
constexpr std::uint64_t kWake = 1;

int check(int result, const char* what) {
  if (result < 0) throw StartupError(std::string("cannot start TLS: ") + what + ": " + std::strerror(errno));
  return result;
}

}  // namespace

TlsTerminator::TlsTerminator(Config config, Metrics& metrics)
    : files_(std::move(config.files)),
      max_connections_(config.max_connections),
      goodbye_time_(config.timeouts.goodbye),
      client_network_(std::move(config.client_network)),
      metrics_(metrics),
      log_(make_log("tls")),
      connections_(metrics.get("tls_connections")),
      refused_(metrics.get("tls_connections_refused_total", {{"reason", "full"}})),
      of_address_refused_(metrics.get("tls_connections_refused_total", {{"reason", "address"}})),
      listener_(std::move(config.listener)),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll")),
      wake_(check(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor")),
      per_client_(config.max_per_address),
      beginning_(std::max<std::size_t>(max_connections_ / kHandshakeShare, 1)),
      ending_(max_connections_),
      handshakes_(config.timeouts.handshake),
      unread_(config.timeouts.read),
      lingering_(config.timeouts.linger) {
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
  // Creates the metrics now, so that they are exported from the start.
  for (const char* reason : {"plain_http", "handshake", "late", "crowded"})
    static_cast<void>(metrics.get("tls_handshakes_failed_total", {{"reason", reason}}));
  for (const char* reason : {"unread", "crowded"})
    static_cast<void>(metrics.get("tls_connections_dropped_total", {{"reason", reason}}));
  static_cast<void>(metrics.get("tls_reloads_failed_total"));
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TlsTerminator::~TlsTerminator() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  thread_.join();
}

ConnectionEnds TlsTerminator::client_behind(int port) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_port_.find(port);
  return found == by_port_.end() ? ConnectionEnds() : found->second;
}

void TlsTerminator::reload() {
  const auto fail = [this](const char* why) {
    metrics_.get("tls_reloads_failed_total").add();
    log_->error("certificate not reloaded; the old certificate stays in use: {}", why);
  };
  if (is_reading_.exchange(true))
    return fail("the previous reload is still reading the files; check whether the disk of CS_TLS_CERT hangs");
  reader_.post([this, fail] {
    try {
      auto identity = DiskThread::call([files = files_] { return std::make_shared<const TlsIdentity>(files); });
      is_reading_ = false;
      use(std::move(identity));
    } catch (const std::exception& failure) {  // StartupError or std::bad_alloc
      is_reading_ = false;
      fail(failure.what());
    }
  });
}

void TlsTerminator::use(std::shared_ptr<const TlsIdentity> identity) {
  {
    const std::lock_guard lock(mutex_);
    identity_ = identity;
  }
  Metric& expiry = metrics_.get("tls_certificate_expiry_timestamp_seconds");
  expiry.add(std::chrono::duration_cast<std::chrono::seconds>(identity->expires().time_since_epoch()).count() -
             expiry.value());
  if (!identity->is_for_browsers())
    log_->warn("browsers will reject the certificate: its key is neither RSA nor ECDSA on P-256 or P-384");
  // Logged after the certificate is in use: a reader of the line can rely on it.
  if (identity->expires() > std::chrono::system_clock::now())
    log_->info("certificate loaded: {}", identity->description());
  else
    log_->warn("browsers will reject the certificate, which has expired: {}", identity->description());
}

void TlsTerminator::run(const std::stop_token& stop) {
  enter_thread(ThreadRole::none, "tls");
  std::optional<TimePoint> deadline;
  for (;;) {
    const TimePoint now = Clock::now();
    if (stop.stop_requested()) {
      if (!deadline) {
        deadline = now + goodbye_time_;
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
        accepting_ = true;  // keeps accepting from being resumed below
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
        on_event(key, events.at(static_cast<std::size_t>(i)).events);
      else if (std::uint64_t ignored = 0; read(wake_.get(), &ignored, sizeof ignored) < 0)
        continue;
    }
    expire(Clock::now());
    if (!accepting_ && Clock::now() >= accept_again_) {
      accepting_ = true;
      epoll_event event = {.events = EPOLLIN, .data = {.u64 = kListener}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
    }
  }
  while (!entries_.empty()) end(entries_.begin()->first);
}

void TlsTerminator::expire(TimePoint now) {
  while (const auto late = handshakes_.late(now)) fail(*late, "late");
  while (const auto late = unread_.late(now)) drop(*late, "unread");
  while (const auto late = lingering_.late(now)) end(*late);
}

int TlsTerminator::time_to_wait(TimePoint now) const {
  std::optional<TimePoint> next;
  const auto consider = [&](TimePoint at) { next = next ? std::min(*next, at) : at; };
  for (const Deadlines* deadlines : {&handshakes_, &unread_, &lingering_})
    if (const auto at = deadlines->next()) consider(*at);
  if (!accepting_) consider(accept_again_);
  if (!next) return -1;
  return static_cast<int>(
      std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(*next - now).count(), 0, 60'000));
}

}  // namespace cs
