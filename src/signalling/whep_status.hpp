// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// The HTTP status of a refusal by the viewers.
struct WhepStatus {
  int status = 500;
  int retry_after_seconds = 0;  ///< 0: do not retry
};

/// Looks up the status by code word (SendError::code). Unknown code: 500. Any thread.
[[nodiscard]] WhepStatus whep_status(std::string_view code);

/// Returns 128 random bits as 32 hexadecimal digits. Empty if the system has no randomness. Any thread.
[[nodiscard]] std::string random_session_id();

}  // namespace cs
