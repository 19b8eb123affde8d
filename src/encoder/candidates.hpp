// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encoder/encoder_table.hpp"

namespace cs {

/// Encoders that can encode a stream, and the reasons that exclude the others of the codec.
struct Candidates {
  std::vector<const EncoderRow*> rows;  ///< best first
  std::string absent;    ///< "a and b are not available: …; c encodes at most …"; empty: none is excluded
  bool by_name = false;  ///< CS_ENCODER names this encoder
};

/// Why the encoder cannot encode the stream on this machine, as a predicate ("is not available: …"); empty: it can be
/// probed. Any thread.
[[nodiscard]] std::string obstacle(const EncoderRow& row, const Stream& stream);

/// Candidates for the setting CS_ENCODER=`name`: that encoder if it is of the stream's codec, otherwise all available
/// ones that fit the size. Throws StartupError with the remedy if there is none. Any thread.
[[nodiscard]] Candidates candidate_encoders(std::string_view name, const Stream& stream);

}  // namespace cs
