// SPDX-License-Identifier: MIT
#include "service/sign_link.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "access/link_token.hpp"
#include "signalling/page_config.hpp"

namespace cs {
namespace {

int complain(const std::string& sentence) {
  std::fprintf(stderr, "cubestreamd: %s\n", sentence.c_str());
  return kExitFailure;
}

}  // namespace

int sign_link(const Parsed& parsed, const LinkWish& wish) {
  const Settings& settings = parsed.settings;
  for (const std::string& error : parsed.errors) complain(error);
  if (!parsed.errors.empty()) return kExitFailure;
  if (!wish.warning.empty()) complain(wish.warning);
  if (settings.access.token.empty())
    return complain(
        "CS_AUTH_TOKEN is not set; it is needed to sign links, and without it anyone can watch without a link");
  if (settings.port == 0 && wish.base.empty())
    return complain("CS_PORT=0 does not name a port; give the address of the page with --base");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto key = link_key(settings.access.token);
  const auto token = key ? write_link_token({wish.role, now + wish.lasts, wish.name}, *key) : std::nullopt;
  if (!token) return complain("OpenSSL could not sign the link");
  const std::string base = wish.base.empty()
                               ? page_address(settings.host, settings.port, settings.tls.empty() ? "http" : "https")
                               : wish.base;
  std::printf("%s#token=%s\n", base.c_str(), token->c_str());
  return 0;
}

}  // namespace cs
