// SPDX-License-Identifier: MIT
// usage: network_link [--seed N] NETWORK DEVICE NETWORK DEVICE
// Connects two network namespaces with a simulated link: creates a TUN device in each and forwards IP packets between
// them. "down" is the direction from the first to the second, "up" the opposite direction. Prints "ready" when the
// devices exist. Reads commands from standard input, one per line (command.hpp), and exits at its end. The reply to
// "stats" is a line of JSON.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "net/command.hpp"
#include "net/one_way.hpp"
#include "net/tun.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxPacket = 65'536;
constexpr int kBatch = 64;  // packets of one direction before the other direction is served
constexpr std::size_t kMaxLine = 1000;

void print_line(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const OneWay& way) {
  constexpr double kMillisecond = 1e6;  // ns
  const LinkCounts& counts = way.counts();
  return {{"queueMs", static_cast<double>(way.queue(OneWay::Clock::now()).count()) / kMillisecond},
          {"in", counts.in},
          {"out", counts.out},
          {"bytesOut", counts.bytes_out},
          {"lost", counts.lost},
          {"overflowed", counts.overflowed},
          {"blackedOut", counts.blacked_out},
          {"heldBack", counts.held_back}};
}

class Link {
 public:
  Link(std::uint64_t seed, const std::string& first, const std::string& first_device, const std::string& second,
       const std::string& second_device)
      : ends_{open_tun(first, first_device), open_tun(second, second_device)}, down_(2 * seed), up_(2 * seed + 1) {
    for (const int fd : {ends_[0].get(), ends_[1].get(), timer_.get(), STDIN_FILENO}) {
      epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
      if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        throw StartupError("cannot poll standard input and the devices");
    }
  }

  void run() {
    std::array<epoll_event, 4> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
        if (event.data.fd == STDIN_FILENO && !read_commands()) return;
        if (event.data.fd == ends_[0].get()) receive(ends_[0].get(), down_);
        if (event.data.fd == ends_[1].get()) receive(ends_[1].get(), up_);
        if (event.data.fd == timer_.get()) {
          std::uint64_t times = 0;
          static_cast<void>(!read(timer_.get(), &times, sizeof times));
        }
      }
      deliver(down_, ends_[1].get());
      deliver(up_, ends_[0].get());
      arm_timer();
    }
  }

 private:
  void receive(int from, OneWay& way) {
    for (int i = 0; i < kBatch; ++i) {
      const ssize_t size = read(from, buffer_.data(), buffer_.size());
      if (size <= 0) return;
      way.put(OneWay::Clock::now(), OneWay::Packet(buffer_.begin(), buffer_.begin() + size));
    }
  }

  /// If the device is down or its queue is full, the packet is lost, as on a real device.
  static void deliver(OneWay& way, int to) {
    while (const auto packet = way.take(OneWay::Clock::now()))
      static_cast<void>(!write(to, packet->data(), packet->size()));
  }

  void arm_timer() const {
    const auto down = down_.next();
    const auto up = up_.next();
    itimerspec when = {};  // all zero: disarmed
    if (down || up) {
      const auto first = !up || (down && *down < *up) ? *down : *up;
      const auto since = first.time_since_epoch();
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
      when.it_value = {.tv_sec = whole.count(), .tv_nsec = std::chrono::nanoseconds(since - whole).count()};
    }
    timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }

  /// False: the input has ended, or a line is too long.
  bool read_commands() {
    const ssize_t size = read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (size <= 0) return false;
    input_.append(reinterpret_cast<const char*>(buffer_.data()), static_cast<std::size_t>(size));
    for (auto end = input_.find('\n'); end != input_.npos; end = input_.find('\n')) {
      execute(input_.substr(0, end));
      input_.erase(0, end + 1);
    }
    return input_.size() <= kMaxLine;
  }

  void execute(const std::string& line) {
    LinkSettings down = down_.settings();
    LinkSettings up = up_.settings();
    std::string why;
    const auto command = understand(line, down, up, why);
    if (!command) return print_line("error: " + why);
    if (command->what == LinkCommand::What::stats)
      return print_line(nlohmann::ordered_json{{"down", to_json(down_)}, {"up", to_json(up_)}}.dump());
    if (command->what == LinkCommand::What::blackout) {
      const auto until = OneWay::Clock::now() + command->blackout;
      if (command->which != LinkCommand::Which::up) down_.black_out(until);
      if (command->which != LinkCommand::Which::down) up_.black_out(until);
    }
    down_.set(down);
    up_.set(up);
    print_line("ok");
  }

  std::array<Fd, 2> ends_;
  OneWay down_;
  OneWay up_;
  Fd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  Fd timer_{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  std::string input_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kMaxPacket);
};

int run(std::vector<std::string> words) {
  std::uint64_t seed = 1;
  if (words.size() > 2 && words[0] == "--seed") {
    const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), seed);
    if (error != std::errc() || *end != '\0') words.clear();
    if (!words.empty()) words.erase(words.begin(), words.begin() + 2);
  }
  if (words.size() != 4) {
    std::fputs("usage: network_link [--seed N] NETWORK DEVICE NETWORK DEVICE\n", stderr);
    return 2;
  }
  try {
    Link link(seed, words[0], words[1], words[2], words[3]);
    print_line("ready");
    link.run();
  } catch (const StartupError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace cs

int main(int argc, char** argv) {
  return cs::run({argv + 1, argv + argc});
}
