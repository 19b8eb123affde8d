// SPDX-License-Identifier: MIT
#include "ice/candidate.hpp"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ice/local_addresses.hpp"
#include "network/interfaces.hpp"

namespace cs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kHost = "candidate:1 1 UDP 2015363327 192.168.1.5 50000 typ host";

std::string with_address(const std::string& address) {
  return "candidate:842163049 1 udp 1677729535 " + address +
         " 50000 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EEtu";
}

TEST(Candidate, CandidatesOfBrowsersAreAccepted) {
  for (const std::string& text :
       {kHost, "a=" + kHost, with_address("198.51.100.7"), with_address("2001:db8::7"),
        std::string("candidate:2 1 tcp 1518280447 10.0.0.3 9 typ host tcptype active generation 0"),
        std::string("candidate:4 1 TCP 1015021823 fd00::2 0 typ host tcptype active"),
        std::string("candidate:3+/A 1 UDP 1 10.0.0.1 65535 typ relay raddr 10.0.0.2 rport 5"),
        std::string("candidate:0 2 UDP 2122252542 10.0.0.3 54321 typ prflx raddr ::1 rport 1 "),
        std::string("candidate:5 1 udp 1 198.51.100.7 443 typ relay")})
    EXPECT_EQ(flaw_of(text), CandidateFlaw::none) << text;
}

TEST(Candidate, IsNormalizedForLibnice) {
  EXPECT_EQ(plain_candidate("a=" + kHost), kHost);
  EXPECT_EQ(plain_candidate(with_address("2001:DB8:0::7")),
            "candidate:842163049 1 udp 1677729535 2001:db8::7 50000 typ srflx raddr 0.0.0.0 rport 0");
  EXPECT_EQ(plain_candidate("candidate:2 1 tcp 1518280447 10.0.0.3 9 typ host tcptype active generation 0"),
            "candidate:2 1 tcp 1518280447 10.0.0.3 9 typ host tcptype active");
  // libnice read these as 127.0.0.1, as port 200 and as passive TCP.
  EXPECT_EQ(plain_candidate("candidate:1 1 udp  2130706433 200.0.0.1 5000 typ host x typ host y "),
            "candidate:1 1 udp 2130706433 200.0.0.1 5000 typ host");
  EXPECT_EQ(plain_candidate("candidate:1 1 tcp 1 192.0.2.1 80 typ host tcptype active tcptype passive"),
            "candidate:1 1 tcp 1 192.0.2.1 80 typ host tcptype active");
  EXPECT_EQ(plain_candidate("candidate:1 1 udp 1 192.0.2.1 5000 typ srflx raddr home rport 5 raddr 10.0.0.1 rport x"),
            "candidate:1 1 udp 1 192.0.2.1 5000 typ srflx");
}

TEST(Candidate, HostNamesAreHidden) {
  for (const char* name : {"8a4e1c1e-25b9-4e0c-9a29-9ddbd4a7c5f2.local", "a.local", "LOCAL", "home.example", "1e2.3.4"})
    EXPECT_EQ(flaw_of(with_address(name)), CandidateFlaw::hidden) << name;
}

TEST(Candidate, LinkLocalAddressesAreDetectedWithAndWithoutScopeId) {
  for (const char* address : {"fe80::1", "fe80::fc:ff:fe00:1%eth0", "fe80::1%2", "169.254.10.20"})
    EXPECT_EQ(flaw_of(with_address(address)), CandidateFlaw::link_local) << address;
}

TEST(Candidate, LoopbackAndLinkLocalAreAcceptedOnlyFromClientsThere) {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_EQ(flaw_of(with_address(address)), CandidateFlaw::loopback) << address;
    EXPECT_EQ(flaw_of(with_address(address), IpAddress::Reach::private_network), CandidateFlaw::loopback) << address;
    EXPECT_EQ(flaw_of(with_address(address), IpAddress::Reach::machine), CandidateFlaw::none) << address;
  }
  EXPECT_EQ(flaw_of(with_address("169.254.10.20"), IpAddress::Reach::link), CandidateFlaw::none);
  EXPECT_EQ(flaw_of(with_address("fe80::1"), IpAddress::Reach::link), CandidateFlaw::link_local)
      << "the link is unknown";
}

TEST(Candidate, MetadataServicesAndServerPortsAreRejected) {
  using Reach = IpAddress::Reach;
  for (const char* address : {"169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fd00:0ec2:0:0::0254",
                              "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
    for (const Reach from : {Reach::machine, Reach::link, Reach::private_network, Reach::everywhere})
      EXPECT_EQ(flaw_of(with_address(address), from), CandidateFlaw::service) << address;
  for (const char* place : {"198.51.100.7 53", "198.51.100.7 1023", "10.0.0.1 443", "192.168.1.1 80", "127.0.0.1 22"})
    EXPECT_EQ(flaw_of("candidate:1 1 udp 1 " + std::string(place) + " typ host", Reach::machine),
              CandidateFlaw::service)
        << place;
  EXPECT_EQ(flaw_of("candidate:1 1 udp 1 198.51.100.7 1024 typ host"), CandidateFlaw::none);
}

TEST(Candidate, TcpIsAcceptedOnlyIfActive) {
  const std::string tcp = "candidate:2 1 tcp 1518280447 10.0.0.3 5000 typ host";
  for (const char* rest : {"", " tcptype passive", " tcptype so", " generation 0", " tcptype Active"})
    EXPECT_EQ(flaw_of(tcp + rest), CandidateFlaw::passive) << rest;
  EXPECT_EQ(flaw_of(tcp + " generation 0 tcptype active"), CandidateFlaw::none);
}

TEST(Candidate, MalformedTextsAreRejected) {
  for (const std::string& text : {std::string(),
                                  std::string("candidate:"),
                                  std::string("a=a=") + kHost,
                                  std::string("candidate"),
                                  kHost + " generation",
                                  kHost + "\r\na=recvonly",
                                  kHost + std::string(1, '\0'),
                                  kHost + " ü 1",
                                  kHost + std::string(2000, ' '),
                                  std::string("candidate:1 0 UDP 1 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 257 UDP 1 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 1 SCTP 1 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 1 UDP 0 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 1 UDP 2147483648 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 1 UDP -1 10.0.0.1 5 typ host"),
                                  std::string("candidate:1 1 UDP 1 10.0.0.1 0 typ host"),
                                  std::string("candidate:1 1 UDP 1 10.0.0.1 65536 typ host"),
                                  std::string("candidate:1 1 UDP 1 10.0.0.1 5 type host"),
                                  std::string("candidate:1 1 UDP 1 10.0.0.1 5 typ guest"),
                                  std::string("candidate:1 1 UDP 1 10.0.0.1 typ host"),
                                  std::string("candidate:(1) 1 UDP 1 10.0.0.1 5 typ host"),
                                  "candidate:" + std::string(33, '1') + " 1 UDP 1 10.0.0.1 5 typ host"})
    EXPECT_EQ(flaw_of(text), CandidateFlaw::malformed) << text;
  for (const char* address : {"0.0.0.0", "255.255.255.255", "239.1.1.1", "10.0.0.256", "::", "ff02::fb", "[::1]",
                              "::1%lo", "10.0.0.1%eth0", "::ffff:10.0.0.1", "1:2", "%"})
    EXPECT_EQ(flaw_of(with_address(address)), CandidateFlaw::malformed) << address;
}

TEST(Candidate, AnyBytesAreHandled) {
  std::mt19937 random(1);  // NOLINT: the same bytes each time
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 == 0 ? kHost : with_address("fe80::1%eth0");
    for (int k = 0; k < 3; ++k) text[random() % text.size()] = static_cast<char>(random());
    static_cast<void>(flaw_of(text));
    const std::vector<std::string> addresses = {"203.0.113.7"};
    EXPECT_EQ(announced(text, addresses).front(), text);
  }
}

TEST(Announced, AddsThePublicAddressToAPrivateHostCandidate) {
  const std::vector<std::string> addresses = {"203.0.113.7"};
  EXPECT_THAT(announced(kHost, addresses),
              ElementsAre(kHost, "candidate:1p0 1 UDP 2015363326 203.0.113.7 50000 typ host"));
}

TEST(Announced, KeepsTheExtensionsAfterTheType) {
  const std::vector<std::string> addresses = {"203.0.113.7"};
  EXPECT_THAT(announced("candidate:4 1 TCP 1010827775 10.0.0.2 40000 typ host tcptype passive", addresses),
              ElementsAre(testing::_, "candidate:4p0 1 TCP 1010827774 203.0.113.7 40000 typ host tcptype passive"));
}

TEST(Announced, UsesTheSameFamilyAndDistinctFoundationsAndPriorities) {
  const std::vector<std::string> addresses = {"203.0.113.7", "2001:db8::7", "203.0.113.8"};
  EXPECT_THAT(announced(kHost, addresses),
              ElementsAre(kHost, "candidate:1p0 1 UDP 2015363326 203.0.113.7 50000 typ host",
                          "candidate:1p2 1 UDP 2015363324 203.0.113.8 50000 typ host"));
  const std::string ipv6 = "candidate:5 1 UDP 2015363583 fd00::2 50001 typ host";
  EXPECT_THAT(announced(ipv6, addresses),
              ElementsAre(ipv6, "candidate:5p1 1 UDP 2015363581 2001:db8::7 50001 typ host"));
}

TEST(Announced, LeavesOtherCandidatesUnchanged) {
  const std::vector<std::string> addresses = {"203.0.113.7"};
  for (const std::string text :
       {"candidate:2 1 UDP 1679819263 203.0.113.9 50000 typ srflx raddr 192.168.1.5 rport 50000",
        "candidate:3 1 UDP 503316991 10.0.0.9 49152 typ relay raddr 192.168.1.5 rport 50000",
        "candidate:1 1 UDP 2015363327 198.51.100.1 50000 typ host", "candidate:1 1 UDP 2015363327 127.0.0.1 5 typ host",
        "candidate:1 1 UDP 2015363327 fd00::1 5 typ host", "no candidate"})
    EXPECT_THAT(announced(text, addresses), ElementsAre(text));
  EXPECT_THAT(announced(kHost, {}), ElementsAre(kHost));
}

std::vector<InterfaceAddress> machine(const std::vector<std::pair<std::string, std::string>>& addresses) {
  std::vector<InterfaceAddress> result;
  for (const auto& [interface, address] : addresses) result.push_back({interface, *IpAddress::parse(address)});
  return result;
}

const std::vector<InterfaceAddress> kMachine = machine({{"lo", "127.0.0.1"},
                                                        {"lo", "::1"},
                                                        {"eth0", "192.168.1.5"},
                                                        {"eth0", "2001:db8::5"},
                                                        {"eth0", "fe80::5"},
                                                        {"wlan0", "192.168.2.5"},
                                                        {"usb0", "169.254.3.4"}});

std::string chosen(const std::vector<InterfaceAddress>& present, const std::vector<std::string>& allowed) {
  return listed(local_addresses(present, allowed));
}

TEST(LocalAddresses, DefaultIsAllUsableAddresses) {
  EXPECT_EQ(chosen(kMachine, {}), "192.168.1.5, 2001:db8::5, 192.168.2.5");
}

TEST(LocalAddresses, OnlyAllowedAddressesAreUsed) {
  EXPECT_EQ(chosen(kMachine, {"wlan0"}), "192.168.2.5");
  EXPECT_EQ(chosen(kMachine, {"wlan0", "2001:db8:0:0::5"}), "2001:db8::5, 192.168.2.5");
  EXPECT_EQ(chosen(kMachine, {"eth0"}), "192.168.1.5, 2001:db8::5") << "IPv6 link-local addresses are never used";
  EXPECT_EQ(chosen(kMachine, {"lo", "wlan0"}), "192.168.2.5, 127.0.0.1, ::1");
  EXPECT_EQ(chosen(kMachine, {"usb0"}), "169.254.3.4");
  EXPECT_EQ(chosen(kMachine, {"eth1", "10.0.0.1"}), "");
}

TEST(LocalAddresses, LoopbackIsUsedIfNothingElseIsAvailable) {
  EXPECT_EQ(chosen(machine({{"lo", "127.0.0.1"}, {"lo", "::1"}, {"eth0", "fe80::5"}}), {}), "127.0.0.1, ::1");
  EXPECT_EQ(chosen({}, {}), "");
}

TEST(LocalAddresses, LinkLocalAddressThatTheClientConnectedToIsIncluded) {
  const auto reached = [](const char* address, const std::vector<std::string>& allowed) {
    return listed(local_addresses(kMachine, allowed, IpAddress::parse(address)));
  };
  EXPECT_EQ(reached("169.254.3.4", {}), "192.168.1.5, 2001:db8::5, 192.168.2.5, 169.254.3.4");
  EXPECT_EQ(reached("192.168.2.5", {}), chosen(kMachine, {}));
  EXPECT_EQ(reached("127.0.0.1", {}), chosen(kMachine, {})) << "a proxy on this machine connects that way";
  EXPECT_EQ(reached("10.0.0.1", {}), chosen(kMachine, {})) << "the machine does not have this address";
  EXPECT_EQ(reached("169.254.3.4", {"wlan0"}), "192.168.2.5") << "the setting takes precedence";
}

}  // namespace
}  // namespace cs
