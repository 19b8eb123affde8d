// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/ice.hpp"
#include "cubestream/signalling.hpp"
#include "network/peer.hpp"
#include "signalling/client_registry.hpp"

namespace cs {

/// A WHEP session: a viewer that a player has requested at /whep.
struct WhepSession {
  ClientId client;
  std::string secret;  ///< the random ID in its path
  std::string etag;
  std::vector<IceCredentials> offer = {};  ///< of its sections, known with the answer
  bool is_open = false;                    ///< the answer has been sent
  TokenBucket patches{50, std::chrono::milliseconds(100)};
};

/// All WHEP sessions. Reports them to the viewers. References to a session are valid until its end(). Net thread only.
class WhepSessions {
 public:
  /// `most`: the limit of sessions. `registry` must outlive this object.
  WhepSessions(std::size_t most, ClientRegistry& registry, Metrics& metrics);

  /// Whether another session may begin.
  [[nodiscard]] bool has_room() const { return sessions_.size() < most_ && !registry_.is_behind(); }

  /// Begins a session with an offer, which the viewers then answer. `secret`: see random_id(). `from`: the ends
  /// of the player's connection. Nullopt: the viewers' inbox is full.
  [[nodiscard]] std::optional<ClientId> begin(std::string secret, std::string etag, const std::string& sdp,
                                              const ConnectionEnds& from);

  /// Reports a candidate of the player. False: the viewers' inbox is full and the candidate is lost.
  [[nodiscard]] bool trickle(const WhepSession& session, Candidate candidate) {
    return registry_.tell(session.client, ClientTrickled{std::move(candidate)});
  }

  /// Ends a session and reports it.
  void end(const WhepSession& session, ClientLeft left);

  /// Null: this client has no session.
  [[nodiscard]] WhepSession* find(ClientId client);
  /// Null: no open session has this secret.
  [[nodiscard]] WhepSession* find_open(std::string_view secret);

  /// The clients of all sessions, in ascending order.
  [[nodiscard]] std::vector<ClientId> clients() const;

 private:
  const std::size_t most_;
  ClientRegistry& registry_;
  Metric& count_;
  std::unordered_map<ClientId, WhepSession> sessions_;
};

}  // namespace cs
