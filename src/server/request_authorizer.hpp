// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_config.hpp"
#include "access/failure_limit.hpp"
#include "access/origin_policy.hpp"
#include "access/role.hpp"
#include "access/token_verifier.hpp"
#include "access/visitor.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "log/log.hpp"

namespace cs {

/// The current time: the steady clock, and the wall clock for the expiry of links.
struct Moment {
  TimePoint steady = Clock::now();
  std::chrono::sys_seconds wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
};

/// Decides whether a request is allowed, by its Host, Origin and token. The only place that does so; every request
/// passes it before its handler. Does not access sockets. Net thread only.
class RequestAuthorizer {
 public:
  /// Which clients can reach the listener.
  enum class Reach { this_machine, others };
  /// The protocol of the clients: https if this process terminates TLS. With http, a proxy may terminate it.
  enum class Scheme { http, https };

  struct Decision {
    std::optional<Reply> reply;  ///< the reply to send instead of the resource; empty: allowed
    std::string fields;          ///< CORS and resource policy fields to add to the response
    Visitor visitor = {};        ///< valid if allowed; does not say whether it is local
  };

  /// Throws StartupError if OpenSSL fails.
  RequestAuthorizer(const AccessConfig& config, Reach reach, Scheme scheme, Metrics& metrics);
  RequestAuthorizer(const RequestAuthorizer&) = delete;
  RequestAuthorizer& operator=(const RequestAuthorizer&) = delete;

  [[nodiscard]] Decision authorize(const HttpRequest& request, std::string_view address, Moment now = Moment());

  /// Header fields of every reply.
  [[nodiscard]] const std::string& common_fields() const { return common_fields_; }

 private:
  [[nodiscard]] Decision decide(const HttpRequest& request, std::string_view address, Moment now);
  [[nodiscard]] std::string resource_policy(std::string_view path) const;
  [[nodiscard]] std::optional<Reply> check_origin(const HttpRequest& request, RequestOrigin origin);
  [[nodiscard]] std::optional<Reply> check_token(const HttpRequest& request, std::string_view address, Moment now,
                                                 Visitor& visitor);
  [[nodiscard]] std::string fields_for(const HttpRequest& request, RequestOrigin origin) const;

  const Reach reach_;
  const Scheme scheme_;
  const OriginPolicy origins_;
  const std::optional<TokenVerifier> verifier_;  // empty: no authentication
  const std::string common_fields_;
  const bool is_framed_elsewhere_;  // pages of other origins may embed this page in a frame
  const Log log_;
  FailureLimit failures_;
  bool origin_warned_ = false;
  Metric& hosts_refused_;
  Metric& origins_refused_;
  Metric& missing_;
  Metric& wrong_;
  Metric& expired_;
  Metric& role_;
  Metric& limited_;
  Metric& unremembered_;
};

/// Returns the token of a request: from Authorization, or, for a WebSocket, from Sec-WebSocket-Protocol. Empty: none.
/// Any thread.
[[nodiscard]] std::string token_of(const HttpRequest& request);

/// Returns the security header fields for browsers (Content-Security-Policy and others). Any thread.
[[nodiscard]] std::string browser_rules(const AccessConfig& config);

}  // namespace cs
