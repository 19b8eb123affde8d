// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "encoder/encoder_table.hpp"

namespace cs {

/// The rows of the encoder table that use a device, in the order in which they are tried. Any thread.
[[nodiscard]] std::span<const EncoderRow> hardware_encoders();

}  // namespace cs
