// SPDX-License-Identifier: MIT
#include "check/stun_client.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

/// A TURN server that answers the first `requests` requests with this error and this realm.
class Challenger {
 public:
  Challenger(int error, std::string_view realm, int requests)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    uri_ = "turn://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this, requests, attributes = challenge(error, realm)] {
      for (int i = 0; i < requests; ++i) answer(attributes);
    });
  }

  [[nodiscard]] const std::string& uri() const { return uri_; }

 private:
  static std::string attribute(char type, std::string_view value) {
    std::string text = {'\0', type, '\0', static_cast<char>(value.size())};
    text += value;
    text.resize((text.size() + 3) / 4 * 4);
    return text;
  }

  static std::string challenge(int error, std::string_view realm) {
    const std::string code = {0, 0, static_cast<char>(error / 100), static_cast<char>(error % 100)};
    return attribute(0x09, code) + attribute(0x14, realm) + attribute(0x15, "nonce");
  }

  void answer(const std::string& attributes) const {
    std::array<char, 1500> request = {};
    sockaddr_in client = {};
    socklen_t size = sizeof client;
    auto* from = reinterpret_cast<sockaddr*>(&client);
    if (recvfrom(socket_.get(), request.data(), request.size(), 0, from, &size) < 20) return;
    // An Allocate Error Response (RFC 8656, section 17) with the cookie and the transaction of the request.
    const std::string header = {1, 0x13, 0, static_cast<char>(attributes.size())};
    const std::string reply = header + std::string(request.data() + 4, 16) + attributes;
    sendto(socket_.get(), reply.data(), reply.size(), 0, from, size);
  }

  Fd socket_;
  std::string uri_;
  std::jthread thread_;
};

ServerAnswer ask(int error, std::string_view realm, int requests = 1) {
  const Challenger server(error, realm, requests);
  IceServers servers;
  servers.turn = server.uri();
  servers.turn_user = "me";
  servers.turn_pass = "guess what";
  return allocate_relay(servers, 5s);
}

TEST(StunClient, RejectsARealmOfOnlyQuotationMarksOrZeros) {
  for (const std::string_view realm : {std::string_view(), std::string_view("\""), std::string_view("\"\"\"\"\"\""),
                                       std::string_view("\0\0\0\0\0\0", 6)})
    EXPECT_THAT(ask(401, realm).failure, testing::HasSubstr("without a realm")) << realm.size();
}

TEST(StunClient, TellsARefusedLoginFromOtherErrors) {
  const ServerAnswer refused = ask(401, "cube.example", 2);
  EXPECT_EQ(refused.failure, "it rejects user and password (401)");
  EXPECT_TRUE(refused.refuses_login);
  EXPECT_EQ(refused.path, "UDP");
  const ServerAnswer full = ask(486, "cube.example");
  EXPECT_EQ(full.failure, "this user has reached its limit of relays (486)");
  EXPECT_FALSE(full.refuses_login);
  EXPECT_EQ(ask(500, "cube.example").failure, "it answers with error 500");
}

TEST(StunClient, SaysThatNoAnswerCameInTime) {
  const Challenger silent(401, "cube.example", 0);
  EXPECT_EQ(ask_stun(silent.uri(), 50ms).failure,
            "no answer came in time; a firewall may block it, or the address is wrong");
}

}  // namespace
}  // namespace cs
