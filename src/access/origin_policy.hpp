// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "network/origin.hpp"

namespace cs {

/// The kind of page that sent a request.
enum class RequestOrigin {
  none,      ///< no page: the request has no Origin header
  own_page,  ///< the page of this server
  allowed,   ///< an origin that the administrator allowed
  other      ///< any other origin, or an opaque one ("null")
};

/// Decides which pages may send requests, by the headers that browsers add (RFC 6454, RFC 9110 section 7.2). Any
/// thread.
class OriginPolicy {
 public:
  /// `allowed_origins`: "*" allows all pages.
  explicit OriginPolicy(const std::vector<std::string>& allowed_origins);

  /// Classifies a request by its header fields Origin, Host and X-Forwarded-Proto; empty: absent. X-Forwarded-Proto may
  /// also be set by the server itself, if it knows the scheme. Another site's page cannot set it without a CORS
  /// preflight.
  [[nodiscard]] RequestOrigin classify(std::string_view origin, std::string_view host,
                                       std::string_view forwarded_proto) const;

  /// Whether a Host header is valid for a server that listens only on loopback: a loopback name or the host of an
  /// allowed origin. Prevents DNS rebinding, where another site's name resolves to loopback and its page would count as
  /// own_page.
  [[nodiscard]] bool is_name_of_loopback(std::string_view host) const;

  [[nodiscard]] bool allows_all() const { return allows_all_; }
  [[nodiscard]] bool allows_some() const { return allows_all_ || !allowed_.empty(); }

 private:
  bool allows_all_ = false;
  std::vector<Origin> allowed_;
};

}  // namespace cs
