// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "encode/encoder_table.hpp"

namespace cs {

/// Really encodes one picture. Empty: it came out as a keyframe within five seconds; otherwise why not, as a sentence.
/// Main thread only.
[[nodiscard]] std::string trial_failure(const EncoderRow& row, const Stream& stream);

}  // namespace cs
