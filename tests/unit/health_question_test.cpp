// SPDX-License-Identifier: MIT
#include "service/health.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <thread>

#include "fakes/server_fixture.hpp"
#include "network/listener.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

/// The complaint about a server that answers `answer` to every request.
std::string complaint_about(std::string_view answer) {
  const Fd listener = listen_on("127.0.0.1", 0);
  const Fd blocking(dup(listener.get()));
  std::jthread server([&] {
    int peer = -1;
    while ((peer = accept(blocking.get(), nullptr, nullptr)) < 0) std::this_thread::yield();
    const Fd connection(peer);
    char request = 0;
    EXPECT_EQ(recv(connection.get(), &request, 1, 0), 1);
    EXPECT_EQ(send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
    shutdown(connection.get(), SHUT_WR);
    while (recv(connection.get(), &request, 1, 0) == 1) {
    }
  });
  return health_complaint("127.0.0.1", port_of(listener));
}

TEST(HealthQuestion, ARunningServerIsHealthy) {
  ServerFixture server;
  EXPECT_EQ(health_complaint("127.0.0.1", server.port), "");
  EXPECT_EQ(health_complaint("0.0.0.0", server.port), "");
}

TEST(HealthQuestion, AClosedPortGivesTheReason) {
  int port = 0;
  {
    const Fd listener = listen_on("127.0.0.1", 0);
    port = port_of(listener);
  }
  EXPECT_THAT(health_complaint("127.0.0.1", port), HasSubstr("is not healthy: Connection refused"));
}

TEST(HealthQuestion, PortZeroGivesTheRemedy) {
  EXPECT_THAT(health_complaint("127.0.0.1", 0), HasSubstr("set the port"));
}

TEST(HealthQuestion, AnErrorStatusIsNotHealthy) {
  EXPECT_THAT(complaint_about("HTTP/1.1 503 Service Unavailable\r\n\r\n"),
              HasSubstr("it answers 503 Service Unavailable"));
}

TEST(HealthQuestion, AnotherProgramIsNotHealthy) {
  EXPECT_THAT(complaint_about("SSH-2.0-OpenSSH\r\n"), HasSubstr("the answer is not from cubestreamd"));
}

TEST(HealthQuestion, AClosedConnectionIsNotHealthy) {
  EXPECT_THAT(complaint_about(""), HasSubstr("the answer is not from cubestreamd"));
}

}  // namespace
}  // namespace cs
