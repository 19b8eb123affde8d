// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "access/digest.hpp"
#include "access/role.hpp"

namespace cs {

// The token of a signed link grants a role until it expires. The server keeps no list of tokens. Format:
// base64url(version: 1 byte, role: 1 byte, expiry: seconds since 1970, 8 bytes) "." base64url(HMAC-SHA256 of the text
// before the dot). Version 2 has a name after the expiry: 1 to kMaxLinkName bytes of UTF-8.

inline constexpr std::size_t kMaxLinkName = 48;

/// Whether a name can be part of a link: UTF-8 without control characters, 1 to kMaxLinkName bytes. Pure.
[[nodiscard]] bool is_link_name(std::string_view name);

/// What a link grants: a role until its expiry.
struct LinkGrant {
  Role role = Role::view;
  std::chrono::sys_seconds expires;
  std::string name = {};  ///< of the person that got the link; empty: none
};

enum class LinkFlaw {
  forged,  ///< malformed, or signed with another key
  expired  ///< valid signature, but past its expiry
};

/// Derives the key for signing links from the secret; it does not reveal the secret. Nullopt if OpenSSL fails. Any
/// thread.
[[nodiscard]] std::optional<Digest> link_key(std::string_view secret);

/// Creates a token; nullopt if OpenSSL fails. `name` must be empty or fit is_link_name(). Any thread.
[[nodiscard]] std::optional<std::string> write_link_token(const LinkGrant& grant, const Digest& key);

/// Verifies a token and returns what it grants at `now`. Never throws because of its contents; rejects a text of
/// an impossible length unread. Any thread.
[[nodiscard]] std::variant<LinkGrant, LinkFlaw> read_link_token(std::string_view text, const Digest& key,
                                                                std::chrono::sys_seconds now);

}  // namespace cs
