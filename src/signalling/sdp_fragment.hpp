// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cubestream/signalling.hpp"

namespace cs {

/// Maximum number of candidates in one fragment. A client with a dozen network interfaces has fewer.
inline constexpr std::size_t kMaxFragmentCandidates = 128;

/// Why a fragment is refused.
struct FragmentRefusal {
  enum class Why {
    malformed,
    too_many,
    restart  ///< its credentials differ from the offer
  };
  Why why = Why::malformed;
  std::string words;  ///< the second half of a sentence, begins with "it"
};

using FragmentCandidates = std::vector<Candidate>;

/// Parses a body of type application/trickle-ice-sdpfrag (RFC 8840, section 9) for an offer whose sections have
/// these credentials. An end of candidates becomes an empty candidate. Never throws because of the content. Any thread.
[[nodiscard]] std::variant<FragmentCandidates, FragmentRefusal> read_fragment(std::string_view fragment,
                                                                              const std::vector<IceCredentials>& offer);

}  // namespace cs
