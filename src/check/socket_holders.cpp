// SPDX-License-Identifier: MIT
#include "check/socket_holders.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace cs {
namespace {

namespace fs = std::filesystem;

/// The inode of the socket that listens at `path`, as a decimal number; empty: none is listed.
std::string listening_inode(const std::string& path) {
  constexpr unsigned long kListens = 0x10000;  // __SO_ACCEPTCON of the kernel
  std::ifstream table("/proc/net/unix");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number;
    std::string references;
    std::string protocol;
    std::string flags;
    std::string type;
    std::string state;
    std::string inode;
    std::string bound;
    words >> number >> references >> protocol >> flags >> type >> state >> inode >> std::ws;
    std::getline(words, bound);
    unsigned long bits = 0;
    std::from_chars(flags.data(), flags.data() + flags.size(), bits, 16);
    if (bound == path && (bits & kListens) != 0) return inode;
  }
  return "";
}

/// Whether a process has a descriptor with this link target, such as "socket:[4711]".
bool has_open(const fs::path& process, const std::string& target) {
  std::error_code error;
  for (fs::directory_iterator each(process / "fd", error), end; !error && each != end; each.increment(error)) {
    std::error_code closed;
    if (fs::read_symlink(each->path(), closed) == target && !closed) return true;
  }
  return false;
}

}  // namespace

std::vector<SocketHolder> holders_of_socket(const std::string& path) {
  std::vector<SocketHolder> holders;
  const std::string inode = listening_inode(path);
  if (inode.empty()) return holders;
  const std::string target = "socket:[" + inode + "]";
  std::error_code error;
  for (fs::directory_iterator each("/proc", error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename();
    SocketHolder holder;
    if (std::from_chars(name.data(), name.data() + name.size(), holder.pid).ptr != name.data() + name.size()) continue;
    if (!has_open(each->path(), target)) continue;
    std::ifstream comm(each->path() / "comm");
    std::getline(comm, holder.name);
    holders.push_back(std::move(holder));
  }
  std::ranges::sort(holders, {}, &SocketHolder::pid);
  return holders;
}

}  // namespace cs
