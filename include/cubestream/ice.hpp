// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// A trickled ICE candidate (RFC 8838).
struct Candidate {
  std::string text;  ///< "candidate:…" as in the SDP attribute; empty: end of candidates
  unsigned mline_index = 0;
};

/// The ICE credentials of a media section of an offer (RFC 8839, section 5.4).
struct IceCredentials {
  std::string mid;
  std::string ufrag;
  std::string pwd;
};

}  // namespace cs
