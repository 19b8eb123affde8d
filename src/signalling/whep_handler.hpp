// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/error_codes.hpp"
#include "cubestream/signalling.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/request_handler.hpp"
#include "network/ice_servers.hpp"
#include "network/peer.hpp"
#include "signalling/client_registry.hpp"
#include "signalling/whep_sessions.hpp"

namespace cs {

/// The endpoint /whep and its sessions /whep/ID, for standard players: WHEP, draft-ietf-wish-whep-03, with the PATCH
/// rules of RFC 9725. Net thread only.
class WhepHandler final : public RequestHandler {
 public:
  struct Config {
    std::size_t max_sessions;
    IceServers ice_servers = {};  ///< sent to players as Link header fields, see ice_links()
  };

  /// `registry` must outlive this object.
  WhepHandler(Config config, ClientRegistry& registry, Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view path) const override;
  [[nodiscard]] HeadAction on_head(const HttpRequest& request) override;
  [[nodiscard]] BodyAction on_body(const HttpRequest& request, std::string body, const ConnectionEnds& from) override;
  [[nodiscard]] Reply on_timeout(std::uint64_t number) override;
  void on_hang_up(std::uint64_t number) override;
  [[nodiscard]] Reply complete_refusal(Reply reply) override;

  /// Handles an event of the viewers. Returns the reply if the client waits for one. Ignores events of other clients.
  [[nodiscard]] std::optional<Reply> on_event(const ServerEvent& event);

  /// Refuses new sessions.
  void stop() { is_stopping_ = true; }
  /// See WhepSessions::clients().
  [[nodiscard]] std::vector<ClientId> clients() const { return sessions_.clients(); }
  /// Ends a session. Returns the reply if its client waits for one.
  [[nodiscard]] std::optional<Reply> end(ClientId client);

 private:
  [[nodiscard]] HeadAction on_endpoint(const HttpRequest& request);
  [[nodiscard]] HeadAction on_session(const HttpRequest& request);
  [[nodiscard]] BodyAction offer(const std::string& sdp, const ConnectionEnds& from);
  [[nodiscard]] Reply trickle(const WhepSession& session, const std::string& fragment);
  [[nodiscard]] Reply created(const WhepSession& session, const std::string& sdp) const;
  [[nodiscard]] WhepSession* session_at(std::string_view path);
  [[nodiscard]] Reply refuse(int status, std::string sentence, int retry_after_seconds = 0);
  [[nodiscard]] Reply refuse(const ErrorCode& code, std::string sentence) {
    return refuse(code.http_status, std::move(sentence), code.retry_after_s);
  }

  const IceServers ice_servers_;
  Metric& refused_;
  bool is_stopping_ = false;
  WhepSessions sessions_;
};

}  // namespace cs
