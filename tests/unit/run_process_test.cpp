// SPDX-License-Identifier: MIT
#include "process/run_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "base/error.hpp"

namespace cs {
namespace {

using namespace std::chrono_literals;
using End = ProcessResult::End;

ProcessResult shell(const std::string& script, std::chrono::milliseconds limit = 20s) {
  return run_process("/bin/sh", {"-c", script}, limit);
}

TEST(RunProcess, ReportsTheExitCodeAndTheOutput) {
  const ProcessResult result = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST(RunProcess, ReportsTheSignalOfACrash) {
  const ProcessResult result = shell("kill -SEGV $$");
  EXPECT_EQ(result.end, End::by_signal);
  EXPECT_EQ(result.code, SIGSEGV);
}

TEST(RunProcess, KillsALateProcessAndItsChildren) {
  const ProcessResult result = shell("echo begun; sleep 1000 & sleep 1000", 300ms);
  EXPECT_EQ(result.end, End::late);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "the process was not reaped";
  EXPECT_EQ(errno, ECHILD);
}

TEST(RunProcess, DoesNotWaitForAGrandchildThatHoldsThePipes) {
  const ProcessResult result = shell("sleep 1000 & echo gone");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.out, "gone\n");
}

TEST(RunProcess, KeepsTheBeginningOfTheOutputAndTheEndOfTheErrors) {
  const ProcessResult result = shell("yes begin | head -c 300000; yes end | head -c 300000 >&2; echo last >&2");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.out.size(), 64U * 1024);
  EXPECT_LE(result.err.size(), 4U * 1024);
  EXPECT_THAT(result.err, testing::EndsWith("last\n"));
}

TEST(RunProcess, CollectsTheOutputOfAProcessThatClosesTheOtherPipe) {
  const ProcessResult result = shell("exec 2>&-; sleep 0.05; echo out; exec >&-; sleep 0.05");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "");
}

TEST(RunProcess, StartsTheProgramWithDefaultSignals) {
  sigset_t previous;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  const ProcessResult result = shell("kill -TERM $$; echo alive");
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  EXPECT_EQ(result.end, End::by_signal);
  EXPECT_EQ(result.code, SIGTERM);
}

TEST(RunProcess, NamesAMissingProgramInTheError) {
  EXPECT_THAT(
      [] { (void)run_process("/nonexistent/program", {}, 1s); },
      testing::ThrowsMessage<StartupError>(testing::HasSubstr("cannot run /nonexistent/program: No such file")));
}

}  // namespace
}  // namespace cs
