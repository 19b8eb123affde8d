// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.hpp"

#include <cstddef>
#include <cstdint>

/// The entry point for libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cs::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
