// SPDX-License-Identifier: MIT
#include "signalling/whep_status.hpp"

#include <sys/random.h>

#include <array>

#include "base/text.hpp"
#include "cubestream/error_codes.hpp"

namespace cs {

WhepStatus whep_status(std::string_view code) {
  const ErrorCode row = error_code(code);
  return {row.http_status, row.retry_after_s};
}

std::string random_session_id() {
  std::array<unsigned char, 16> bytes = {};
  // getrandom() never returns fewer bytes for requests of this size.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "";
  return hex(bytes);
}

}  // namespace cs
