// SPDX-License-Identifier: MIT
#include "service/inherited_listener.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "network/listener.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

/// Passes `handed` as descriptor 3, as systemd does, and restores descriptor 3 in the destructor.
class PassedSocket {
 public:
  explicit PassedSocket(int handed, const char* count = "1") : kept_(dup(kFirst)) {
    dup2(handed, kFirst);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", count, 1);
  }
  ~PassedSocket() {
    close(kFirst);
    if (kept_ >= 0) {
      dup2(kept_, kFirst);
      close(kept_);
    }
  }

 private:
  static constexpr int kFirst = 3;
  const int kept_;
};

std::string refusal_of(int handed, const char* count = "1") {
  const PassedSocket passed(handed, count);
  try {
    const Fd taken = inherited_listener();
    return "no error";
  } catch (const StartupError& error) {
    return error.what();
  }
}

TEST(InheritedListener, IsEmptyWithoutSocketActivation) {
  EXPECT_EQ(inherited_listener().get(), -1);
}

TEST(InheritedListener, IsNonBlockingAndNotInheritedByChildren) {
  const Fd listener = listen_on("127.0.0.1", 0);
  const int port = port_of(listener);
  fcntl(listener.get(), F_SETFL, 0);
  const PassedSocket passed(listener.get());
  Fd taken = inherited_listener();
  EXPECT_EQ(port_of(taken), port);
  EXPECT_EQ(host_of(taken), "127.0.0.1");
  EXPECT_NE(fcntl(taken.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(taken.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  [[maybe_unused]] const int released = taken.release();
}

TEST(InheritedListener, AnythingElseIsAnErrorWithARemedy) {
  const Fd unconnected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(refusal_of(unconnected.get()), HasSubstr("not a listening TCP socket"));
  const Fd datagrams(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(refusal_of(datagrams.get()), HasSubstr("ListenStream= with a port"));
  const Fd local(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(listen(local.get(), 1), -1);
  EXPECT_THAT(refusal_of(local.get()), HasSubstr("not a listening TCP socket"));
}

TEST(InheritedListener, SeveralSocketsAreAnErrorWithARemedy) {
  const Fd listener = listen_on("127.0.0.1", 0);
  const int fourth = fcntl(4, F_GETFD) < 0 ? dup2(listener.get(), 4) : -1;
  EXPECT_THAT(refusal_of(listener.get(), "2"), HasSubstr("leave one ListenStream="));
  if (fourth >= 0) close(fourth);
}

}  // namespace
}  // namespace cs
