// SPDX-License-Identifier: MIT
#include "process/memory_trim.hpp"

#include <malloc.h>

#include <chrono>

#include "cubestream/clock.hpp"
#include "log/log.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kInterval{10};
constexpr int kRepeats = 3;  // dependent objects, such as the encoder, are freed later

}  // namespace

void MemoryTrim::freed() {
  remaining_ = kRepeats;
  if (!timer_) schedule();
}

void MemoryTrim::schedule() {
  timer_ = std::make_unique<Timer>(kInterval, Timer::Repeat::once, [this] {
    const TimePoint began = Clock::now();
    malloc_trim(0);
    make_log("main")->debug("returned freed memory to the system in {:.1f} ms",
                            std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    if (--remaining_ > 0) return schedule();
    timer_.reset();
  });
}

}  // namespace cs
