// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cubestream/frame_format.hpp"
#include "cubestream/media_clock.hpp"

namespace cs {

/// One signalling connection or WHEP session, numbered from 1 by the HTTP server and never used twice. Logs call its
/// viewer "viewer N".
using ClientId = std::uint64_t;

/// An ICE candidate as trickled (RFC 8838).
struct Candidate {
  std::string text;  ///< "candidate:…" as in the SDP attribute; empty: its side has no more
  unsigned mline_index = 0;
};

// What the HTTP server tell the viewers.
struct ClientJoined {
  std::string address;          ///< the peer's IP address in text
  std::string reached_at = {};  ///< this machine's that it came to; empty: not known
};
struct ClientOffered {
  std::string sdp;                  ///< at most 128 KB
  bool wants_whole_answer = false;  ///< it cannot be told of candidates later (WHEP): the answer is to hold them all
};
struct ClientTrickled {
  Candidate candidate;
};
/// Whether the client wants pictures with the stamp.
struct ClientWantsStamp {
  bool on = false;
};
struct ClientLeft {
  std::string reason;         ///< for the log
  bool said_goodbye = false;  ///< otherwise its signalling broke off, which its media may survive
};

struct ClientEvent {
  ClientId client = 0;
  std::variant<ClientJoined, ClientOffered, ClientTrickled, ClientWantsStamp, ClientLeft> what;
};

// What the viewers tell the HTTP server.

struct SendAnswer {
  std::string sdp;
  std::optional<MediaClock> media_clock = {};  ///< of the track that the answer promises
};
struct SendCandidate {
  Candidate candidate;
};
/// What the client's network makes of the pictures.
struct SendNetwork {
  bool slow = false;                 ///< it is too slow for them, so that some are left out
  int carries_kbps = 0;              ///< about; 0: that is not known, or enough
  std::optional<Size> smaller = {};  ///< they are of this size, for its sake
};
struct SendError {
  std::string code;     ///< one lower-case word with hyphens, for programs
  std::string message;  ///< a sentence, for people
};
/// Ends the connection once everything sent before is out.
struct SendClose {
  std::uint16_t code = 1000;  ///< RFC 6455, section 7.4
  std::string reason;         ///< at most 123 bytes
};

struct ServerEvent {
  ClientId client = 0;
  std::variant<SendAnswer, SendCandidate, SendNetwork, SendError, SendClose> what;
};

}  // namespace cs
