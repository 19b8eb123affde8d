// SPDX-License-Identifier: MIT
#include "access/link_token.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include "access/access_policy.hpp"
#include "access/base64url.hpp"
#include "access/token_verifier.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const std::string kSecret = "the administrator's secret";
constexpr std::chrono::sys_seconds kNow{1'764'123'456s};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {"0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]};
  }
  return text;
}

std::string link(Role role, std::chrono::seconds lasts, const std::string& secret = kSecret) {
  return *write_link_token({role, kNow + lasts}, *link_key(secret));
}

TEST(Digest, MatchesTheTestVectorsOfSha256AndHmac) {
  EXPECT_EQ(hex(sha256("abc")->view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")->view()),     // RFC 4231, 4.3
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_TRUE(is_same(*sha256("a"), *sha256("a")));
  EXPECT_FALSE(is_same(*sha256("a"), *sha256("b")));
}

TEST(Base64Url, DecodesOnlyWhatItEncodes) {
  for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                    {"f", "Zg"},
                                    {"fo", "Zm8"},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg"},
                                    {"\xfb\xff", "-_8"}}) {
    EXPECT_EQ(base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
  for (const char* wrong : {"Z", "Zg==", "Zh", "Zm9", "+/8", "Zm 8", "Zm8\n", "Zm9vY"})
    EXPECT_EQ(from_base64url(wrong), std::nullopt) << wrong;
}

TEST(LinkToken, CarriesAName) {
  const Digest key = *link_key(kSecret);
  const std::string name = "Zo\xc3\xab van der Berg";
  const std::string token = *write_link_token({Role::control, kNow + 2h, name}, key);
  const auto read = read_link_token(token, key, kNow);
  ASSERT_TRUE(std::holds_alternative<LinkGrant>(read));
  EXPECT_EQ(std::get<LinkGrant>(read).name, name);
  EXPECT_EQ(std::get<LinkGrant>(read).role, Role::control);
  EXPECT_EQ(std::get<LinkFlaw>(read_link_token(token, key, kNow + 2h)), LinkFlaw::expired);
  const std::string longest(kMaxLinkName, 'n');
  EXPECT_EQ(
      std::get<LinkGrant>(read_link_token(*write_link_token({Role::view, kNow + 2h, longest}, key), key, kNow)).name,
      longest);
  EXPECT_EQ(std::get<LinkFlaw>(read_link_token(token, *link_key("another secret"), kNow)), LinkFlaw::forged);
  // Longer than any name, though well signed.
  const auto longer = write_link_token({Role::control, kNow + 2h, longest + "x"}, key);
  EXPECT_EQ(std::get<LinkFlaw>(read_link_token(*longer, key, kNow)), LinkFlaw::forged);
  EXPECT_FALSE(is_link_name("two\nlines"));
  EXPECT_FALSE(is_link_name("\xff"));
  EXPECT_FALSE(is_link_name(""));
}

TEST(LinkToken, GrantsItsRoleUntilItExpires) {
  for (const auto& [role, name] : kRoles) {
    const std::string token = link(role, 2h);
    EXPECT_EQ(token.size(), 58U);
    const auto read = read_link_token(token, *link_key(kSecret), kNow + 2h - 1s);
    ASSERT_TRUE(std::holds_alternative<LinkGrant>(read)) << name;
    EXPECT_EQ(std::get<LinkGrant>(read).role, role);
    EXPECT_EQ(std::get<LinkGrant>(read).expires, kNow + 2h);
    EXPECT_EQ(std::get<LinkFlaw>(read_link_token(token, *link_key(kSecret), kNow + 2h)), LinkFlaw::expired);
  }
}

TEST(LinkToken, IsForgedWithAnotherKeyOrAfterAnyChange) {
  const Digest key = *link_key(kSecret);
  const auto is_forged = [&](const std::string& text) {
    const auto read = read_link_token(text, key, kNow);
    const auto* flaw = std::get_if<LinkFlaw>(&read);
    return flaw != nullptr && *flaw == LinkFlaw::forged;
  };
  EXPECT_TRUE(is_forged(link(Role::view, 2h, "another")));
  const std::string good = link(Role::view, 2h);
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : std::string_view("A_.=\xff\n")) {
      std::string changed = good;
      changed[i] = c;
      EXPECT_TRUE(changed == good || is_forged(changed)) << changed;
    }
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_TRUE(is_forged(good.substr(0, size)));
  EXPECT_TRUE(is_forged(good + "A"));
  EXPECT_TRUE(is_forged(std::string(1'000'000, '.')));
  // The payload of another role with this token's signature.
  EXPECT_TRUE(is_forged(link(Role::control, 2h).substr(0, 15) + good.substr(15)));
}

TEST(LinkToken, AnInvalidPayloadWithAValidSignatureIsRejected) {
  const Digest key = *link_key(kSecret);
  const auto sign = [&](const std::string& payload) {
    const std::string text = base64url(payload);
    return text + "." + base64url(hmac_sha256(key.view(), text)->view());
  };
  const std::string late(8, '\x10');
  EXPECT_TRUE(std::holds_alternative<LinkGrant>(read_link_token(sign("\x01\x01" + late), key, kNow)));
  EXPECT_EQ(std::get<LinkGrant>(read_link_token(sign("\x01\x03" + late), key, kNow)).role, Role::control)
      << "links of the former role admin stay valid";
  for (const std::string& payload :
       {std::string(1, '\x02') + "\x01" + late, std::string("\x01\0", 2) + late, "\x01\x04" + late, "\x01\xff" + late})
    EXPECT_TRUE(std::holds_alternative<LinkFlaw>(read_link_token(sign(payload), key, kNow))) << hex(payload);
  EXPECT_EQ(std::get<LinkFlaw>(read_link_token(sign("\x01\x01" + std::string(8, '\xff')), key, kNow)),
            LinkFlaw::expired)
      << "before 1970";
}

TEST(LinkToken, RandomTextNeverThrows) {
  std::mt19937 random(1);
  const Digest key = *link_key(kSecret);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 64, '\0');
    for (char& c : text) c = static_cast<char>(random());
    EXPECT_TRUE(std::holds_alternative<LinkFlaw>(read_link_token(text, key, kNow)));
  }
}

TEST(TokenVerifier, TheSecretGrantsControlAndALinkGrantsItsRole) {
  using enum TokenVerifier::Finding;
  const TokenVerifier verifier(kSecret);
  const auto finding = [&](const std::string& token) {
    return verifier.verify(token, kNow, TokenVerifier::Secret::counts).finding;
  };
  EXPECT_EQ(finding(kSecret), good);
  EXPECT_EQ(verifier.verify(kSecret, kNow, TokenVerifier::Secret::counts).role, Role::control);
  EXPECT_EQ(finding(link(Role::control, 1s)), good);
  EXPECT_EQ(verifier.verify(link(Role::control, 1s), kNow, TokenVerifier::Secret::counts).role, Role::control);
  EXPECT_EQ(finding(link(Role::control, 0s)), expired);
  for (const std::string& wrong :
       {std::string(), kSecret + "x", kSecret.substr(1), std::string("x"), link(Role::view, 1h, "x")})
    EXPECT_EQ(finding(wrong), TokenVerifier::Finding::wrong) << wrong;
}

TEST(TokenVerifier, ALinkIsAcceptedWhereTheSecretIsNot) {
  const TokenVerifier verifier(kSecret);
  const auto finding = [&](const std::string& token) {
    return verifier.verify(token, kNow, TokenVerifier::Secret::counts_not).finding;
  };
  EXPECT_EQ(finding(kSecret), TokenVerifier::Finding::wrong);
  EXPECT_EQ(finding(link(Role::view, 1h)), TokenVerifier::Finding::good);
}

TEST(RequiredRole, ReadingRequiresViewAndChangingRequiresControl) {
  EXPECT_EQ(required_role("/ws", false), Role::view);
  EXPECT_EQ(required_role("/config.json", false), Role::view);
  EXPECT_EQ(required_role("/snapshot.png", false), Role::view);
  EXPECT_EQ(required_role("/api/status", false), Role::view);
  EXPECT_EQ(required_role("/whep", true), Role::view);
  EXPECT_EQ(required_role("/whep/0123", true), Role::view);
  EXPECT_EQ(required_role("/whepx", true), Role::control);
  EXPECT_EQ(required_role("/api/recording", true), Role::control);
  EXPECT_EQ(required_role("/api/clip", true), Role::control);
  EXPECT_EQ(required_role("/metrics", false), Role::control);
  EXPECT_EQ(required_role("/some future path", true), Role::control);
}

}  // namespace
}  // namespace cs
