// SPDX-License-Identifier: MIT
#pragma once

// What most files include, compiled once per build (cmake/layer.cmake). Each file still includes what it uses: the
// fuzzers are built without this. The standard library and fmt alone, so that no layer sees what it may not use.

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
