// SPDX-License-Identifier: MIT
#include "network/origin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cs {
namespace {

TEST(Origin, ParsesSchemeHostAndPort) {
  EXPECT_EQ(Origin::parse("http://cube.example"), (Origin{"http", "cube.example", 80}));
  EXPECT_EQ(Origin::parse("https://cube.example"), (Origin{"https", "cube.example", 443}));
  EXPECT_EQ(Origin::parse("https://cube.example:443"), Origin::parse("https://cube.example"));
  EXPECT_EQ(Origin::parse("HTTP://Cube.Example:8080"), (Origin{"http", "cube.example", 8080}));
  EXPECT_EQ(Origin::parse("http://192.0.2.1:1"), (Origin{"http", "192.0.2.1", 1}));
  EXPECT_EQ(Origin::parse("http://[::1]:8080"), (Origin{"http", "[::1]", 8080}));
  EXPECT_EQ(Origin::parse("http://[0:0:0:0:0:0:0:1]:8080"), Origin::parse("http://[::1]:8080"));
  EXPECT_EQ(Origin::parse("capacitor://localhost"), (Origin{"capacitor", "localhost", 0}));
}

TEST(Origin, RejectsInvalidText) {
  for (const char* text : {"",
                           "null",
                           "*",
                           "cube.example",
                           "//cube.example",
                           "://cube.example",
                           "http:cube.example",
                           "http://",
                           "http://:80",
                           "http://cube.example/",
                           "http://cube.example/x",
                           "http://cube.example?x",
                           "http://cube.example#x",
                           "http://user@cube.example",
                           "http://user:pass@cube.example",
                           "http://cube.example@evil.example",
                           "http://cube.example\\@evil.example",
                           "http://cube example",
                           "http://cube.example:",
                           "http://cube.example:x",
                           "http://cube.example:65536",
                           "http://cube.example:-0",
                           "http://cube.example:-1",
                           "http://cube.example:80:80",
                           "http://cube.example:000080",
                           "http://[::1",
                           "http://::1",
                           "http://[::1]x",
                           "http://[192.0.2.1]",
                           "http://[fe80::1%eth0]",
                           "http://a.example, http://b.example",
                           "http://a.example http://b.example",
                           "1http://cube.example",
                           "ht tp://cube.example",
                           "http://b\xc3\xbc"
                           "cher.example"})
    EXPECT_EQ(Origin::parse(text), std::nullopt) << text;
  EXPECT_EQ(Origin::parse("http://" + std::string(254, 'a')), std::nullopt);
  EXPECT_EQ(Origin::parse(std::string("http://cube.example\0.evil.example", 33)), std::nullopt);
}

TEST(Authority, HasAPortOnlyIfTheTextHasOne) {
  EXPECT_EQ(Authority::parse("Localhost"), (Authority{"localhost", std::nullopt}));
  EXPECT_EQ(Authority::parse("localhost:8080"), (Authority{"localhost", 8080}));
  EXPECT_EQ(Authority::parse("[::1]"), (Authority{"[::1]", std::nullopt}));
  EXPECT_EQ(Authority::parse("localhost:"), std::nullopt);
  EXPECT_EQ(Authority::parse("localhost, evil.example"), std::nullopt);
}

}  // namespace
}  // namespace cs
