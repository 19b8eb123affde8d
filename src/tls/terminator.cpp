// SPDX-License-Identifier: MIT
#include "tls/terminator.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr int kAcceptBatch = 32;
constexpr int kGoodbyePollMs = 20;

// epoll keys of descriptors that are no sessions.
constexpr std::uint64_t kListener = 0;
constexpr std::uint64_t kWake = 1;
static_assert(kWake < TlsSessions::kFirstKey);

int check(int result, const char* what) {
  if (result < 0) throw StartupError(std::string("cannot start TLS: ") + what + ": " + std::strerror(errno));
  return result;
}

}  // namespace

TlsTerminator::TlsTerminator(Config config, Metrics& metrics)
    : goodbye_time_(config.timeouts.goodbye),
      log_(make_log("tls")),
      listener_(std::move(config.listener)),
      wake_(check(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor")),
      certificate_(std::move(config.files), metrics),
      sessions_(std::move(config.limits), config.timeouts, epoll_, certificate_, backend_, metrics) {
  for (const auto& [fd, key] : {std::pair(listener_.get(), kListener), std::pair(wake_.get(), kWake)})
    check(epoll_.add(fd, key, EPOLLIN) ? 0 : -1, "epoll");
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TlsTerminator::~TlsTerminator() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void TlsTerminator::run(const std::stop_token& stop) {
  enter_thread(ThreadRole::none, "tls");
  std::optional<TimePoint> deadline;
  for (;;) {
    const TimePoint now = Clock::now();
    if (stop.stop_requested()) {
      if (!deadline) {
        deadline = now + goodbye_time_;
        epoll_.remove(listener_.get());
        accept_again_.reset();
      }
      if (sessions_.empty() || now >= *deadline) break;
    }
    std::array<epoll_event, 64> place;
    for (const epoll_event& event : epoll_.wait(place, deadline ? kGoodbyePollMs : time_to_wait(now))) {
      const std::uint64_t key = event.data.u64;
      if (key == kListener)
        accept_some();
      else if (key != kWake)
        sessions_.on_event(key, event.events);
      else if (std::uint64_t ignored = 0; read(wake_.get(), &ignored, sizeof ignored) < 0)
        continue;
    }
    sessions_.expire(Clock::now());
    if (accept_again_ && Clock::now() >= *accept_again_) {
      accept_again_.reset();
      static_cast<void>(epoll_.add(listener_.get(), kListener, EPOLLIN));
    }
  }
}

void TlsTerminator::accept_some() {
  for (int i = 0; i < kAcceptBatch; ++i) {
    Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.get() >= 0) {
      sessions_.begin(std::move(client));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != ECONNABORTED) {
      // Most likely the process is out of descriptors. Pauses, because the waiting connection would wake epoll again at
      // once.
      log_->warn("cannot accept connections: {}; trying again every 100 ms", std::strerror(errno));
      epoll_.remove(listener_.get());
      accept_again_ = Clock::now() + kAcceptPause;
      return;
    }
  }
}

int TlsTerminator::time_to_wait(TimePoint now) const {
  const std::optional<TimePoint> deadline = sessions_.next_deadline();
  if (!deadline && !accept_again_) return -1;
  const TimePoint next = std::min(deadline.value_or(TimePoint::max()), accept_again_.value_or(TimePoint::max()));
  return static_cast<int>(
      std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(next - now).count(), 0, 60'000));
}

}  // namespace cs
