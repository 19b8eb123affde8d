// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "network/origin.hpp"

namespace cs {

/// Which page sent a request.
enum class RequestOrigin {
  none,      ///< no page: programs name no origin
  own_page,  ///< ours
  allowed,   ///< one that the administrator named
  other      ///< any other, or one that hides where it is from
};

/// Tells the pages that may ask us something from the others, by what browsers say of them (RFC 6454, RFC 9110 section
/// 7.2). Any thread.
class OriginPolicy {
 public:
  /// "*" among them: all pages may.
  explicit OriginPolicy(const std::vector<std::string>& allowed_origins);

  /// Of the header fields Origin, Host and X-Forwarded-Proto; empty: there is none. The last is how a proxy that takes
  /// the TLS off tells so, which no page from elsewhere can send unasked, or what we know for certain.
  [[nodiscard]] RequestOrigin classify(std::string_view origin, std::string_view host,
                                       std::string_view forwarded_proto) const;

  /// Whether a request by this name is meant for a server that only this machine reaches. Any name in the world can be
  /// made to lead here (DNS rebinding), and the page that does so would then be our own.
  [[nodiscard]] bool is_name_of_loopback(std::string_view host) const;

  [[nodiscard]] bool allows_all() const { return allows_all_; }
  [[nodiscard]] bool allows_some() const { return allows_all_ || !allowed_.empty(); }

 private:
  bool allows_all_ = false;
  std::vector<Origin> allowed_;
};

}  // namespace cs
