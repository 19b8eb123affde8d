// SPDX-License-Identifier: MIT
#include "observability/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace cs {
namespace {

/// Fields of /proc/self/stat, by their numbers in `man 5 proc`.
struct Stat {
  double cpu_ticks = 0;    // 14, 15
  double threads = 0;      // 20
  double start_ticks = 0;  // 22, since boot
  double virtual_bytes = 0;
  double resident_pages = 0;  // 24
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto name_end = text.rfind(')');  // the name may contain any character
  if (name_end == text.npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  fields.imbue(std::locale::classic());
  std::string state;
  fields >> state;
  std::array<double, 25> field = {};
  for (std::size_t i = 4; i < field.size(); ++i)
    if (!(fields >> field[i])) return std::nullopt;
  return Stat{.cpu_ticks = field[14] + field[15],
              .threads = field[20],
              .start_ticks = field[22],
              .virtual_bytes = field[23],
              .resident_pages = field[24]};
}

/// Boot time in seconds since 1970. Empty: unknown.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);  // minus the descriptor of this iterator
}

}  // namespace

std::vector<ProcessMetric> process_metrics() {
  static const std::optional<double> boot = boot_time();
  static const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  std::vector<ProcessMetric> result;
  if (const auto stat = read_stat()) {
    result.push_back({"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", true,
                      stat->cpu_ticks / ticks});
    result.push_back(
        {"process_resident_memory_bytes", "Resident memory size in bytes.", false, stat->resident_pages * page});
    result.push_back({"process_virtual_memory_bytes", "Virtual memory size in bytes.", false, stat->virtual_bytes});
    result.push_back({"process_threads", "Number of OS threads in the process.", false, stat->threads});
    if (boot)
      result.push_back({"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", false,
                        *boot + stat->start_ticks / ticks});
  }
  if (const auto descriptors = open_descriptors())
    result.push_back({"process_open_fds", "Number of open file descriptors.", false, *descriptors});
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    result.push_back(
        {"process_max_fds", "Maximum number of open file descriptors.", false, static_cast<double>(limit.rlim_cur)});
  return result;
}

}  // namespace cs
