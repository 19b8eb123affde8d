// SPDX-License-Identifier: MIT
#include "service/inherited_listener.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "network/listener.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

/// Passes descriptors from 3 on, as systemd does, and restores what was there in the destructor.
class PassedSockets {
 public:
  explicit PassedSockets(const std::vector<int>& handed, const char* names = nullptr) {
    std::vector<int> copies;  // above the descriptors that are overwritten
    for (const int fd : handed) copies.push_back(fcntl(fd, F_DUPFD_CLOEXEC, 64));
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const int place = kFirst + static_cast<int>(i);
      kept_.push_back(fcntl(place, F_DUPFD_CLOEXEC, 64));
      dup2(copies[i], place);
      close(copies[i]);
    }
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", std::to_string(handed.size()).c_str(), 1);
    if (names != nullptr) setenv("LISTEN_FDNAMES", names, 1);
  }
  ~PassedSockets() {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      close(kFirst + static_cast<int>(i));
      if (kept_[i] < 0) continue;
      dup2(kept_[i], kFirst + static_cast<int>(i));
      close(kept_[i]);
    }
  }

 private:
  static constexpr int kFirst = 3;
  std::vector<int> kept_;
};

std::string refusal_of(const std::vector<int>& handed, const char* names = nullptr) {
  const PassedSockets passed(handed, names);
  try {
    const InheritedListeners taken = inherited_listeners();
    return "no error";
  } catch (const StartupError& error) {
    return error.what();
  }
}

/// A listening Unix socket without a path.
Fd local_listener(int type) {
  Fd listener(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  const sa_family_t family = AF_UNIX;
  EXPECT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  return listener;
}

TEST(InheritedListener, IsEmptyWithoutSocketActivation) {
  const InheritedListeners taken = inherited_listeners();
  EXPECT_EQ(taken.tcp.get(), -1);
  EXPECT_EQ(taken.frames.get(), -1);
}

TEST(InheritedListener, IsNonBlockingAndNotInheritedByChildren) {
  const Fd listener = listen_on("127.0.0.1", 0);
  const int port = port_of(listener);
  fcntl(listener.get(), F_SETFL, 0);
  const PassedSockets passed({listener.get()}, "cubestream.socket");
  InheritedListeners taken = inherited_listeners();
  EXPECT_EQ(port_of(taken.tcp), port);
  EXPECT_EQ(host_of(taken.tcp), "127.0.0.1");
  EXPECT_NE(fcntl(taken.tcp.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(taken.tcp.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(taken.frames.get(), -1);
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  EXPECT_EQ(std::getenv("LISTEN_FDNAMES"), nullptr);
  [[maybe_unused]] const int released = taken.tcp.release();
}

TEST(InheritedListener, TcpAndFramesAreToldApartByTheirKindInAnyOrder) {
  const Fd tcp = listen_on("127.0.0.1", 0);
  const int port = port_of(tcp);
  const Fd frames = local_listener(SOCK_SEQPACKET);
  const std::vector<int> orders[] = {{tcp.get(), frames.get()}, {frames.get(), tcp.get()}};
  for (const auto& order : orders) {
    const PassedSockets passed(order, "misleading:names");
    InheritedListeners taken = inherited_listeners();
    EXPECT_EQ(port_of(taken.tcp), port);
    int type = 0;
    socklen_t size = sizeof type;
    EXPECT_EQ(getsockopt(taken.frames.get(), SOL_SOCKET, SO_TYPE, &type, &size), 0);
    EXPECT_EQ(type, SOCK_SEQPACKET);
    EXPECT_NE(fcntl(taken.frames.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(taken.frames.get(), F_GETFD) & FD_CLOEXEC, 0);
    [[maybe_unused]] const int released[] = {taken.tcp.release(), taken.frames.release()};
  }
}

TEST(InheritedListener, AnythingElseIsAnErrorWithARemedy) {
  const Fd unconnected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(refusal_of({unconnected.get()}), HasSubstr("neither a listening TCP socket"));
  const Fd datagrams(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(refusal_of({datagrams.get()}), HasSubstr("ListenStream= with a port"));
  const Fd local = local_listener(SOCK_STREAM);
  EXPECT_THAT(refusal_of({local.get()}, "my frames"), HasSubstr("the socket \"my frames\" from systemd"));
  EXPECT_THAT(refusal_of({local.get()}), HasSubstr("ListenSequentialPacket= with a path"));
  const Fd idle(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  EXPECT_THAT(refusal_of({idle.get()}), HasSubstr("nor a listening socket for frames"));
}

TEST(InheritedListener, TwoOfAKindAreAnErrorWithARemedy) {
  const Fd tcp = listen_on("127.0.0.1", 0);
  EXPECT_THAT(refusal_of({tcp.get(), tcp.get()}), HasSubstr("leave one ListenStream="));
  const Fd frames = local_listener(SOCK_SEQPACKET);
  EXPECT_THAT(refusal_of({frames.get(), tcp.get(), frames.get()}), HasSubstr("leave one ListenSequentialPacket="));
}

}  // namespace
}  // namespace cs
