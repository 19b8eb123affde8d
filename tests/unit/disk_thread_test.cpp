// SPDX-License-Identifier: MIT
#include "loop/disk_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace cs {
namespace {

TEST(DiskThread, RunsAllJobsInOrderBeforeItIsDestroyed) {
  std::vector<int> order;
  {
    DiskThread disk("disk", 60s);
    for (int i = 0; i < 100; ++i) disk.post([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(DiskThread, ReportsHowLongTheDiskHasNotAnswered) {
  std::binary_semaphore answers{0};
  std::binary_semaphore answered{0};
  std::binary_semaphore may_end{0};
  DiskThread disk("disk", 60s);
  EXPECT_EQ(disk.busy_for(), 0ms);
  disk.post([&] {
    DiskThread::call([&] { answers.acquire(); });
    answered.release();
    may_end.acquire();
  });
  while (disk.busy_for() < 5ms) std::this_thread::yield();
  answers.release();
  answered.acquire();
  EXPECT_EQ(disk.busy_for(), 0ms) << "the job still runs, but does not wait for the disk";
  may_end.release();
}

TEST(DiskThread, ItsDestructorAbandonsAHangingThreadThatThenRunsNothing) {
  // Static: everything that a hanging call uses must outlive the test.
  static std::binary_semaphore answers{0};
  static std::binary_semaphore called{0};
  static std::atomic<bool> came_back = false;
  static std::atomic<bool> ran_next = false;
  {
    std::optional<DiskThread> disk(std::in_place, "disk", 20ms);
    disk->post([] {
      DiskThread::call([] {
        called.release();
        answers.acquire();
      });
      came_back = true;
    });
    disk->post([] { ran_next = true; });
    called.acquire();
  }
  answers.release();
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(came_back);
  EXPECT_FALSE(ran_next);
}

TEST(DiskThread, ACallReturnsItsResultAndErrnoOnAnyThread) {
  const auto fails = [] {
    return DiskThread::call([] {
      errno = ENOSPC;
      return -1;
    });
  };
  EXPECT_EQ(fails(), -1);
  EXPECT_EQ(errno, ENOSPC);
  std::binary_semaphore done{0};
  int error = 0;
  DiskThread disk("disk", 60s);
  disk.post([&] {
    if (fails() == -1) error = errno;
    done.release();
  });
  done.acquire();
  EXPECT_EQ(error, ENOSPC);
}

}  // namespace
}  // namespace cs
