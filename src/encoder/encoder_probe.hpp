// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "encoder/encoder_table.hpp"

namespace cs {

/// What became of an encoder's probe.
struct ProbeResult {
  std::string failure = {};               ///< half a sentence: "it crashed (SIGSEGV)"; empty: it works
  std::chrono::microseconds per_frame{};  ///< of those after the first
};

/// How long an encoder may take for one picture of its probe. 8K in software takes one second.
inline constexpr std::chrono::seconds kFrameLimit{5};

/// How long one in software may take for its whole probe. No driver can hang there, and what is slow at a busy start
/// works all the same; three of them have to end before systemd gives up the start.
inline constexpr std::chrono::seconds kSoftwareLimit{20};

/// How long a probe in a process of its own may take, from its start to its end.
inline constexpr std::chrono::seconds kProbeLimit{8};

/// Really encodes a few pictures: each must become one access unit before the next is given, the first and one on
/// demand a keyframe, and H.264 what viewers are promised. Main thread only; blocks it.
[[nodiscard]] ProbeResult probe_encoder(const EncoderRow& row, const Stream& stream);

/// The same in another process, `program`, which is this one: where a driver hangs or crashes, that is what dies. Takes
/// no longer than `limit`. Any thread; blocks it.
[[nodiscard]] ProbeResult probe_encoder_in_subprocess(const EncoderRow& row, const std::string& program,
                                                      std::chrono::milliseconds limit = kProbeLimit);

/// What that process does (`--try-encoder NAME`, with the settings of its environment): tries, reports to its standard
/// output, and is gone without a farewell. Ends with the process that started it. Main thread only.
[[noreturn]] void report_probe(std::string_view name, Stream stream);

}  // namespace cs
