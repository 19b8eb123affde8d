// SPDX-License-Identifier: MIT
#include "network/turn_login.hpp"

#include <glib.h>

#include <array>
#include <cstddef>
#include <memory>

#include "base/random.hpp"
#include "base/text.hpp"

namespace cs {
namespace {

/// HMAC-SHA1 in base64, as a TURN server computes the password.
std::string hmac_sha1(std::string_view key, std::string_view text) {
  const std::unique_ptr<GHmac, decltype(&g_hmac_unref)> hmac(
      g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(key.data()), key.size()), g_hmac_unref);
  g_hmac_update(hmac.get(), reinterpret_cast<const guchar*>(text.data()), static_cast<gssize>(text.size()));
  std::array<guchar, 20> digest{};
  gsize size = digest.size();
  g_hmac_get_digest(hmac.get(), digest.data(), &size);
  const std::unique_ptr<gchar, decltype(&g_free)> base64(g_base64_encode(digest.data(), size), g_free);
  return base64.get();
}

/// A random user name. Without random bytes from the kernel (only early during boot) all names are the same; the names
/// only serve to tell users apart.
std::string random_name() {
  std::array<std::byte, 8> bytes{};
  if (!fill_with_random(bytes)) return "viewer";
  return hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::chrono::sys_seconds wall_second() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

IceServers with_login(IceServers servers, std::string_view name, std::chrono::sys_seconds expires) {
  servers.turn_user = std::to_string(expires.time_since_epoch().count()) + ":" + std::string(name);
  servers.turn_pass = hmac_sha1(servers.turn_secret, servers.turn_user);
  servers.turn_secret.clear();
  return servers;
}

IceServers servers_for_one(const IceServers& servers, std::chrono::sys_seconds now) {
  return servers.turn_secret.empty() ? servers : with_login(servers, random_name(), now + kTurnLoginLasts);
}

}  // namespace cs
