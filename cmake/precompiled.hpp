// SPDX-License-Identifier: MIT
#pragma once

// The most common headers, compiled once per build (cmake/layer.cmake). Each file still includes what it uses, because
// the fuzzers are built without this header. Contains only the standard library and fmt, which every layer may use.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
