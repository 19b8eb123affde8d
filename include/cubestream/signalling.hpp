// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cubestream/client_event.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/ice.hpp"
#include "cubestream/input_wish.hpp"
#include "cubestream/media_clock.hpp"

namespace cs {

/// What all clients need to know of the scene.
struct SceneState {
  Size size;                ///< of the largest stream
  std::string notice = {};  ///< what is wrong with the picture, such as a producer that ended; empty: nothing
  InputWish input = {};
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

/// A JSON text of the program that draws, to all clients that follow the input; ServerEvent::client is ignored.
struct SendApplicationMessage {
  std::string json;  ///< at most kMaxApplicationBytes
};

using ServerMessage =
    std::variant<SendAnswer, SendCandidate, SendNetwork, SendError, SendClose, SendApplicationMessage>;

struct ServerEvent {
  ClientId client = 0;
  ServerMessage what;
};

}  // namespace cs
