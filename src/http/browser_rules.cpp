// SPDX-License-Identifier: MIT
#include "http/request_authorizer.hpp"

namespace cs {

std::string browser_rules(const AccessConfig& config) {
  std::string ancestors;
  for (const std::string& who : config.frame_ancestors)
    ancestors += (who == "self" || who == "none") ? " '" + who + "'" : " " + who;
  // Nothing of the page is written into its HTML, and it asks nobody but us.
  return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors" +
         ancestors +
         "\r\n"
         "X-Content-Type-Options: nosniff\r\n"
         "Referrer-Policy: no-referrer\r\n"
         "Cross-Origin-Opener-Policy: same-origin\r\n"
         // Pages that have this rule, too, show only such frames as have it.
         "Cross-Origin-Embedder-Policy: require-corp\r\n"
         "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), "
         "usb=()\r\n";
}

}  // namespace cs
