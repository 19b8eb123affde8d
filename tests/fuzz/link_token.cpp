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

constexpr std::string_view kSecret = "a secret of the administrator's";
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

/// What is granted is what we would have written ourselves, and the judge says the same.
void look(std::string_view token) {
  static const TokenVerifier judge(kSecret);
  const auto read = read_link_token(token, key(), kNow);
  const auto judgement = judge.verify(token, kNow, TokenVerifier::Secret::counts);
  if (const auto* grant = std::get_if<LinkGrant>(&read)) {
    must(grant->expires > kNow, "a good link ends later");
    must(!role_name(grant->role).empty(), "a role is one of those that exist");
    must(write_link_token(*grant, key()) == token, "a good link is as we write it");
    must(judgement.finding == TokenVerifier::Finding::good && judgement.role == grant->role,
         "its role is what it says");
    must(std::holds_alternative<LinkFlaw>(read_link_token(token, key(), grant->expires)), "it ends when it says");
    must(std::holds_alternative<LinkFlaw>(read_link_token(token, *link_key("another"), kNow)), "each key has its own");
  } else {
    const bool is_secret = token == kSecret;
    must((judgement.finding == TokenVerifier::Finding::good) == is_secret, "no other text is good");
    must(is_secret || (judgement.finding == TokenVerifier::Finding::expired) == !is_forged(token),
         "what was good was ours");
    must(judge.verify(token, kNow, TokenVerifier::Secret::counts_not).finding != TokenVerifier::Finding::good,
         "a secret that may have been guessed does not count");
  }
}

/// The text with our signature, which no fuzzer finds.
std::string signed_text(std::string_view text) {
  return std::string(text) + "." + base64url(hmac_sha256(key().view(), text)->view());
}

/// A link for whatever the bytes say, and what becomes of it with one byte changed.
void look_at_grant(std::string_view bytes) {
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
    must(same->role == grant.role && same->expires == grant.expires, "what was written is read");
  else
    must(std::get<LinkFlaw>(read) == LinkFlaw::expired && grant.expires <= kNow, "what was written is ours");
  look(*token);

  std::string changed = *token;
  char& letter = changed[numbers[9] % changed.size()];
  letter = static_cast<char>(letter ^ (numbers[10] == 0 ? 1 : numbers[10]));
  must(is_forged(changed), "a link with a byte changed is none");
}

void look_at_base64url(std::string_view input) {
  const std::string text = base64url(input);
  must(text.size() == (input.size() * 4 + 2) / 3 && from_base64url(text) == input, "what was encoded is decoded");
  if (const auto bytes = from_base64url(input)) must(base64url(*bytes) == input, "one text has one meaning");
}

}  // namespace

void fuzz(std::string_view input) {
  look_at_base64url(input);
  look_at_grant(input);
  look(input);
  look(signed_text(input));
  look(signed_text(base64url(input)));
}

}  // namespace cs
