// SPDX-License-Identifier: MIT
// The muxer and its segments: what a truncated file holds, a disk that hangs, and the change to a new file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/recorder_fixture.hpp"
#include "loop/wakeup.hpp"
#include "record/mux.hpp"
#include "record/recorder_sink.hpp"
#include "record/segment.hpp"

using namespace std::chrono_literals;
using testing::SizeIs;

namespace cs {
namespace {

/// Passes the muxer's output to a function.
class WriteTo final : public Mux::Output {
 public:
  using Write = std::function<void(std::uint64_t offset, std::span<const std::byte> bytes)>;

  explicit WriteTo(Write write) : write_(std::move(write)) {}

 private:
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override { write_(offset, bytes); }
  void on_end() override {}
  void on_error(const std::string& what) override { ADD_FAILURE() << what; }

  const Write write_;
};

/// Counts complete segments.
struct EndCounter final : Segment::Observer {
  void on_end(Segment& /*segment*/) override { ++ended; }
  void on_error(Segment& /*segment*/, const StoreFailure& failure) override { ADD_FAILURE() << failure.sentence; }

  int ended = 0;
};

/// Tests of the muxer alone, with access units of a real stream.
class MuxTest : public RecorderTest {
 protected:
  /// Encodes `count` access units with the named encoder; the first is a keyframe.
  std::vector<AccessUnit> encode(std::string_view encoder, std::size_t count) {
    FrameDistributor frames(1, demand, line->metrics);
    Demand stream_demand;
    std::mutex mutex;
    std::vector<AccessUnit> units;
    StreamEncoder stream({.stream = kStream, .candidates = candidate_encoders(encoder, kStream)}, stream_demand,
                         {.on_unit =
                              [&](const AccessUnit& unit) {
                                const std::lock_guard lock(mutex);
                                units.push_back(unit);
                              },
                          .on_failed = [](const std::string& why) { ADD_FAILURE() << why; }},
                         frames, line->loop, line->metrics);
    {
      stream_demand.set(Demand::Level::live);
      const FakeRenderer renderer(frames, demand, kAheadOfTimePace);
      line->run_until(
          [&] {
            const std::lock_guard lock(mutex);
            return units.size() >= count;
          },
          "units");
    }
    stream_demand.set(Demand::Level::none);
    units.resize(count);
    // Exactly 30 a second.
    for (std::size_t i = 0; i < count; ++i) units[i].captured_at = TimePoint(1h) + i * 33'333'333ns;
    return units;
  }

  static constexpr Stream kStream{.codec = Codec::h264, .format = {.size = {320, 240}, .fps = 30}, .bitrate_kbps = 800};
  Demand demand;
};

TEST_F(MuxTest, ATruncatedFileLosesOnlyTheLastFragment) {
  const auto units = encode("auto", 90);
  std::mutex mutex;
  std::string written;
  WriteTo output([&](std::uint64_t offset, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    written.resize(std::max<std::size_t>(written.size(), offset + bytes.size()));
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(written)).subspan(offset).begin());
  });
  Mux mux("test", kStream, output, line->loop);
  const auto playable = [&] {
    {
      const std::lock_guard lock(mutex);
      if (written.find("moov") == std::string::npos) return 0;
      std::ofstream(directory / "cut.mp4", std::ios::binary) << written;
    }
    return contents_of(directory / "cut.mp4").frames;
  };
  // At most 250 ms and two frames may be lost, rounded up to whole frames.
  constexpr int kMostLost = 8 + 2;
  int pushed = 0;
  for (const AccessUnit& unit : units) {
    mux.push(unit);
    if (++pushed % 30 == 0)
      line->run_until([&] { return playable() >= pushed - kMostLost; }, "the frames that may not be lost");
  }
}

TEST_F(MuxTest, AHangingDiskDoesNotBlockAndTheQueueIsBounded) {
  const auto units = encode("auto", 30);
  std::binary_semaphore disk(0);
  WriteTo output([&](std::uint64_t, std::span<const std::byte>) {
    disk.acquire();
    disk.release();
  });
  Mux mux("test", kStream, output, line->loop);
  mux.push(units[0]);
  std::size_t bytes = 0;
  for (std::size_t i = 1; mux.has_room(); ++i) {
    AccessUnit unit = units[i % 29 + 1];
    unit.captured_at = units[0].captured_at + i * 33ms;
    mux.push(unit);
    bytes += unit.data.size();
    ASSERT_LT(bytes, 40'000'000U) << "the queue is not bounded";
  }
  disk.release();
  line->run_until([&] { return mux.has_room(); }, "space in the queue");
}

/// LeakSanitizer checks that the muxer releases its access units.
TEST_F(MuxTest, MayBeDestroyedDuringAnyWrite) {
  const auto units = encode("auto", 24);  // three fragments
  int writes = 0;
  int stop_at = 0;
  std::binary_semaphore reached(0);
  WriteTo output([&](std::uint64_t, std::span<const std::byte>) {
    if (++writes != stop_at) return;
    reached.release();
    std::this_thread::sleep_for(10ms);  // so that ~Mux has begun
  });
  const auto start = [&] {
    writes = 0;
    auto mux = std::make_unique<Mux>("test", kStream, output, line->loop);
    for (const AccessUnit& unit : units) mux->push(unit);
    mux->finish();
    return mux;
  };
  ASSERT_TRUE(start()->wait_for_end(60s));
  const int all_writes = writes;
  for (stop_at = 1; stop_at <= all_writes; ++stop_at) {
    auto mux = start();
    reached.acquire();
    mux.reset();
  }
}

TEST_F(MuxTest, TheStreamOfAnotherEncoderBeginsANewFile) {
  store.emplace(Store::Config{directory, 1'000'000'000}, line->metrics);
  EndCounter ends;
  const auto segment = [&] {
    return std::make_unique<Segment>("test", FileKind::segment, kStream, *store, ends, line->loop, line->metrics);
  };
  int changes = 0;
  const Wakeup changed([&] { ++changes; });
  RecorderSink sink(
      {.length = 1h, .bytes = 1'000'000'000}, [] {}, changed, line->metrics);
  EXPECT_FALSE(sink.has_room()) << "no segment was set yet";
  EXPECT_EQ(line->metric("recording_frames_skipped_total"), 1);
  sink.stand_by(segment());
  EXPECT_TRUE(sink.has_room());
  const auto push = [&](const AccessUnit& unit) {
    sink.push(unit);
    while (g_main_context_iteration(nullptr, FALSE) != FALSE) {
    }  // several wakes before a turn of the loop would count as one
  };
  for (const AccessUnit& unit : encode("x264enc", 20)) push(unit);
  EXPECT_TRUE(sink.wants_next());
  sink.stand_by(segment());
  for (const AccessUnit& unit : encode("openh264enc", 20)) push(unit);
  EXPECT_EQ(changes, 2);
  auto replaced = sink.collect();
  ASSERT_THAT(replaced, SizeIs(1));
  const auto last = sink.finish();
  line->run_until([&] { return ends.ended == 2; }, "both ends");
  for (const auto& path : files()) EXPECT_EQ(contents_of(path).frames, 20);
  EXPECT_THAT(files(), SizeIs(2));
}

}  // namespace
}  // namespace cs
