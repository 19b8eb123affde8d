// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "access/digest.hpp"
#include "cubestream/role.hpp"

namespace cs {

// The token of a signed link: who has it may do what it says until it expires, and nobody keeps a list of them. It is
// base64url(a version, the role, the second since 1970 in which it ends) "." base64url(HMAC-SHA256 of what stands
// before).

/// What a link grants.
struct LinkGrant {
  Role role = Role::view;
  std::chrono::sys_seconds expires;
};

enum class LinkFlaw {
  forged,  ///< no token of ours, or one that was signed with another key
  expired
};

/// The key that links are signed with, which is not the secret itself: neither gives the other away. Any thread.
[[nodiscard]] std::optional<Digest> link_key(std::string_view secret);

/// Nothing where OpenSSL cannot. Any thread.
[[nodiscard]] std::optional<std::string> write_link_token(const LinkGrant& grant, const Digest& key);

/// What the token grants at this moment. Never throws for what is in it, and reads no more of it than a token is long.
/// Any thread.
[[nodiscard]] std::variant<LinkGrant, LinkFlaw> read_link_token(std::string_view text, const Digest& key,
                                                                std::chrono::sys_seconds now);

}  // namespace cs
