// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// What HTTP calls a refusal of the viewers.
struct WhepStatus {
  int status = 500;
  int retry_after_seconds = 0;  ///< 0: trying again is of no use
};

/// By the refusal's code word (SendError::code). Any thread.
[[nodiscard]] WhepStatus whep_status(std::string_view code);

/// 128 bits that nobody can guess, as 32 letters and digits; empty where the system has none. Any thread.
[[nodiscard]] std::string random_session_id();

}  // namespace cs
