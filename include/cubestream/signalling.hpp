// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cubestream/media_clock.hpp"

namespace cs {

/// One signalling connection or WHEP session, numbered from 1 by the doors and never used twice. Logs call its viewer
/// "viewer N".
using ClientId = std::uint64_t;

/// An ICE candidate as trickled (RFC 8838); an empty text ends its side's candidates.
struct Candidate {
  std::string text;  ///< "candidate:…" as in the SDP attribute
  unsigned mline_index = 0;
};

// What the doors tell the viewers.

struct ClientJoined {
  std::string address;  ///< the peer's IP address in text
};
struct ClientOffered {
  std::string sdp;  ///< at most 16 KB
  /// The client cannot be told of candidates later (WHEP): the answer is to hold all of ours.
  bool wants_whole_answer = false;
};
struct ClientTrickled {
  Candidate candidate;
};
/// The client wants pictures with the stamp, or no longer wants them.
struct ClientWantsStamp {
  bool on = false;
};
struct ClientLeft {
  std::string reason;  ///< for the log
  /// It said goodbye; otherwise its signalling broke off, which its media may survive.
  bool said_goodbye = false;
};

struct ClientEvent {
  ClientId client = 0;
  std::variant<ClientJoined, ClientOffered, ClientTrickled, ClientWantsStamp, ClientLeft> what;
};

// What the viewers tell the doors.

struct SendAnswer {
  std::string sdp;
  std::optional<MediaClock> media_clock = {};  ///< of the track that the answer promises
};
struct SendCandidate {
  Candidate candidate;
};
/// Whether the client's network is too slow for the pictures, so that some are left out.
struct SendNetwork {
  bool slow = false;
  int carries_kbps = 0;  ///< about; 0: that is not known
};
struct SendError {
  std::string code;     ///< one lower-case word with hyphens, for programs
  std::string message;  ///< a sentence, for people
};
/// Ends the connection once everything sent before is out. Codes: RFC 6455, section 7.4.
struct SendClose {
  std::uint16_t code = 1000;
  std::string reason;  ///< at most 123 bytes
};

struct ServerEvent {
  ClientId client = 0;
  std::variant<SendAnswer, SendCandidate, SendNetwork, SendError, SendClose> what;
};

}  // namespace cs
