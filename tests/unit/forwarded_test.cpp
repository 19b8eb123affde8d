// SPDX-License-Identifier: MIT
#include "server/forwarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace cs {
namespace {

/// Returns the client address of a request with this X-Forwarded-For. 10.0.0.0/8 and ::1 are trusted.
std::string client(const std::string& peer, const std::string& forwarded) {
  const std::vector<IpPrefix> trusted = {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("::1")};
  const auto request = parse_request("GET / HTTP/1.1\r\nHost: a\r\n" +
                                     (forwarded.empty() ? "" : "X-Forwarded-For: " + forwarded + "\r\n") + "\r\n");
  return forwarded_for(std::get<HttpRequest>(request), peer, trusted);
}

TEST(Forwarded, OnlyATrustedProxyCanSetTheClient) {
  EXPECT_EQ(client("192.0.2.1", "203.0.113.7"), "192.0.2.1");
  EXPECT_EQ(client("10.1.2.3", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("::1", "2001:DB8::7"), "2001:db8::7");
  EXPECT_EQ(client("10.1.2.3", ""), "10.1.2.3");
}

TEST(Forwarded, EntriesBeforeTheLastUntrustedOneAreIgnored) {
  EXPECT_EQ(client("10.1.2.3", "198.51.100.1, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("10.1.2.3", "198.51.100.1, 203.0.113.7, 10.0.0.9"), "203.0.113.7");
  EXPECT_EQ(client("10.1.2.3", "10.0.0.8, 10.0.0.9"), "10.0.0.8");
}

TEST(Forwarded, InvalidEntryYieldsTheLastKnownAddress) {
  EXPECT_EQ(client("10.1.2.3", "203.0.113.7, unknown"), "10.1.2.3");
  EXPECT_EQ(client("10.1.2.3", "198.51.100.1, ' OR 1=1, 10.0.0.9"), "10.0.0.9");
  EXPECT_EQ(client("10.1.2.3", ", ,"), "10.1.2.3");
  EXPECT_EQ(client("", "203.0.113.7"), "");
}

TEST(Forwarded, MappedIpv4AddressesAreIpv4) {
  EXPECT_EQ(client("10.1.2.3", "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("10.1.2.3", "[::FFFF:203.0.113.7]:4711"), "203.0.113.7");
  EXPECT_EQ(client("10.1.2.3", "::ffff:cb00:7107"), "203.0.113.7");
  EXPECT_EQ(client("::1", "198.51.100.1, 203.0.113.7, ::ffff:10.0.0.9"), "203.0.113.7") << "a trusted proxy";
}

TEST(Forwarded, PortIsRemoved) {
  EXPECT_EQ(client("10.1.2.3", "203.0.113.7:4711"), "203.0.113.7");
  EXPECT_EQ(client("10.1.2.3", "[2001:db8::7]:4711"), "2001:db8::7");
  EXPECT_EQ(client("10.1.2.3", "["), "10.1.2.3");
}

TEST(IpPrefix, ContainsTheAddressesOfThePrefix) {
  const auto contains = [](const char* prefix, const char* address) {
    return IpPrefix::parse(prefix)->contains(*IpAddress::parse(address));
  };
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.7"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_FALSE(contains("::1", "::2"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("192.0.2.1/32", "192.0.2.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "a00::1")) << "the same bytes in the other family";
  EXPECT_TRUE(contains("10.1.2.3/8", "10.255.0.1")) << "bits after the prefix are ignored";
}

TEST(IpPrefix, RejectsInvalidText) {
  for (const char* text : {"", "10.0.0.0/", "10.0.0.0/33", "::1/129", "10.0.0.0/-1", "10.0.0.0/+8",
                           "10.0.0.0/4294967304", "10.0.0.0/8 ", "10.0/8", "cube.example"})
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
}

}  // namespace
}  // namespace cs
