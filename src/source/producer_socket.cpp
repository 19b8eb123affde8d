// SPDX-License-Identifier: MIT
#include "source/producer_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/error.hpp"

namespace cs {
namespace {

constexpr int kBacklog = 8;
constexpr mode_t kMode = 0660;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw StartupError("cannot listen for a program that draws at " + path + ": " + why);
}

/// Whether a process listens on the socket at this address.
bool is_in_use(const sockaddr_un& address) {
  const Fd probe(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

std::string default_producer_socket() {
  if (const char* of_service = std::getenv("RUNTIME_DIRECTORY"); of_service != nullptr && *of_service != '\0')
    return std::string(of_service).substr(0, std::string(of_service).find(':')) + "/frames.sock";
  if (const char* of_user = std::getenv("XDG_RUNTIME_DIR"); of_user != nullptr && *of_user != '\0')
    return std::string(of_user) + "/cubestream/frames.sock";
  return "/run/cubestream/frames.sock";
}

Fd listen_for_producers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    fail(path,
         "the path is longer than " + std::to_string(sizeof address.sun_path - 1) + " bytes; set CS_SCENE_SOCKET");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) fail(path, std::strerror(errno));

  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directory(folder, error);  // its own folder may be missing; a missing parent is a mistake
  if (error) fail(path, "cannot create the folder: " + error.message() + "; set CS_SCENE_SOCKET");

  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) fail(path, "a file of another kind is there");
    if (is_in_use(address)) fail(path, "another cubestreamd listens there; set CS_SCENE_SOCKET to another path");
    if (unlink(path.c_str()) != 0) fail(path, std::string("cannot replace the old socket: ") + std::strerror(errno));
  }
  // The mode must be right from the start: no other user may connect in between.
  const mode_t mask = umask(static_cast<mode_t>(~kMode & 0777));
  const int bound = bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  umask(mask);
  if (bound != 0)
    fail(path, std::string(std::strerror(why)) + "; set CS_SCENE_SOCKET to a path that this user may write");
  if (listen(listener.get(), kBacklog) != 0) fail(path, std::strerror(errno));
  return listener;
}

}  // namespace cs
