// SPDX-License-Identifier: MIT
#include "base/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/text.hpp"

namespace cs {

bool fill_with_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

std::string random_id() {
  std::array<unsigned char, 16> bytes = {};
  return fill_with_random(std::as_writable_bytes(std::span(bytes))) ? hex(bytes) : "";
}

}  // namespace cs
