// SPDX-License-Identifier: MIT
#include "access/link_token.hpp"

#include <cstdint>

#include "access/base64url.hpp"
#include "base/text.hpp"

namespace cs {
namespace {

constexpr char kVersion = 1;
constexpr char kVersionWithName = 2;
constexpr std::size_t kPayloadBytes = 10;  // version, role, and 8 bytes of time
constexpr std::size_t kPayloadLetters = 14;
constexpr std::size_t kMostPayloadLetters = ((kPayloadBytes + kMaxLinkName) * 4 + 2) / 3;
constexpr std::size_t kMacLetters = 43;

/// The name in a signed payload; nullopt: malformed.
std::optional<std::string> name_in(const std::string& payload) {
  if (payload.size() < kPayloadBytes) return std::nullopt;
  const char version = payload[0];
  std::string name = payload.substr(kPayloadBytes);
  if (version == kVersion && name.empty()) return name;
  if (version == kVersionWithName && is_link_name(name)) return name;
  return std::nullopt;
}

}  // namespace

bool is_link_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxLinkName && is_utf8(name) && !has_control(name);
}

std::optional<Digest> link_key(std::string_view secret) {
  return hmac_sha256(secret, "cubestream signed links");
}

std::optional<std::string> write_link_token(const LinkGrant& grant, const Digest& key) {
  std::string payload = {grant.name.empty() ? kVersion : kVersionWithName, static_cast<char>(grant.role)};
  const auto second = static_cast<std::uint64_t>(grant.expires.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8)
    payload += static_cast<char>(second >> static_cast<unsigned>(shift) & 0xffU);
  payload += grant.name;
  const std::string text = base64url(payload);
  const auto mac = hmac_sha256(key.view(), text);
  if (!mac) return std::nullopt;
  return text + "." + base64url(mac->view());
}

std::variant<LinkGrant, LinkFlaw> read_link_token(std::string_view text, const Digest& key,
                                                  std::chrono::sys_seconds now) {
  if (text.size() < kPayloadLetters + 1 + kMacLetters) return LinkFlaw::forged;
  const std::size_t letters = text.size() - 1 - kMacLetters;
  if (letters > kMostPayloadLetters || text[letters] != '.') return LinkFlaw::forged;
  // Checks the signature before it parses the payload.
  const auto given = from_base64url(text.substr(letters + 1));
  const auto right = hmac_sha256(key.view(), text.substr(0, letters));
  Digest mac{};
  if (!given || !right || given->size() != mac.bytes.size()) return LinkFlaw::forged;
  given->copy(reinterpret_cast<char*>(mac.bytes.data()), mac.bytes.size());
  if (!is_same(mac, *right)) return LinkFlaw::forged;

  const auto payload = from_base64url(text.substr(0, letters));
  const auto name = payload ? name_in(*payload) : std::nullopt;
  if (!name) return LinkFlaw::forged;
  int role = (*payload)[1];
  if (role == kFormerAdmin) role = static_cast<int>(Role::control);
  if (role != static_cast<int>(Role::view) && role != static_cast<int>(Role::control)) return LinkFlaw::forged;
  std::uint64_t second = 0;
  for (const char c : payload->substr(2, 8)) second = second << 8U | static_cast<unsigned char>(c);
  const std::chrono::sys_seconds expires{std::chrono::seconds(static_cast<std::int64_t>(second))};
  if (expires <= now) return LinkFlaw::expired;
  return LinkGrant{static_cast<Role>(role), expires, *name};
}

}  // namespace cs
