// SPDX-License-Identifier: MIT
// Local candidates, announced candidates and accepted remote candidates. Each test has its own network namespace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakes/line.hpp"
#include "fakes/lonely_network.hpp"
#include "fakes/peer.hpp"
#include "sdp/sdp.hpp"
#include "session/warm_up.hpp"

namespace cs {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// The parsed fields of a candidate.
struct Own {
  std::string transport;
  std::string address;
  int port = 0;
  bool is_active = false;  ///< active TCP, which accepts no connections
};

Own read(const std::string& text) {
  const auto found = words(text);
  return {.transport = std::string(found.at(2)),
          .address = std::string(found.at(4)),
          .port = std::stoi(std::string(found.at(5))),
          .is_active = text.find("tcptype active") != text.npos};
}

/// One client and the messages it received.
struct Client {
  std::unique_ptr<Peer> peer;
  std::vector<std::string> candidates;
  std::vector<SendError> errors;
  bool is_answered = false;
  bool has_all = false;  ///< the end of candidates was received
  bool is_closed = false;

  [[nodiscard]] std::vector<std::string> addresses() const {
    std::set<std::string> found;
    for (const std::string& text : candidates) found.insert(read(text).address);
    return {found.begin(), found.end()};
  }
};

class NetworkTest : public testing::Test {
 protected:
  NetworkTest() { leave_for_a_lonely_network(); }

  void start(const IceConfig& ice) {
    start_gstreamer();
    line = std::make_unique<Line>(Viewers::Config{.ice = ice});
    line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  }

  /// A client joins and sends an offer. Only candidates for which `passes` returns true are delivered, in both
  /// directions.
  Client& come(
      const Peer::Network& network = {},
      std::function<bool(const std::string&)> passes = [](const std::string&) { return true; }) {
    const ClientId id = clients.size() + 1;
    Client& client = clients[id];
    filter = std::move(passes);
    line->viewers.on_event({id, ClientJoined{.address = "127.0.0.1", .reached_at = reached_at}});
    client.peer = std::make_unique<Peer>(Peer::Handlers{.on_offer =
                                                            [this, id](const std::string& sdp) {
                                                              line->viewers.on_event({id, ClientOffered{sdp}});
                                                            },
                                                        .on_candidate =
                                                            [this, id](const Candidate& candidate) {
                                                              // Since GStreamer 1.24 an empty text ends the candidates.
                                                              if (candidate.text.empty() || filter(candidate.text))
                                                                trickle(id, candidate.text);
                                                            },
                                                        .on_unit = [] {}},
                                         line->loop, Codec::h264, network);
    client.peer->offer();
    return client;
  }

  void trickle(ClientId id, const std::string& text) { line->viewers.on_event({id, ClientTrickled{{text, 0}}}); }

  void leave(ClientId id) {
    line->viewers.on_event({id, ClientLeft{"the test ends it"}});
    clients[id].peer.reset();
  }

  void deliver() {
    while (auto event = line->to_clients.pop()) {
      Client& client = clients[event->client];
      if (const auto* answer = std::get_if<SendAnswer>(&event->what)) {
        client.is_answered = true;
        client.peer->take_answer(answer->sdp);
      } else if (const auto* sent = std::get_if<SendCandidate>(&event->what)) {
        if (sent->candidate.text.empty()) {
          client.has_all = true;
          continue;
        }
        client.candidates.push_back(sent->candidate.text);
        if (filter(sent->candidate.text)) client.peer->take_candidate(sent->candidate);
      } else if (const auto* error = std::get_if<SendError>(&event->what)) {
        client.errors.push_back(*error);
      } else if (std::holds_alternative<SendClose>(event->what)) {
        client.is_closed = true;
      }
    }
  }

  void watch(const Client& client, int units = 5) {
    const int goal = client.peer->units() + units;
    line->run_until([&] { return client.peer->units() >= goal || client.is_closed; }, "pictures");
    for (const SendError& error : client.errors) ADD_FAILURE() << error.message;
  }

  void hear_all(const Client& client) {
    line->run_until([&] { return client.has_all; }, "the last candidate");
  }

  std::unique_ptr<Line> line;
  std::map<ClientId, Client> clients;
  std::function<bool(const std::string&)> filter;
  std::string reached_at;  ///< the server address that clients connected to; empty: unknown
};

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

TEST_F(NetworkTest, OnlyNamedInterfacesAreUsed) {
  plug_in("eth0", {"10.77.0.1/24"});
  plug_in("eth1", {"10.78.0.1/24", "fd78::1/64"});
  plug_in("eth2", {"10.79.0.1/24"});
  start({.interfaces = {"eth1", "10.79.0.1"}});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.78.0.1", "fd78::1", "10.79.0.1"));
}

TEST_F(NetworkTest, MissingInterfacesLeadToAnErrorMessage) {
  plug_in("eth0", {"10.77.0.1/24"});
  const IceConfig ice{.interfaces = {"eth7"}};
  start(ice);
  warm_up(line->channels, ice, line->loop, line->metrics);  // does not fail, because the interfaces may appear later
  const Client& client = come();
  line->run_until([&] { return client.is_closed; }, "a refusal");
  ASSERT_THAT(client.errors, SizeIs(1));
  EXPECT_EQ(client.errors[0].code, "no-port");
  EXPECT_THAT(client.errors[0].message, HasSubstr("CS_ICE_INTERFACES"));
  EXPECT_THAT(client.candidates, IsEmpty());
}

TEST_F(NetworkTest, WithoutAnyNetworkTheViewerGetsAnError) {
  ip("link set lo down");
  start({});
  const Client& client = come();
  line->run_until([&] { return client.is_closed; }, "a refusal");
  ASSERT_THAT(client.errors, SizeIs(1));
  EXPECT_THAT(client.errors[0].message, HasSubstr("no network address"));
}

TEST_F(NetworkTest, PublicAddressIsAnnouncedInAdditionToThePrivateOne) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64"});
  start({.port_min = 50000, .port_max = 50000, .public_addresses = {"203.0.113.7", "2001:db8::7"}});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.77.0.1", "fd77::1", "203.0.113.7", "2001:db8::7"));
  std::set<std::string> foundations;
  for (const std::string& text : client.candidates) {
    const Own own = read(text);
    foundations.insert(std::string(words(text).at(0)));
    if (own.is_active) continue;
    EXPECT_EQ(own.port, 50000) << text;
  }
  EXPECT_EQ(foundations.size(), client.candidates.size());
}

TEST_F(NetworkTest, VideoIsReceivedOverIpv6) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64"});
  start({});
  const Client& client = come({}, [](const std::string& text) { return read(text).address.starts_with("fd77::"); });
  watch(client);
}

TEST_F(NetworkTest, OwnLinkLocalAddressesAreNotAnnounced) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64", "fe80::77/64", "169.254.7.7/16"});
  start({});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.77.0.1", "fd77::1"));
}

TEST_F(NetworkTest, LinkLocalAddressThatTheClientConnectedToIsAnnounced) {
  plug_in("eth0", {"10.77.0.1/24", "169.254.7.7/16", "169.254.8.8/16"});
  start({});
  reached_at = "169.254.7.7";
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.77.0.1", "169.254.7.7"));
}

TEST_F(NetworkTest, LoopbackIsUsedIfNothingElseIsAvailable) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    SCOPED_TRACE(address);
    start({});
    const Client& client = come({.addresses = {address}});
    watch(client);
    EXPECT_THAT(client.addresses(), UnorderedElementsAre("127.0.0.1", "::1"));
    leave(1);
    clients.clear();
  }
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
