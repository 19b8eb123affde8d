// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "cubestream/ice.hpp"

namespace cs {

/// A signalling connection or WHEP session. Numbered from 1 by the HTTP server and never reused. Logs call it "viewer
/// N".
using ClientId = std::uint64_t;

// Events from the HTTP server to the session stage.
struct ClientJoined {
  std::string address;          ///< the client's IP address, as text
  std::string reached_at = {};  ///< the local address of the connection; empty: unknown
};
struct ClientOffered {
  std::string sdp;                  ///< at most 128 KB
  bool wants_whole_answer = false;  ///< the client cannot trickle (WHEP): the answer must contain all candidates
};
struct ClientTrickled {
  Candidate candidate;
};
/// Whether the client requests frames with the stamp.
struct ClientWantsStamp {
  bool on = false;
};
struct ClientLeft {
  std::string reason;         ///< for logs
  bool said_goodbye = false;  ///< false: the signalling connection broke, the media may continue
};

struct ClientEvent {
  ClientId client = 0;
  std::variant<ClientJoined, ClientOffered, ClientTrickled, ClientWantsStamp, ClientLeft> what;
};

}  // namespace cs
