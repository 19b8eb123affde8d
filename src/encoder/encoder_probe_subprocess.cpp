// SPDX-License-Identifier: MIT
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "encoder/encoder_probe.hpp"
#include "gst/gstreamer.hpp"
#include "log/log.hpp"
#include "process/run_process.hpp"

namespace cs {
namespace {

// The report is one line: `works` and the microseconds per frame, or `fails` and the failure.
constexpr std::string_view kWorks = "works ";
constexpr std::string_view kFails = "fails ";

/// Finds and parses the report line; libraries may print other lines.
ProbeResult read_report(std::string_view out) {
  for (std::size_t begin = 0; begin < out.size();) {
    const std::size_t end = std::min(out.find('\n', begin), out.size());
    std::string_view line = out.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with(kFails)) return {std::string(line.substr(kFails.size()))};
    if (!line.starts_with(kWorks)) continue;
    line.remove_prefix(kWorks.size());
    long microseconds = 0;
    std::from_chars(line.data(), line.data() + line.size(), microseconds);
    return {"", std::chrono::microseconds(microseconds)};
  }
  return {"it exited without a report"};
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

void log_output(std::string_view name, std::string_view text) {
  const Log log = make_log("encoder");
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log->debug("{} probe: {}", name, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

ProbeResult probe_encoder_in_subprocess(const EncoderRow& row, const std::string& program,
                                        std::chrono::milliseconds limit) {
  try {
    const ProcessResult process = run_process(program, {"--try-encoder", std::string(row.factory)}, limit);
    log_output(row.factory, process.err);
    switch (process.end) {
      case ProcessResult::End::late:
        return {"it did not answer within " + std::to_string(std::chrono::round<std::chrono::seconds>(limit).count()) +
                " s"};
      case ProcessResult::End::by_signal:
        return {"it crashed (" + signal_name(process.code) + ")"};
      case ProcessResult::End::exited:
        return read_report(process.out);
    }
    return {"it exited without a report"};
  } catch (const StartupError& error) {
    return {error.what()};
  }
}

void report_probe(std::string_view name, Stream stream) {
  // Must not outlive its parent. If the parent has already exited, the pipe has no reader.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd reader = {STDOUT_FILENO, 0, 0};
  if (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR) != 0) std::_Exit(EXIT_FAILURE);

  ProbeResult result{"unknown encoder"};
  try {
    const GStreamer gstreamer({});
    if (const EncoderRow* row = encoder_row(name)) {
      stream.codec = row->codec;
      result = probe_encoder(*row, stream);
    }
  } catch (const StartupError& error) {
    result.failure = error.what();
  }
  for (char& c : result.failure)
    if (c == '\n' || c == '\r') c = ' ';
  const std::string line = result.failure.empty() ? std::string(kWorks) + std::to_string(result.per_frame.count())
                                                  : std::string(kFails) + result.failure;
  std::puts(line.c_str());
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);  // skips the driver's exit handlers, which may hang
}

}  // namespace cs
