// SPDX-License-Identifier: MIT
#include "process/run_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "cubestream/clock.hpp"

// Not GSubprocess (GLib 2.74): for a process group it needs child_setup, so it calls fork() instead of posix_spawn().
// The child keeps the blocked signals, and communicate() has no limit. Its worker thread reaps a process as soon as it
// ends, so that the id of its group may belong to another one when the rest of the group is killed.

namespace cs {
namespace {

constexpr std::size_t kMaxOut = 64 * 1024;
constexpr std::size_t kMaxErr = 4 * 1024;
constexpr std::chrono::seconds kKillTimeout{2};  // a killed process that takes longer hangs in the kernel

[[noreturn]] void fail(const std::string& program, int error) {
  throw StartupError("cannot run " + program + ": " + std::strerror(error));
}

struct Pipe {
  Fd read;
  Fd write;

  explicit Pipe(const std::string& program) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(program, errno);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
};

/// Starts the program in a new process group, with default signal handlers and no blocked signals.
pid_t spawn(const std::string& program, const std::vector<std::string>& arguments, int out, int err) {
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &files, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) fail(program, error);
  return pid;
}

/// Reads the bytes that are available. False: none, or the end of the pipe, which is not watched any more.
bool drain(pollfd& from, std::string& into) {
  if (from.revents == 0) return false;
  std::array<char, 4096> piece{};
  const ssize_t got = read(from.fd, piece.data(), piece.size());
  if (got > 0) into.append(piece.data(), static_cast<std::size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR)) from.fd = -1;
  return from.fd >= 0;
}

/// Waits until the process ends (true) or the deadline passes (false), and collects its output meanwhile.
bool wait_for(const Fd& process, Pipe& out, Pipe& err, ProcessResult& result, TimePoint deadline) {
  std::array<pollfd, 3> watched = {
      {{process.get(), POLLIN, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = poll(watched.data(), watched.size(), static_cast<int>(std::max<long>(left, 0)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0 && left <= 0) return false;
    if (ready <= 0) continue;
    // Read the pipes first: they may still hold output from before the process ended.
    const bool wrote_out = drain(watched[1], result.out);
    const bool wrote_err = drain(watched[2], result.err);
    result.out.resize(std::min(result.out.size(), kMaxOut));
    result.err.erase(0, result.err.size() - std::min(result.err.size(), kMaxErr));
    if (!wrote_out && !wrote_err && watched[0].revents != 0) return true;
  }
}

}  // namespace

ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          std::chrono::milliseconds limit) {
  Pipe out(program);
  Pipe err(program);
  const pid_t pid = spawn(program, arguments, out.write.get(), err.write.get());
  out.write = Fd();
  err.write = Fd();
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // glibc 2.36 declares pidfd_open for C only
  ProcessResult result;
  const bool ended = process.get() >= 0 && wait_for(process, out, err, result, Clock::now() + limit);
  // Kill the process and everything it started that still runs.
  kill(-pid, SIGKILL);
  pollfd dead = {process.get(), POLLIN, 0};
  constexpr auto kill_timeout = std::chrono::milliseconds(kKillTimeout).count();
  if (!ended && poll(&dead, 1, static_cast<int>(kill_timeout)) <= 0) return result;
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !ended) return result;
  result.end = WIFSIGNALED(status) ? ProcessResult::End::by_signal : ProcessResult::End::exited;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace cs
