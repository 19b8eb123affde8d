// SPDX-License-Identifier: MIT
// Ports and transports of media, and accepted remote candidates. Each test has its own network namespace.
#include <gmock/gmock.h>

#include <string>

#include "network_fixture.hpp"

namespace cs {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST_F(NetworkTest, CandidatesUseTheConfiguredPortRange) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64"});
  start({.port_min = 50000, .port_max = 50003});
  const Client& client = come();
  watch(client);
  hear_all(client);
  ASSERT_THAT(client.candidates, Not(IsEmpty()));
  for (const std::string& text : client.candidates) {
    const Own own = read(text);
    if (own.is_active) continue;
    EXPECT_THAT(own.port, AllOf(testing::Ge(50000), testing::Le(50003))) << text;
  }
}

TEST_F(NetworkTest, EachViewerUsesOnePortOnAllAddresses) {
  plug_in("eth0", {"10.77.0.1/24", "10.77.0.2/24", "fd77::1/64"});
  start({.port_min = 50000, .port_max = 50002});
  for (int i = 0; i < 3; ++i) watch(come());
  const Client& fourth = come();
  line->run_until([&] { return fourth.is_closed; }, "the refusal of the fourth viewer");
  ASSERT_THAT(fourth.errors, SizeIs(1));
  EXPECT_EQ(fourth.errors[0].code, "no-port");
  EXPECT_THAT(fourth.errors[0].message, HasSubstr("media ports, 50000 to 50002, are all in use"));
  watch(clients[1]);  // the others are not affected
  leave(1);
  leave(4);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 2; }, "their end");
  watch(come());
}

TEST_F(NetworkTest, NoTcpCandidatesIfTcpIsOff) {
  plug_in("eth0", {"10.77.0.1/24"});
  start({.tcp = false});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.candidates, Each(HasSubstr(" UDP ")));
}

TEST_F(NetworkTest, ViewerWithoutUdpConnectsByTcp) {
  plug_in("eth0", {"10.77.0.1/24"});
  start({.port_min = 50000, .port_max = 50000});
  // The range has one port, which must be free again for the next viewer.
  for (ClientId id = 1; id <= 3; ++id) {
    const Client& client = come({.udp = false});
    watch(client);
    EXPECT_THAT(client.candidates, Contains(HasSubstr("tcptype passive")));
    leave(id);
    line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "its end");
  }
}

TEST_F(NetworkTest, VideoIsReceivedOverIpv6) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64"});
  start({});
  const Client& client = come({}, [](const std::string& text) { return read(text).address.starts_with("fd77::"); });
  watch(client);
}

TEST_F(NetworkTest, UnusableCandidatesAreCountedAndIgnored) {
  plug_in("eth0", {"10.77.0.1/24"});  // the interface also gets a link-local address, which the peer announces
  start({.tcp = false});
  const Client& client = come();
  line->run_until([&] { return client.is_answered; }, "an answer");
  const auto link_local = line->metric("peer_candidates_ignored_total", {{"reason", "link-local"}});
  const std::string tail = " 50000 typ host";
  trickle(1, "candidate:1 1 udp 5 8a4e1c1e-25b9-4e0c-9a29-9ddbd4a7c5f2.local" + tail);
  trickle(1, "candidate:1 1 udp 5 fe80::1%eth0" + tail);
  trickle(1, "candidate:1 1 udp 5 169.254.1.1" + tail);
  for (const char* text : {"candidate:", "candidate:1 1 udp", "\xff\xfe", "candidate:1 1 udp 5 10.0.0.1 5 typ", "0"})
    trickle(1, text);
  trickle(1, "");
  watch(client);
  EXPECT_EQ(line->metric("peer_candidates_ignored_total", {{"reason", "hidden"}}), 1);
  EXPECT_GE(line->metric("peer_candidates_ignored_total", {{"reason", "link-local"}}), link_local + 2);
  EXPECT_EQ(line->metric("peer_candidates_ignored_total", {{"reason", "malformed"}}), 5);
}

TEST_F(NetworkTest, CandidatesOfOneViewerAreLimited) {
  plug_in("eth0", {"10.77.0.1/24"});
  start({.tcp = false});
  const Client& client = come();
  watch(client);
  for (int port = 50000; port < 50100; ++port)
    trickle(1, "candidate:1 1 udp 5 10.77.0.1 " + std::to_string(port) + " typ host");
  EXPECT_GE(line->metric("peer_candidates_ignored_total", {{"reason", "surplus"}}), 100 - 32);
  EXPECT_LT(line->metric("peer_candidates_ignored_total", {{"reason", "surplus"}}), 100);
  watch(client);
}

}  // namespace
}  // namespace cs
