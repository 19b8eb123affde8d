// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encoder/encoder_table.hpp"

namespace cs {

/// The rows that may encode a stream, and why the others of its codec may not.
struct Candidates {
  std::vector<const EncoderRow*> rows;  ///< best first
  std::string absent;    ///< "a and b are not here (…); c encodes at most …"; empty: none is left out
  bool by_name = false;  ///< CS_ENCODER asks for this one
};

/// Why the row cannot encode the stream on this machine, as half a sentence ("is not here: …"); empty: it may be
/// tried. Any thread.
[[nodiscard]] std::string obstacle(const EncoderRow& row, const Stream& stream);

/// Those for the setting CS_ENCODER=`name`: that row if it is of the stream's codec, else all that are here and fit.
/// Throws StartupError with the way out when none is left. Any thread.
[[nodiscard]] Candidates candidate_encoders(std::string_view name, const Stream& stream);

}  // namespace cs
