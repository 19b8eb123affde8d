// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cubestream/frame_format.hpp"
#include "cubestream/ice.hpp"
#include "cubestream/media_clock.hpp"

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

// Messages from the session stage to the HTTP server.

struct SendAnswer {
  std::string sdp;
  std::optional<MediaClock> media_clock = {};  ///< of the track in the answer
  std::vector<IceCredentials> offered = {};    ///< of each section of the offer, in order
};
struct SendCandidate {
  Candidate candidate;
};
/// State of the network to the client.
struct SendNetwork {
  bool slow = false;                 ///< too slow for the stream: frames are skipped
  int carries_kbps = 0;              ///< approximate capacity; 0: unknown, or sufficient
  std::optional<Size> smaller = {};  ///< reduced size of the video, if reduced for this network
};
struct SendError {
  std::string code;     ///< code for programs: lower case, with hyphens
  std::string message;  ///< sentence for people
};
/// Closes the connection after all pending messages are sent.
struct SendClose {
  std::uint16_t code = 1000;  ///< RFC 6455, section 7.4
  std::string reason;         ///< at most 123 bytes
};

using ServerMessage = std::variant<SendAnswer, SendCandidate, SendNetwork, SendError, SendClose>;

struct ServerEvent {
  ClientId client = 0;
  ServerMessage what;
};

}  // namespace cs
