// SPDX-License-Identifier: MIT
#include "net/tun.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace cs {
namespace {

void fail(const std::string& what) {
  throw StartupError("cannot " + what + ": " + std::strerror(errno));
}

}  // namespace

Fd open_tun(const std::string& network, const std::string& device) {
  const std::string path = "/run/netns/" + network;
  const Fd own_namespace(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const Fd target_namespace(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (target_namespace.get() < 0) fail("open the network namespace " + path);
  // A device belongs to the network namespace of the calling thread at creation.
  if (setns(target_namespace.get(), CLONE_NEWNET) != 0) fail("enter the network namespace " + network);
  Fd tun(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request = {};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::copy_n(device.begin(), std::min(device.size(), sizeof request.ifr_name - 1), request.ifr_name);
  const bool created = tun.get() >= 0 && ioctl(tun.get(), TUNSETIFF, &request) == 0;
  const int error = errno;
  if (setns(own_namespace.get(), CLONE_NEWNET) != 0) fail("leave the network namespace " + network);
  errno = error;
  if (!created) fail("create the device " + device + " in the network namespace " + network);
  return tun;
}

}  // namespace cs
