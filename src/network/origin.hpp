// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// A host and an optional port, as in the Host header field. Plain value.
struct Authority {
  std::string host;         ///< in lower case; IPv6 as inet_ntop() writes it, in brackets
  std::optional<int> port;  ///< empty: the text has no port

  /// Empty for all other text: a user name before the host, a path after it, blanks.
  [[nodiscard]] static std::optional<Authority> parse(std::string_view text);

  bool operator==(const Authority&) const = default;
};

/// The origin of a page (RFC 6454): scheme, host and port. Plain value.
struct Origin {
  std::string scheme;  ///< in lower case
  std::string host;    ///< as in Authority
  int port = 0;        ///< default port of the scheme if the text has none; 0: unknown

  /// Empty for "null" (an opaque origin), and for text that is more than an origin.
  [[nodiscard]] static std::optional<Origin> parse(std::string_view text);

  bool operator==(const Origin&) const = default;
};

/// The default port of a scheme: 80, 443, or 0 if unknown. Any thread.
[[nodiscard]] int usual_port(std::string_view scheme);

/// Whether a host, as in Authority::host, is this machine: "localhost" or a loopback address. Pure.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace cs
