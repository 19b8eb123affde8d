// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "encoder/encoder_table.hpp"

namespace cs {

/// Result of an encoder's probe.
struct ProbeResult {
  std::string failure = {};               ///< a clause: "it crashed (SIGSEGV)"; empty: the encoder works
  std::chrono::microseconds per_frame{};  ///< mean of the frames after the first
};

/// Time limit for one frame of a hardware encoder's probe. (8K in software takes one second.)
inline constexpr std::chrono::seconds kFrameLimit{5};

/// Time limit for the whole probe of a software encoder. Generous, because no driver can hang and a slow start on a
/// busy machine is no failure; but three probes must end within systemd's start timeout.
inline constexpr std::chrono::seconds kSoftwareLimit{20};

/// Time limit for a probe in a subprocess, including its start and exit.
inline constexpr std::chrono::seconds kProbeLimit{8};

/// Encodes a few frames. Each must yield one access unit before the next frame is pushed; the first and a requested one
/// must be keyframes; H.264 must conform to Constrained Baseline. Main thread only; blocks it.
[[nodiscard]] ProbeResult probe_encoder(const EncoderRow& row, const Stream& stream);

/// Runs the probe in a subprocess, so that a driver that hangs or crashes does not affect this process. `program`: this
/// executable. Takes at most `limit`. Any thread; blocks it.
[[nodiscard]] ProbeResult probe_encoder_in_subprocess(const EncoderRow& row, const std::string& program,
                                                      std::chrono::milliseconds limit = kProbeLimit);

/// Main function of the subprocess (`--try-encoder NAME`, settings from its environment): runs the probe, prints the
/// result to standard output and exits without cleanup. The kernel kills it when its parent dies. Main thread only.
[[noreturn]] void report_probe(std::string_view name, Stream stream);

}  // namespace cs
