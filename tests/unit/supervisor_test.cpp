// SPDX-License-Identifier: MIT
#include "service/supervisor.hpp"

#include <glib.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "base/fd.hpp"
#include "base/thread_role.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

namespace cs {
namespace {

constexpr FrameFormat kFormat = {.size = {1280, 720}, .fps = 30};
constexpr SupervisorTimeouts kLooksOften = {.look_every = 20ms};

/// Plays systemd: receives the notifications of the service.
class Manager {
 public:
  explicit Manager(const char* watchdog_us = nullptr) : folder_(new_folder()), path_(folder_ + "/notify") {
    enter_thread(ThreadRole::main);
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    if (watchdog_us != nullptr) setenv("WATCHDOG_USEC", watchdog_us, 1);
  }

  ~Manager() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  /// The next notification; empty: none.
  std::string receive() {
    std::array<char, 4096> buffer = {};
    const ssize_t n = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : "";
  }

  /// Runs the main loop until a notification with that beginning arrives, and returns it.
  std::string next(std::string_view beginning = "") {
    const TimePoint deadline = Clock::now() + 20s;
    while (Clock::now() < deadline) {
      if (std::string state = receive(); !state.empty() && state.starts_with(beginning)) return state;
      while (g_main_context_iteration(nullptr, FALSE) != FALSE) {
      }
      pollfd readable = {socket_.get(), POLLIN, 0};
      poll(&readable, 1, 1);
    }
    return "nothing within 20 seconds";
  }

 private:
  static std::string new_folder() {
    std::string name = std::filesystem::temp_directory_path() / "cubestream-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    return name;
  }

  const std::string folder_;
  const std::string path_;
  Fd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST(StatusLine, ContainsViewersEncoderFormatAndRenderer) {
  Metrics metrics;
  metrics.get("viewers", {{"codec", "H264"}}).add();
  EXPECT_EQ(status_line(metrics, kFormat), "1 viewer, 1280x720 at 30");
  metrics.get("viewers", {{"codec", "VP8"}}).add(2);
  metrics.state("encoder", "x264enc", "H264");
  metrics.state("renderer", "llvmpipe");
  metrics.state("version", "1");
  EXPECT_EQ(status_line(metrics, kFormat), "3 viewers, H264 by x264enc, 1280x720 at 30, llvmpipe");
}

TEST(Supervisor, SendsReadyThenStatusAndStoppingAtTheEnd) {
  Manager manager;
  Metrics metrics;
  {
    const Supervisor supervisor([] { return kFormat; }, metrics, kLooksOften);
    EXPECT_EQ(manager.next(), "READY=1");
    EXPECT_THAT(manager.next(), StartsWith("STATUS=0 viewers"));  // without a watchdog, no WATCHDOG=1
    metrics.get("viewers").add();
    EXPECT_THAT(manager.next(), StartsWith("STATUS=1 viewer,"));
  }
  EXPECT_THAT(manager.next(), StartsWith("STOPPING=1"));
}

TEST(Supervisor, FeedsTheWatchdogRepeatedlyAndSendsAnUnchangedStatusOnce) {
  Manager manager("1000000");
  Metrics metrics;
  metrics.heartbeat(Heartbeat::Kind::thread, "render").tick(Clock::now() + 1h);  // not due during this test
  const Supervisor supervisor([] { return kFormat; }, metrics, kLooksOften);
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  EXPECT_THAT(manager.next(), StartsWith("STATUS="));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Supervisor, DoesNotFeedTheWatchdogWhileAThreadIsStalled) {
  Manager manager("10000000");
  Metrics metrics;
  metrics.heartbeat(Heartbeat::Kind::encoder, "H264").expect(Clock::now() - 1h);
  const Supervisor supervisor([] { return kFormat; }, metrics, kLooksOften);
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_THAT(manager.next(), HasSubstr("STATUS=encoder H264: no progress"));
  metrics.heartbeat(Heartbeat::Kind::thread, "net").expect(Clock::now() - 1h);
  EXPECT_THAT(manager.next(), HasSubstr("STATUS=thread net: no progress"));  // no WATCHDOG=1 in between
  metrics.heartbeat(Heartbeat::Kind::encoder, "H264").rest();
  metrics.heartbeat(Heartbeat::Kind::thread, "net").tick();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Supervisor, ReportsAStalledMainLoop) {
  Manager manager("100000");
  Metrics metrics;
  const Supervisor supervisor([] { return kFormat; }, metrics);
  std::string state;
  while (!state.starts_with("STATUS=thread main: no progress")) {  // this test does not run the main loop
    std::this_thread::sleep_for(1ms);
    state = manager.receive();
  }
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Supervisor, SendsNothingWithoutSystemd) {
  enter_thread(ThreadRole::main);
  Metrics metrics;
  metrics.heartbeat(Heartbeat::Kind::thread, "net").expect(Clock::now() - 1h);
  const Supervisor supervisor([] { return kFormat; }, metrics);
}

}  // namespace
}  // namespace cs
