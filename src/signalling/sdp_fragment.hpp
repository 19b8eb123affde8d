// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cubestream/signalling.hpp"

namespace cs {

/// More in one fragment are refused: a client with a dozen network interfaces has fewer.
inline constexpr std::size_t kMaxFragmentCandidates = 128;

/// What an offer says of a media section's ICE; what it says for all of them included.
struct IceSection {
  std::string mid;
  std::string ufrag;
  std::string pwd;
};

/// The media sections of an offer, in their order. Never throws for what is in it. Any thread.
[[nodiscard]] std::vector<IceSection> ice_sections(std::string_view sdp);

/// Why a fragment's candidates cannot be taken.
struct FragmentRefusal {
  enum class Why {
    malformed,
    too_many,
    restart  ///< other credentials than the offer's
  };
  Why why = Why::malformed;
  std::string words;
};

using FragmentCandidates = std::vector<Candidate>;

/// Reads a body of the type application/trickle-ice-sdpfrag (RFC 8840, section 9) that belongs to an offer with these
/// sections. An end of candidates is an empty one. Never throws for what is in it. Any thread.
[[nodiscard]] std::variant<FragmentCandidates, FragmentRefusal> read_fragment(std::string_view fragment,
                                                                              const std::vector<IceSection>& offer);

}  // namespace cs
