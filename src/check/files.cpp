// SPDX-License-Identifier: MIT
#include "check/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "tls/certificate.hpp"

namespace cs {
namespace {

constexpr double kMegabyte = 1e6;
constexpr std::chrono::days kRenewalTime{14};
constexpr int kComfortableMb = 1000;  // free space; with less, deleting the oldest recordings may be too slow

/// Writes a file to the directory and deletes it. Returns the reason of a failure, or an empty string.
std::string write_failure(const std::string& path) {
  std::string name = path + "/cubestream-check-XXXXXX";
  const Fd file(mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) return std::strerror(errno);
  const char byte = 0;
  const bool written = write(file.get(), &byte, 1) == 1 && fsync(file.get()) == 0;
  const int error = errno;
  unlink(name.c_str());
  return written ? "" : std::strerror(error);
}

}  // namespace

Check check_directory(const std::string& path, int least_free_mb) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error))
    return {.result = CheckResult::failed,
            .sentence = path + " is not a directory" + (error ? " (" + error.message() + ")" : "") +
                        "; create it, and make the user of the service its owner"};
  if (const std::string why = write_failure(path); !why.empty())
    return {.result = CheckResult::failed, .sentence = "cannot write a file to " + path + ": " + why};
  const double free_mb = static_cast<double>(std::filesystem::space(path, error).available) / kMegabyte;
  if (error) return {.result = CheckResult::warning, .sentence = "cannot read the free space of " + path};
  const bool is_short = free_mb < least_free_mb;
  return {.result = is_short ? CheckResult::warning : CheckResult::ok,
          .sentence = path + " is writable, " + std::to_string(static_cast<long>(free_mb)) + " MB are free" +
                      (is_short ? "; recommended are " + std::to_string(least_free_mb) + " MB" : ""),
          .figures = {{"free_mb", free_mb}}};
}

Check check_recordings(const Settings& settings) {
  if (settings.record_dir.empty()) return {.result = CheckResult::skipped, .sentence = "CS_RECORD_DIR is not set"};
  return check_directory(settings.record_dir, std::min(settings.record_max_mb, kComfortableMb));
}

Check check_tls(const Settings& settings) {
  using namespace std::chrono;
  if (settings.tls.empty()) return {.result = CheckResult::skipped, .sentence = "CS_TLS_CERT is not set"};
  try {
    const TlsCertificate identity(settings.tls);
    const auto left = floor<days>(identity.expires() - system_clock::now());
    const bool soon = left < kRenewalTime;
    std::string sentence = "certificate of " + identity.description();
    if (!identity.is_for_browsers())
      return {
          .result = CheckResult::failed,
          .sentence = sentence + ", which browsers reject because its key is neither RSA nor ECDSA on P-256 or P-384"};
    if (soon) sentence += left < days(0) ? ", which has passed" : "; renew it soon";
    return {.result = left < days(0) ? CheckResult::failed
                      : soon         ? CheckResult::warning
                                     : CheckResult::ok,
            .sentence = std::move(sentence),
            .figures = {{"days_left", static_cast<double>(left.count())}}};
  } catch (const StartupError& error) {
    return {.result = CheckResult::failed, .sentence = error.what()};
  }
}

}  // namespace cs
