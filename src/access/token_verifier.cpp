// SPDX-License-Identifier: MIT
#include "access/token_verifier.hpp"

#include <optional>

#include "access/link_token.hpp"
#include "base/error.hpp"

namespace cs {
namespace {

Digest required(const std::optional<Digest>& digest) {
  if (!digest) throw StartupError("cannot hash CS_AUTH_TOKEN: OpenSSL failed to compute SHA-256");
  return *digest;
}

}  // namespace

TokenVerifier::TokenVerifier(std::string_view secret)
    : secret_(required(sha256(secret))), link_key_(required(link_key(secret))) {}

TokenVerifier::Result TokenVerifier::verify(std::string_view token, std::chrono::sys_seconds now, Secret secret) const {
  if (secret == Secret::counts)
    if (const auto digest = sha256(token); digest && is_same(*digest, secret_)) return {Finding::good, Role::control};
  const auto read = read_link_token(token, link_key_, now);
  if (const auto* grant = std::get_if<LinkGrant>(&read)) return {Finding::good, grant->role, grant->name};
  return {.finding = std::get<LinkFlaw>(read) == LinkFlaw::expired ? Finding::expired : Finding::wrong};
}

}  // namespace cs
