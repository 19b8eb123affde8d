// SPDX-License-Identifier: MIT
#include "network/ip_address.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

#include "network/interfaces.hpp"
#include "network/peer.hpp"

namespace cs {
namespace {

using Reach = IpAddress::Reach;

Reach reach_of(const std::string& text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address ? address->reach() : Reach::nowhere;
}

TEST(IpAddress, KnowsItsReach) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1"}) EXPECT_EQ(reach_of(text), Reach::machine) << text;
  for (const char* text : {"169.254.0.1", "fe80::1", "febf::1"}) EXPECT_EQ(reach_of(text), Reach::link) << text;
  for (const char* text : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.255",
                           "fd00::1", "fc00::1", "fec0::1", "feff::1"})
    EXPECT_EQ(reach_of(text), Reach::private_network) << text;
  for (const char* text : {"9.255.255.255", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.63.255.255", "100.128.0.1",
                           "169.253.0.1", "223.255.255.255", "2001:db8::1", "fbff::1", "fe7f::1"})
    EXPECT_EQ(reach_of(text), Reach::everywhere) << text;
  for (const char* text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "ff02::1",
                           "::ffff:192.0.2.1", "::ffff:127.0.0.1", "::2", "::2:1"})
    EXPECT_EQ(reach_of(text), Reach::nowhere) << text;
}

TEST(IpAddress, EmbeddedIpv4DeterminesTheReachOfIpv6) {
  for (const char* text : {"64:ff9b::192.0.2.1", "2002:c000:201::1"}) {
    EXPECT_EQ(IpAddress::parse(text)->embedded(), IpAddress::parse("192.0.2.1")) << text;
    EXPECT_EQ(reach_of(text), Reach::everywhere) << text;
  }
  EXPECT_EQ(reach_of("64:ff9b::10.0.0.1"), Reach::private_network);
  for (const char* text : {"64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::224.0.0.1", "2002:7f00:1::1",
                           "64:ff9b:1::1", "::ffff:0:127.0.0.1"})
    EXPECT_EQ(reach_of(text), Reach::nowhere) << text;
  EXPECT_FALSE(IpAddress::parse("2001:db8::1")->embedded());
  EXPECT_FALSE(IpAddress::parse("192.0.2.1")->embedded());
}

TEST(IpAddress, DifferentSpellingsAreEqual) {
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::0:1"), IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::0:1")->text(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
  EXPECT_NE(IpAddress::parse("192.0.2.1"), IpAddress::parse("c000:201::"));
}

TEST(IpAddress, UnmapsOnlyIpv4MappedAddresses) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->unmapped(), IpAddress::parse("192.0.2.1"));
  for (const char* text : {"192.0.2.1", "::1", "::", "::192.0.2.1", "2001:db8::ffff:c000:201", "64:ff9b::192.0.2.1"})
    EXPECT_EQ(IpAddress::parse(text)->unmapped(), IpAddress::parse(text)) << text;
}

TEST(IpAddress, RejectsInvalidText) {
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4x", "::g", "[::1]", "fe80::1%eth0", "a.local", ":", "1.2.3.4 "})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(IpAddress::parse(std::string(100000, '1')));
}

TEST(InterfaceAddresses, IncludeLoopback) {
  bool found = false;
  for (const InterfaceAddress& each : interface_addresses())
    found = found || (each.interface == "lo" && each.address == IpAddress::parse("127.0.0.1"));
  EXPECT_TRUE(found);
}

TEST(InterfaceAddresses, DoNotMakeABridgedContainerIfTheyCannotBeRead) {
  EXPECT_FALSE(is_bridged_container({}));
}

template <typename Address>
std::string text_of(const Address& address) {
  return address_text(reinterpret_cast<const sockaddr*>(&address));
}

TEST(SocketAddress, HasATextAndAPort) {
  const sockaddr_in ipv4 = {
      .sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(0xc0000201)}, .sin_zero = {}};
  EXPECT_EQ(text_of(ipv4), "192.0.2.1");
  EXPECT_EQ(port_number(reinterpret_cast<const sockaddr*>(&ipv4)), 80);
  sockaddr_in6 ipv6 = {};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(8080);
  ipv6.sin6_addr = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
  EXPECT_EQ(text_of(ipv6), "fe80::1");
  EXPECT_EQ(port_number(reinterpret_cast<const sockaddr*>(&ipv6)), 8080);
  ipv6.sin6_scope_id = 1;
  EXPECT_EQ(text_of(ipv6), "fe80::1%lo");
  EXPECT_EQ(text_of(sockaddr_storage{}), "");
}

}  // namespace
}  // namespace cs
