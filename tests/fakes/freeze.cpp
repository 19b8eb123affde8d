// SPDX-License-Identifier: MIT
// usage: freeze PID NAME
// Stops the first thread of the process with this name, as a deadlock would. (Threads that it started have the same
// name.) Prints "frozen" and waits until the thread is gone. The other threads of the process keep running.
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

std::vector<pid_t> threads_named(const std::string& process, const std::string& wanted) {
  std::vector<pid_t> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + process + "/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
    if (name == wanted) found.push_back(std::stoi(task.path().filename()));
  }
  return found;
}

int fail(const char* what) {
  std::fprintf(stderr, "freeze: %s: %s\n", what, std::strerror(errno));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::vector<pid_t> threads = threads_named(argv[1], argv[2]);
  if (threads.empty()) {
    std::fprintf(stderr, "freeze: no thread of %s is named %s\n", argv[1], argv[2]);
    return 1;
  }
  const pid_t thread = *std::min_element(threads.begin(), threads.end());
  int status = 0;
  if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return fail("cannot attach to the thread");
  if (ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) != 0) return fail("cannot stop the thread");
  if (waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) return fail("the thread did not stop");
  std::printf("frozen\n");
  std::fflush(stdout);
  while (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status)) {
    // The thread stops again while the process exits: let it continue.
    ptrace(PTRACE_CONT, thread, nullptr, nullptr);
  }
  return 0;
}
