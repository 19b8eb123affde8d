// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// A host and perhaps a port, as the header field Host has them. A plain value.
struct Authority {
  std::string host;         ///< in lower case, an IPv6 address as inet_ntop writes it and in brackets
  std::optional<int> port;  ///< none was written

  /// None for anything else: a user before the host, a path behind it, blanks.
  [[nodiscard]] static std::optional<Authority> parse(std::string_view text);

  bool operator==(const Authority&) const = default;
};

/// Where a page comes from (RFC 6454): a scheme, a host and a port. A plain value.
struct Origin {
  std::string scheme;  ///< in lower case
  std::string host;    ///< as Authority has it
  int port = 0;        ///< the scheme's usual one where none was written; 0: it has none

  /// None for "null", which is the origin of a page that has none, and for all that is more than an origin.
  [[nodiscard]] static std::optional<Origin> parse(std::string_view text);

  bool operator==(const Origin&) const = default;
};

/// 80, 443, or 0 for a scheme of which we know none. Any thread.
[[nodiscard]] int usual_port(std::string_view scheme);

}  // namespace cs
