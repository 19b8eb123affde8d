// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The STUN and TURN servers both ends use, as the administrator wrote them; empty means none.
struct IceServers {
  std::string stun;       ///< stun://host:port
  std::string turn;       ///< turn://host:port or turns://host:port, optionally ?transport=udp|tcp
  std::string turn_user;  ///< not percent-encoded
  std::string turn_pass;  ///< not percent-encoded
  /// What the TURN server shares with us, in place of user and password: each viewer gets some of its own, made of it.
  std::string turn_secret = {};
};

}  // namespace cs
