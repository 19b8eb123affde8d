// SPDX-License-Identifier: MIT
#include "check/frame_socket.hpp"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "check/socket_holders.hpp"
#include "source/producer_socket.hpp"

namespace cs {
namespace {

std::string user_name(uid_t user) {
  const passwd* found = getpwuid(user);
  return found != nullptr ? found->pw_name : std::to_string(user);
}

/// A group with its members, such as "group video (ann, bob)".
std::string group_name(gid_t group) {
  const struct group* found = getgrgid(group);
  if (found == nullptr) return "group " + std::to_string(group);
  std::string members;
  for (char** member = found->gr_mem; *member != nullptr; ++member)
    members += (members.empty() ? "" : ", ") + std::string(*member);
  return std::string("group ") + found->gr_name + (members.empty() ? "" : " (" + members + ")");
}

/// The lowest folder above `path` that not everybody may enter; empty: none.
std::string closed_folder(const std::string& path) {
  struct stat found {};
  for (auto folder = std::filesystem::path(path).parent_path();; folder = folder.parent_path()) {
    if (stat(folder.c_str(), &found) == 0 && (found.st_mode & S_IXOTH) == 0)
      return fmt::format("{} (user {}, group {}, mode {:04o})", folder.string(), user_name(found.st_uid), found.st_gid,
                         found.st_mode & 07777U);
    if (folder == folder.parent_path()) return "";
  }
}

/// Who could connect to a socket that this process would make at `path`.
SocketOwners owners_of_new_socket(const std::string& path) {
  struct stat folder {};
  const bool hands_down = stat(std::filesystem::path(path).parent_path().c_str(), &folder) == 0 &&
                          (folder.st_mode & S_ISGID) != 0;  // the group of the folder
  return {.user = geteuid(), .group = hands_down ? folder.st_gid : getegid(), .mode = kProducerSocketMode};
}

/// A socket that exists at `path`; `what` begins the sentence.
Check existing(const std::string& path, const std::string& what) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0)
    return {.result = CheckResult::failed,
            .sentence = what + ", but no program can connect (" + std::strerror(errno) +
                        "); restart cubestream-frames.socket while the service is stopped"};
  return check_socket_owners(path, what, {.user = found.st_uid, .group = found.st_gid, .mode = found.st_mode});
}

/// A process listens at `path` already.
Check in_use(const std::string& path) {
  const std::vector<SocketHolder> holders = holders_of_socket(path);
  if (std::ranges::any_of(holders, [](const SocketHolder& each) { return each.name == "systemd"; }))
    return existing(path, "systemd listens at " + path + " and passes the socket to the service");
  if (!holders.empty())
    return {.result = CheckResult::failed,
            .sentence = fmt::format("{} (process {}) listens at {} already; stop it, or set CS_SCENE_SOCKET to another "
                                    "path",
                                    holders.front().name, holders.front().pid, path)};
  Check check = existing(path, "a process of another user listens at " + path +
                                   " already: systemd, which passes the socket to the service, or another cubestreamd, "
                                   "which would keep this one from starting; root can tell which");
  if (check.result == CheckResult::ok) check.result = CheckResult::warning;
  return check;
}

/// The socket of GStreamer's unixfdsink, to which the daemon connects.
Check unixfdsink_at(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0)
    return {.result = CheckResult::warning,
            .sentence = "no unixfdsink listens at " + path + " yet (" + std::strerror(errno) +
                        "); start gst-launch-1.0 ... ! unixfdsink socket-path=" + path};
  if (!S_ISSOCK(found.st_mode))
    return {.result = CheckResult::failed, .sentence = path + " is no socket; set CS_SCENE_SOCKET to another path"};
  if (access(path.c_str(), W_OK) != 0)
    return {
        .result = CheckResult::failed,
        .sentence = fmt::format("cannot connect to the unixfdsink at {}: {}; it belongs to user {} and has mode {:04o}",
                                path, std::strerror(errno), user_name(found.st_uid), found.st_mode & 07777U)};
  return {.sentence = "frames come from a GStreamer unixfdsink at " + path};
}

}  // namespace

Check check_socket_owners(const std::string& path, const std::string& what, const SocketOwners& owners) {
  const bool is_for_all = (owners.mode & S_IWOTH) != 0;
  const bool is_for_group = !is_for_all && (owners.mode & S_IWGRP) != 0;
  const std::string who = is_for_all ? "every user of this machine" : "user " + user_name(owners.user);
  Check check{.sentence = fmt::format("{}; allowed to draw: {}{}, by mode {:04o}", what, who,
                                      is_for_group ? " and " + group_name(owners.group) : "", owners.mode & 07777U)};
  if (const std::string folder = closed_folder(path); !folder.empty())
    check.sentence += ", as far as they may enter " + folder;
  if (is_for_group && getgrgid(owners.group) == nullptr) {
    check.result = CheckResult::warning;
    check.sentence +=
        "; that group does not exist, so no user can be added to it: set another one, or let systemd make "
        "the socket (cubestream-frames.socket)";
  }
  return check;
}

Check check_frame_socket(const Settings& settings, const Fd& passed) {
  if (settings.scene_socket.starts_with(kUnixFdScheme))
    return unixfdsink_at(settings.scene_socket.substr(kUnixFdScheme.size()));
  if (passed.get() >= 0) {
    const std::string path = producer_socket_path(passed);
    if (!path.starts_with('/'))
      return {.result = CheckResult::failed,
              .sentence =
                  "systemd passes a socket without a path, so that it has no owner and no mode; use "
                  "ListenSequentialPacket= with a path in cubestream-frames.socket"};
    return existing(path, "systemd passes the socket " + path);
  }
  const std::string path = settings.scene_socket.empty() ? default_producer_socket() : settings.scene_socket;
  const std::string obstacle = producer_socket_obstacle(path);
  if (obstacle.empty()) return check_socket_owners(path, "can be made at " + path, owners_of_new_socket(path));
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode) && is_producer_socket_in_use(path))
    return in_use(path);
  return {.result = CheckResult::failed, .sentence = "cannot be made at " + path + ": " + obstacle};
}

}  // namespace cs
