// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_connector.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"

namespace cs {

UnixFdConnector::UnixFdConnector(Config config) : config_(std::move(config)), log_(make_log("source")) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (config_.path.size() > kLongest)
    throw StartupError("cannot connect to unixfdsink at " + config_.path + ": the path is longer than " +
                       std::to_string(kLongest) + " bytes; set CS_SCENE_SOCKET");
}

Fd UnixFdConnector::connect(TimePoint now) {
  if (now < due_) return Fd();
  due_ = now + config_.try_every;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, config_.path.c_str(), config_.path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() >= 0 && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    told_ = 0;
    dead_ = 0;
    return socket;
  }
  const int error = errno;
  // Nothing is there; or it listens, and its queue is full.
  const bool is_normal = error == ENOENT || error == ECONNREFUSED || error == EAGAIN;
  if (error == ECONNREFUSED)
    remove_if_dead();
  else
    dead_ = 0;
  if (!is_normal && error != told_) {
    told_ = error;
    log_->warn("cannot connect to unixfdsink at {}: {}{}", config_.path, std::strerror(told_),
               told_ == EACCES ? "; its folder and socket must allow it to the user of this process" : "");
  }
  return Fd();
}

/// At the second try only: the first may come before a new unixfdsink listens.
void UnixFdConnector::remove_if_dead() {
  struct stat found {};
  if (lstat(config_.path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  if (dead_ != found.st_ino) {
    dead_ = found.st_ino;
    return;
  }
  dead_ = 0;
  if (unlink(config_.path.c_str()) == 0)
    log_->info("removed the socket {}: its unixfdsink was killed, and the next one could not start", config_.path);
}

void UnixFdConnector::ended(TimePoint now, bool is_broken) {
  due_ = now + (is_broken ? config_.after_broken : config_.try_every);
}

}  // namespace cs
