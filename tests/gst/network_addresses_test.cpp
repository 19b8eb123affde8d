// SPDX-License-Identifier: MIT
// The local addresses that are announced. Each test has its own network namespace.
#include <gmock/gmock.h>

#include <set>
#include <string>

#include "network_fixture.hpp"
#include "session/warm_up.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class NetworkAddressTest : public NetworkTest {};

TEST_F(NetworkAddressTest, OnlyNamedInterfacesAreUsed) {
  plug_in("eth0", {"10.77.0.1/24"});
  plug_in("eth1", {"10.78.0.1/24", "fd78::1/64"});
  plug_in("eth2", {"10.79.0.1/24"});
  start({.interfaces = {"eth1", "10.79.0.1"}});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.78.0.1", "fd78::1", "10.79.0.1"));
}

TEST_F(NetworkAddressTest, MissingInterfacesLeadToAnErrorMessage) {
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

TEST_F(NetworkAddressTest, WithoutAnyNetworkTheViewerGetsAnError) {
  ip("link set lo down");
  start({});
  const Client& client = come();
  line->run_until([&] { return client.is_closed; }, "a refusal");
  ASSERT_THAT(client.errors, SizeIs(1));
  EXPECT_THAT(client.errors[0].message, HasSubstr("no network address"));
}

TEST_F(NetworkAddressTest, PublicAddressIsAnnouncedInAdditionToThePrivateOne) {
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

TEST_F(NetworkAddressTest, OwnLinkLocalAddressesAreNotAnnounced) {
  plug_in("eth0", {"10.77.0.1/24", "fd77::1/64", "fe80::77/64", "169.254.7.7/16"});
  start({});
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.77.0.1", "fd77::1"));
}

TEST_F(NetworkAddressTest, LinkLocalAddressThatTheClientConnectedToIsAnnounced) {
  plug_in("eth0", {"10.77.0.1/24", "169.254.7.7/16", "169.254.8.8/16"});
  start({});
  reached_at = "169.254.7.7";
  const Client& client = come();
  watch(client);
  hear_all(client);
  EXPECT_THAT(client.addresses(), UnorderedElementsAre("10.77.0.1", "169.254.7.7"));
}

TEST_F(NetworkAddressTest, LoopbackIsUsedIfNothingElseIsAvailable) {
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

}  // namespace
}  // namespace cs
