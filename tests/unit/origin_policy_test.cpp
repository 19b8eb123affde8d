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

/// Expects that requests to `host` from these origins are classified as stated.
void expect(const OriginPolicy& rules, const std::string& host, const std::vector<Case>& cases,
            const std::string& forwarded_proto = "") {
  for (const auto& [origin, sender] : cases)
    EXPECT_EQ(rules.classify(origin, host, forwarded_proto), sender) << origin << " asks " << host;
}

TEST(OriginPolicy, OnlyTheOriginOfTheHostIsTheOwnPage) {
  expect(OriginPolicy({}), "cube.example:8080",
         {{"http://cube.example:8080", own_page},
          {"HTTP://CUBE.EXAMPLE:8080", own_page},
          {"", none},
          {"http://cube.example", other},
          {"http://cube.example:8081", other},
          {"https://cube.example:8080", other},
          {"ws://cube.example:8080", other},
          {"file://cube.example:8080", other},
          {"null", other},
          {"http://cube.example.evil.com:8080", other},
          {"http://evilcube.example:8080", other},
          {"http://evil.cube.example:8080", other},
          {"http://cube.example.:8080", other},
          {"http://cube.example:8080@evil.example", other},
          {"http://evil.example:80@cube.example:8080", other},
          {"http://cube.example:8080/", other},
          {"http://cube.example:8080, http://evil.example", other},
          {"cube.example:8080", other},
          {"http://", other}});
}

TEST(OriginPolicy, TheDefaultPortMayBeOmitted) {
  for (const char* host : {"cube.example", "cube.example:80"})
    expect(
        OriginPolicy({}), host,
        {{"http://cube.example", own_page}, {"http://cube.example:80", own_page}, {"http://cube.example:443", other}});
  expect(OriginPolicy({}), "[::1]:80",
         {{"http://[::1]", own_page}, {"http://[0::1]", own_page}, {"http://[::2]", other}});
}

TEST(OriginPolicy, AcceptsHttpsBehindATlsProxy) {
  for (const char* host : {"cube.example", "cube.example:443"})
    expect(OriginPolicy({}), host, {{"https://cube.example", own_page}, {"https://cube.example:8443", other}});
  expect(OriginPolicy({}), "cube.example:8443",
         {{"https://cube.example:8443", own_page}, {"http://cube.example:8443", other}}, "https");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", own_page}, {"http://cube.example", other}},
         "https");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", other}, {"http://cube.example", own_page}},
         "http");
  expect(OriginPolicy({}), "cube.example", {{"https://cube.example", other}, {"http://cube.example", other}}, "gopher");
}

TEST(OriginPolicy, AllowedOriginsMustMatchExactly) {
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
          {"http://dash.example", other},
          {"https://dash.example:444", other},
          {"https://dash.example.evil.com", other},
          {"https://adash.example", other},
          {"https://sub.dash.example", other},
          {"https://dash.example@evil.example", other},
          {"https://dash.example.", other},
          {"http://[2001:db8::1]", other},
          {"http://localhost", other},
          {"null", other}});
}

TEST(OriginPolicy, AnAsteriskAllowsAll) {
  expect(OriginPolicy({"*"}), "cube.example",
         {{"http://evil.example", allowed}, {"null", allowed}, {"http://cube.example", own_page}, {"", none}});
}

TEST(OriginPolicy, WithoutAValidHostNoPageIsTheOwnPage) {
  for (const char* host : {"", "a b", "a.example, b.example", "user@a.example"})
    expect(OriginPolicy({}), host, {{"http://a.example", other}, {"http://", other}, {"", none}});
}

TEST(OriginPolicy, RecognizesLoopbackNames) {
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
