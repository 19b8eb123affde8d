// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/ice_servers.hpp"
#include "cubestream/signalling.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "network/peer.hpp"
#include "signalling/client_registry.hpp"
#include "signalling/sdp_fragment.hpp"

namespace cs {

/// The endpoint /whep and its sessions /whep/…, by which players that know no protocol of ours watch: WHEP,
/// draft-ietf-wish-whep-03, and RFC 9725, whose rules for PATCH it shares. Decides what each request gets and what the
/// viewers hear of it; knows no sockets. Net thread only.
class WhepHandler {
 public:
  struct Config {
    std::size_t max_sessions;
    IceServers ice_servers = {};  ///< what players learn of them, see ice_links()
  };

  struct WantsBody {
    std::size_t limit;  ///< bytes
  };
  /// The reply comes later, by on_event() or on_timeout().
  struct Later {
    ClientId client;
  };

  WhepHandler(Config config, ClientRegistry& registry, Metrics& metrics);
  WhepHandler(const WhepHandler&) = delete;
  WhepHandler& operator=(const WhepHandler&) = delete;

  [[nodiscard]] static bool owns(std::string_view path) { return path == "/whep" || path.starts_with("/whep/"); }

  /// What to do about the head of a request.
  [[nodiscard]] std::variant<Reply, WantsBody> on_head(const HttpRequest& request);

  /// The body that was wanted is there.
  [[nodiscard]] std::variant<Reply, Later> on_body(const HttpRequest& request, const std::string& body,
                                                   const ConnectionEnds& from);

  /// Whether a client of the viewers is one of ours.
  [[nodiscard]] bool knows(ClientId client) const { return sessions_.contains(client); }

  /// What the viewers say to it; a reply for the request that waits.
  [[nodiscard]] std::optional<Reply> on_event(const ServerEvent& event);

  /// The viewers did not answer in time.
  [[nodiscard]] Reply on_timeout(ClientId client);

  /// The client did not wait for its reply.
  void on_hang_up(ClientId client);

  /// No new sessions from now on.
  void stop() { stopping_ = true; }
  /// Ends one; a reply for the request that waits.
  [[nodiscard]] std::optional<Reply> end(ClientId client);
  [[nodiscard]] std::vector<ClientId> clients() const;

  /// What somebody else refuses, with the fields that every answer on these paths has.
  [[nodiscard]] Reply refuse(Reply reply);

 private:
  struct Session {
    std::string secret;  ///< the last part of its path
    std::string etag;
    std::vector<IceSection> offer;
    bool is_open = false;  ///< the client has its answer
    TokenBucket patches{50, std::chrono::milliseconds(100)};
  };
  using Sessions = std::unordered_map<ClientId, Session>;

  [[nodiscard]] std::variant<Reply, WantsBody> on_endpoint(const HttpRequest& request);
  [[nodiscard]] std::variant<Reply, WantsBody> on_session(const HttpRequest& request);
  [[nodiscard]] std::variant<Reply, Later> offer(const std::string& sdp, const ConnectionEnds& from);
  [[nodiscard]] Reply trickle(ClientId client, const Session& session, const std::string& fragment);
  [[nodiscard]] Reply created(const Session& session, const std::string& sdp) const;
  [[nodiscard]] Sessions::iterator at(std::string_view path);
  void end(Sessions::iterator session, ClientLeft left);
  [[nodiscard]] Reply no(int status, std::string words, int retry_after_seconds = 0);

  const Config config_;
  ClientRegistry& registry_;
  Metric& count_;
  Metric& refused_;
  bool stopping_ = false;
  Sessions sessions_;
};

}  // namespace cs
