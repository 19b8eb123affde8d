// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "access/failure_limit.hpp"
#include "access/origin_policy.hpp"
#include "access/token_verifier.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "cubestream/access_config.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/role.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"

namespace cs {

/// Now, by the clock that never jumps and by the one that links are signed for.
struct Moment {
  TimePoint steady = Clock::now();
  std::chrono::sys_seconds wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
};

/// Judges each request before anybody else sees it, the one place that does: by which name, from which page and with
/// which token it comes. Knows no sockets. Net thread only.
class RequestAuthorizer {
 public:
  /// Who can reach us at all.
  enum class Reach { this_machine, others };
  /// How clients speak: https where we take the encryption off ourselves; with http a proxy may do so.
  enum class Scheme { http, https };

  struct Decision {
    std::optional<Reply> reply;  ///< in place of what was asked for
    std::string fields;          ///< header fields to add to the response: which other pages may use it
  };

  /// Throws StartupError where OpenSSL cannot.
  RequestAuthorizer(const AccessConfig& config, Reach reach, Scheme scheme, Metrics& metrics);
  RequestAuthorizer(const RequestAuthorizer&) = delete;
  RequestAuthorizer& operator=(const RequestAuthorizer&) = delete;

  [[nodiscard]] Decision authorize(const HttpRequest& request, std::string_view address, Moment now = Moment());

  /// Header fields of every answer.
  [[nodiscard]] const std::string& common_fields() const { return common_fields_; }

 private:
  [[nodiscard]] Decision decide(const HttpRequest& request, std::string_view address, Moment now);
  [[nodiscard]] std::string resource_policy(std::string_view path) const;
  [[nodiscard]] std::optional<Reply> check_origin(const HttpRequest& request, RequestOrigin origin);
  [[nodiscard]] std::optional<Reply> check_token(const HttpRequest& request, std::string_view address, Moment now);
  [[nodiscard]] std::string fields_for(const HttpRequest& request, RequestOrigin origin) const;

  const Reach reach_;
  const Scheme scheme_;
  const OriginPolicy origins_;
  const std::optional<TokenVerifier> verifier_;  // none: everybody may do everything
  const std::string common_fields_;
  const bool is_framed_elsewhere_;  // other origins' pages may show ours in a frame
  const Log log_;
  FailureLimit failures_;
  bool told_of_origin_ = false;
  Metric& hosts_refused_;
  Metric& origins_refused_;
  Metric& missing_;
  Metric& wrong_;
  Metric& expired_;
  Metric& role_;
  Metric& limited_;
  Metric& unremembered_;
};

/// The token that a request bears: in Authorization, or where a browser's WebSocket can put one, among the protocols.
/// Empty: none. Any thread.
[[nodiscard]] std::string token_of(const HttpRequest& request);

/// The header fields that tell browsers what a page of ours may do, and what others may do with it. Any thread.
[[nodiscard]] std::string browser_rules(const AccessConfig& config);

}  // namespace cs
