// SPDX-License-Identifier: MIT
#include "source/producer_socket.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"

namespace cs {
namespace {

constexpr int kBacklog = 8;
constexpr const char* kRemedy =
    "; set CS_SCENE_SOCKET to a path that this user may write, or let systemd make the socket: "
    "cubestream-frames.socket";

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw StartupError("cannot listen for a program that draws at " + path + ": " + why);
}

/// The address of a path that is short enough.
sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// Why a socket in this existing folder cannot be made or replaced; empty: it can.
std::string folder_obstacle(const std::string& folder) {
  struct stat found {};
  if (stat(folder.c_str(), &found) != 0) return "the folder " + folder + ": " + std::strerror(errno) + kRemedy;
  if (!S_ISDIR(found.st_mode)) return folder + " is not a folder" + kRemedy;
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    return "this user cannot write to the folder " + folder + " (" + std::strerror(errno) + ")" + kRemedy;
  return "";
}

/// Whether the rules of a sticky folder, such as /tmp, keep this user from replacing a file in it.
bool is_kept_by_sticky_folder(const std::string& folder, uid_t owner_of_file) {
  struct stat found {};
  const uid_t self = geteuid();
  return self != 0 && owner_of_file != self && stat(folder.c_str(), &found) == 0 && (found.st_mode & S_ISVTX) != 0 &&
         found.st_uid != self;
}

}  // namespace

std::string default_producer_socket() {
  if (const char* of_service = std::getenv("RUNTIME_DIRECTORY"); of_service != nullptr && *of_service != '\0')
    return std::string(of_service).substr(0, std::string(of_service).find(':')) + "/frames.sock";
  if (const char* of_user = std::getenv("XDG_RUNTIME_DIR"); of_user != nullptr && *of_user != '\0')
    return std::string(of_user) + "/cubestream/frames.sock";
  return "/run/cubestream/frames.sock";
}

bool is_producer_socket_in_use(const std::string& path) {
  if (path.size() >= sizeof sockaddr_un{}.sun_path) return false;
  const sockaddr_un address = address_of(path);
  // The kernel refuses a connection between sockets of different types, without telling the one that listens.
  const Fd probe(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const bool is_connected = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return is_connected || (errno != ECONNREFUSED && errno != ENOENT);  // not sure: another user's may be in use
}

std::string producer_socket_obstacle(const std::string& path) {
  constexpr std::size_t kMost = sizeof sockaddr_un{}.sun_path - 1;
  if (path.size() > kMost)
    return "the path is longer than " + std::to_string(kMost) + " bytes; set CS_SCENE_SOCKET to a shorter one";
  const std::string folder = std::filesystem::path(path).parent_path();
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return "a file of another kind is there; set CS_SCENE_SOCKET to another path";
    if (is_producer_socket_in_use(path))
      return "another cubestreamd listens there; stop it, or set CS_SCENE_SOCKET to another path";
    if (is_kept_by_sticky_folder(folder, found.st_uid))
      return fmt::format("an old socket of another user is there; remove it{}", kRemedy);
    return folder_obstacle(folder);
  }
  // The last folder may be missing: it is made. A missing parent is a mistake.
  const bool is_missing = stat(folder.c_str(), &found) != 0 && errno == ENOENT;
  return folder_obstacle(is_missing ? std::filesystem::path(folder).parent_path().string() : folder);
}

Fd listen_for_producers(const std::string& path) {
  if (const std::string why = producer_socket_obstacle(path); !why.empty()) fail(path, why);
  const sockaddr_un address = address_of(path);
  Fd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) fail(path, std::strerror(errno));

  std::error_code error;
  std::filesystem::create_directory(std::filesystem::path(path).parent_path(), error);
  if (error) fail(path, "cannot create the folder: " + error.message() + kRemedy);
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    fail(path, std::string("cannot replace the old socket: ") + std::strerror(errno) + kRemedy);
  // The mode must be right from the start: no other user may connect in between.
  const mode_t mask = umask(static_cast<mode_t>(~kProducerSocketMode & 0777));
  const int bound = bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  umask(mask);
  if (bound != 0) fail(path, std::strerror(why) + std::string(kRemedy));
  if (listen(listener.get(), kBacklog) != 0) fail(path, std::strerror(errno));
  return listener;
}

std::string producer_socket_path(const Fd& listener) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  const std::size_t before = offsetof(sockaddr_un, sun_path);
  if (size <= before) return "";
  if (address.sun_path[0] == '\0') return "@" + std::string(address.sun_path + 1, size - before - 1);  // no file
  return std::string(address.sun_path, strnlen(address.sun_path, size - before));
}

}  // namespace cs
