// SPDX-License-Identifier: MIT
#include "access/link_token.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "access/base64url.hpp"
#include "access/token_verifier.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using test::must;

constexpr std::string_view kSecret = "a secret of the administrator";
constexpr sys_seconds kNow{seconds(1'764'123'456)};

const Digest& key() {
  static const Digest digest = *link_key(kSecret);
  return digest;
}

bool is_forged(std::string_view token) {
  const auto read = read_link_token(token, key(), kNow);
  const auto* flaw = std::get_if<LinkFlaw>(&read);
  return flaw != nullptr && *flaw == LinkFlaw::forged;
}

/// A granted link is exactly what the server would write, and TokenVerifier agrees.
void check(std::string_view token) {
  static const TokenVerifier verifier(kSecret);
  const auto read = read_link_token(token, key(), kNow);
  const auto result = verifier.verify(token, kNow, TokenVerifier::Secret::counts);
  if (const auto* grant = std::get_if<LinkGrant>(&read)) {
    must(grant->expires > kNow, "a valid link has not expired");
    must(!role_name(grant->role).empty(), "a role exists");
    const bool is_former = from_base64url(token.substr(0, token.find('.'))).value_or("")[1] == kFormerAdmin;
    must(is_former ? grant->role == Role::control : write_link_token(*grant, key()) == token,
         "a valid link has the form that the server writes, or wrote for the role admin");
    must(result.finding == TokenVerifier::Finding::good && result.role == grant->role, "the verifier returns its role");
    must(std::holds_alternative<LinkFlaw>(read_link_token(token, key(), grant->expires)), "it expires at its time");
    must(std::holds_alternative<LinkFlaw>(read_link_token(token, *link_key("another"), kNow)),
         "another key rejects it");
  } else {
    const bool is_secret = token == kSecret;
    must((result.finding == TokenVerifier::Finding::good) == is_secret, "no other text is valid");
    must(is_secret || (result.finding == TokenVerifier::Finding::expired) == !is_forged(token),
         "an expired link has a valid signature");
    must(verifier.verify(token, kNow, TokenVerifier::Secret::counts_not).finding != TokenVerifier::Finding::good,
         "a secret that may have been guessed does not count");
  }
}

/// Signs a text with the key, because a fuzzer cannot find a valid signature.
std::string signed_text(std::string_view text) {
  return std::string(text) + "." + base64url(hmac_sha256(key().view(), text)->view());
}

/// Writes a link from the input bytes and checks it, also with one byte changed.
void check_grant(std::string_view bytes) {
  std::array<unsigned char, 11> numbers = {};
  bytes.copy(reinterpret_cast<char*>(numbers.data()), numbers.size());
  std::uint64_t second = 0;
  for (std::size_t i = 1; i < 9; ++i) second = second << 8U | numbers.at(i);
  const LinkGrant grant{kRoles.at(numbers[0] % kRoles.size()).role,
                        sys_seconds(seconds(static_cast<std::int64_t>(second)))};
  const auto token = write_link_token(grant, key());
  must(token.has_value(), "a link can be written");
  const auto read = read_link_token(*token, key(), kNow);
  if (const auto* same = std::get_if<LinkGrant>(&read))
    must(same->role == grant.role && same->expires == grant.expires, "a written link can be read");
  else
    must(std::get<LinkFlaw>(read) == LinkFlaw::expired && grant.expires <= kNow, "a written link is not forged");
  check(*token);

  std::string changed = *token;
  char& letter = changed[numbers[9] % changed.size()];
  letter = static_cast<char>(letter ^ (numbers[10] == 0 ? 1 : numbers[10]));
  must(is_forged(changed), "a link with a changed byte is forged");
}

void check_base64url(std::string_view input) {
  const std::string text = base64url(input);
  must(text.size() == (input.size() * 4 + 2) / 3 && from_base64url(text) == input, "decoding reverses encoding");
  if (const auto bytes = from_base64url(input)) must(base64url(*bytes) == input, "each value has one encoding");
}

}  // namespace

void fuzz(std::string_view input) {
  check_base64url(input);
  check_grant(input);
  check(input);
  check(signed_text(input));
  check(signed_text(base64url(input)));
}

}  // namespace cs
