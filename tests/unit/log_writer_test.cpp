// SPDX-License-Identifier: MIT
#include "log/log_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "base/fd.hpp"
#include "cubestream/clock.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

std::string lost_line(std::int64_t count) {
  return "lost " + std::to_string(count) + "\n";
}

/// A pipe of 4 KB; the test is the reader.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends = {};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
    fcntl(writer.get(), F_SETPIPE_SZ, 4096);
  }
  std::string read_line() {
    std::string line;
    for (char c = 0; c != '\n'; line += c)
      if (read(reader.get(), &c, 1) != 1) return line;
    return line;
  }
  Fd reader;
  Fd writer;
};

std::string line_of(int number) {
  return "line " + std::to_string(number) + " " + std::string(80, '.') + "\n";
}

TEST(LogWriter, WritesLinesInOrder) {
  Pipe pipe;
  LogWriter writer(pipe.writer.get(), lost_line, {});
  for (int i = 0; i < 1000; ++i) writer.write(line_of(i));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(pipe.read_line(), line_of(i));
}

TEST(LogWriter, DropsAndCountsLinesWhenTheReaderStops) {
  Pipe pipe;
  Metrics metrics;
  Metric& drops = metrics.get("drops");
  LogWriter writer(pipe.writer.get(), lost_line, {.lines = 100});
  writer.count_drops_in(&drops);
  int written = 0;
  while (drops.value() < 50) writer.write(line_of(written++));  // the test does not read yet
  EXPECT_LT(written, 300) << "the queue and the pipe hold fewer lines, plus 50 dropped ones";
  int received = 0;
  int lost = 0;
  for (int last = -1; received + lost < written;) {
    int number = 0;
    const std::string line = pipe.read_line();
    if (std::sscanf(line.c_str(), "lost %d", &number) == 1) {
      lost += number;
    } else {
      ASSERT_EQ(std::sscanf(line.c_str(), "line %d", &number), 1) << line;
      ASSERT_GT(number, last);
      last = number;
      ++received;
    }
  }
  EXPECT_EQ(lost, drops.value());
  writer.write("next line\n");
  EXPECT_EQ(pipe.read_line(), "next line\n");
}

TEST(LogWriter, LimitsTheBytesToo) {
  Pipe pipe;
  Metrics metrics;
  Metric& drops = metrics.get("drops");
  LogWriter writer(pipe.writer.get(), lost_line, {.lines = 100, .bytes = 10'000});
  writer.count_drops_in(&drops);
  std::string large(10'000, 'x');
  large.back() = '\n';
  writer.write(large);
  writer.write("one more\n");
  EXPECT_EQ(drops.value(), 1);
  EXPECT_EQ(pipe.read_line().size(), 10'000U);
}

TEST(LogWriter, ItsDestructorWaitsForQueuedLines) {
  Pipe pipe;
  {
    LogWriter writer(pipe.writer.get(), lost_line, {});
    for (int i = 0; i < 10; ++i) writer.write(line_of(i));
  }
  pipe.writer = Fd();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pipe.read_line(), line_of(i));
  EXPECT_EQ(pipe.read_line(), "");
}

TEST(LogWriter, ItsDestructorDoesNotWaitForAReaderThatStopped) {
  Pipe pipe;
  {
    LogWriter writer(pipe.writer.get(), lost_line, {.flush = 50ms});
    for (int i = 0; i < 1000; ++i) writer.write(line_of(i));
  }
  // The destructor returned although most lines are not read. The abandoned thread ends when all are written.
  EXPECT_EQ(pipe.read_line(), line_of(0));
  for (int i = 1; i < 1000; ++i) ASSERT_EQ(pipe.read_line(), line_of(i));
}

}  // namespace
}  // namespace cs
