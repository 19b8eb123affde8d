// SPDX-License-Identifier: MIT
#include "access/origin_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cs {
namespace {

using enum RequestOrigin;

struct Case {
  std::string origin;
  RequestOrigin sender;
};

/// By which name a request comes, and what is then thought of whom.
void expect(const OriginPolicy& rules, const std::string& host, const std::vector<Case>& cases,
            const std::string& forwarded_proto = "") {
  for (const auto& [origin, sender] : cases)
    EXPECT_EQ(rules.classify(origin, host, forwarded_proto), sender) << origin << " asks " << host;
}

TEST(OriginPolicy, OnlyOurOwnPageIsOurOwn) {
  expect(OriginPolicy({}), "cube.example:8080",
         {{"http://cube.example:8080", own_page},
          {"HTTP://CUBE.EXAMPLE:8080", own_page},
          {"", nobody},
          {"http://cube.example", elsewhere},
          {"http://cube.example:8081", elsewhere},
          {"https://cube.example:8080", elsewhere},
          {"ws://cube.example:8080", elsewhere},
          {"file://cube.example:8080", elsewhere},
          {"null", elsewhere},
          {"http://cube.example.evil.com:8080", elsewhere},
          {"http://evilcube.example:8080", elsewhere},
          {"http://evil.cube.example:8080", elsewhere},
          {"http://cube.example.:8080", elsewhere},
          {"http://cube.example:8080@evil.example", elsewhere},
          {"http://evil.example:80@cube.example:8080", elsewhere},
          {"http://cube.example:8080/", elsewhere},
          {"http://cube.example:8080, http://evil.example", elsewhere},
          {"cube.example:8080", elsewhere},
          {"http://", elsewhere}});
}

TEST(OriginPolicy, APortThatGoesWithoutSayingMaySayItselfOrNot) {
  for (const char* host : {"cube.example", "cube.example:80"})
    expect(OriginPolicy({}), host,
           {{"http://cube.example", own_page},
            {"http://cube.example:80", own_page},
            {"http://cube.example:443", elsewhere}});
  expect(OriginPolicy({}), "[::1]:80",
         {{"http://[::1]", own_page}, {"http://[0::1]", own_page}, {"http://[::2]", elsewhere}});
}

TEST(OriginPolicy, AProxyMayTakeTheTlsOff) {
  for (const char* host : {"cube.example", "cube.example:443"})
    expect(OriginPolicy({}), host, {{"https://cube.example", own_page}, {"https://cube.example:8443", elsewhere}});
  expect(OriginPolicy({}), "cube.example:8443",
         {{"https://cube.example:8443", own_page}, {"http://cube.example:8443", elsewhere}}, "https");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", own_page}, {"http://cube.example", elsewhere}},
         "https");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", elsewhere}, {"http://cube.example", own_page}},
         "http");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", elsewhere}, {"http://cube.example", elsewhere}},
         "gopher");
}

TEST(OriginPolicy, NamedOriginsAreAllowedToTheLetter) {
  const OriginPolicy rules({"https://dash.example", "http://[2001:db8::1]:3000", "capacitor://localhost"});
  EXPECT_TRUE(rules.allows_some());
  EXPECT_FALSE(rules.allows_all());
  expect(rules, "cube.example:8080",
         {{"https://dash.example", allowed},
          {"https://dash.example:443", allowed},
          {"https://DASH.example", allowed},
          {"http://[2001:db8:0::1]:3000", allowed},
          {"capacitor://localhost", allowed},
          {"http://cube.example:8080", own_page},
          {"http://dash.example", elsewhere},
          {"https://dash.example:444", elsewhere},
          {"https://dash.example.evil.com", elsewhere},
          {"https://adash.example", elsewhere},
          {"https://sub.dash.example", elsewhere},
          {"https://dash.example@evil.example", elsewhere},
          {"https://dash.example.", elsewhere},
          {"http://[2001:db8::1]", elsewhere},
          {"http://localhost", elsewhere},
          {"null", elsewhere}});
}

TEST(OriginPolicy, AnAsteriskAllowsAll) {
  expect(OriginPolicy({"*"}), "cube.example",
         {{"http://evil.example", allowed}, {"null", allowed}, {"http://cube.example", own_page}, {"", nobody}});
}

TEST(OriginPolicy, WhereNoHostIsNamedNoPageIsOurOwn) {
  for (const char* host : {"", "a b", "a.example, b.example", "user@a.example"})
    expect(OriginPolicy({}), host, {{"http://a.example", elsewhere}, {"http://", elsewhere}, {"", nobody}});
}

TEST(OriginPolicy, KnowsTheNamesOfThisMachine) {
  const OriginPolicy rules({"https://cube.example", "http://127.0.0.1.nip.example:8080"});
  for (const char* host :
       {"localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8080", "127.8.0.1", "[::1]", "[::1]:8080",
        "[0:0::1]", "cube.example", "cube.example:8080", "127.0.0.1.nip.example"})
    EXPECT_TRUE(rules.is_name_of_loopback(host)) << host;
  for (const char* host : {"", "evil.example", "localhost.evil.example", "localhost.", "127.0.0.1.evil.example",
                           "192.0.2.1", "[::2]", "::1", "0.0.0.0", "[::ffff:127.0.0.1]", "localhost@evil.example",
                           "cube.example.evil.com", "localhost, evil.example"})
    EXPECT_FALSE(rules.is_name_of_loopback(host)) << host;
}

}  // namespace
}  // namespace cs
