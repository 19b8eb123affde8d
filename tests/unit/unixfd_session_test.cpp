// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_session.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "fakes/unixfd_fixture.hpp"

namespace cs {
namespace {

using test::FakeUnixFdSink;
using testing::HasSubstr;
using testing::StartsWith;

class UnixFdSessionTest : public test::UnixFdFixture {};

TEST_F(UnixFdSessionTest, AFrameIsShownAndGivenBack) {
  sink.caps(320, 180, "I420");
  sink.frame(7, kI420, 200);
  read();
  EXPECT_EQ(sink.released(), 7U);
  EXPECT_EQ(shown_luma(), 200);
  EXPECT_TRUE(session.has_shown());
  EXPECT_EQ(session.status(), "");
  EXPECT_THAT(session.process(), StartsWith("process " + std::to_string(getpid())));
}

TEST_F(UnixFdSessionTest, EachFormatIsConverted) {
  struct {
    const char* format;
    std::size_t bytes;
    int luma;  // of bytes of 255, or of 128 for YUV
  } const cases[] = {{"I420", kI420, 128},         {"NV12", kI420, 128},         {"RGBA", 320 * 180 * 4, 235},
                     {"RGBx", 320 * 180 * 4, 235}, {"BGRA", 320 * 180 * 4, 235}, {"BGRx", 320 * 180 * 4, 235},
                     {"RGB", 320 * 180 * 3, 235}};
  for (const auto& [format, bytes, luma] : cases) {
    sink.caps(320, 180, format);
    sink.frame(7, bytes, luma == 128 ? 128 : 255);
    read();
    EXPECT_EQ(sink.released(), 7U);
    EXPECT_EQ(shown_luma(), luma) << format;
  }
}

TEST_F(UnixFdSessionTest, AFrameMayHaveSeveralMemoriesWithOffsets) {
  sink.caps(320, 180, "I420");
  const Fd luma = FakeUnixFdSink::memory(5000 + 320 * 180, 90);
  const Fd chroma = FakeUnixFdSink::memory(320 * 90, 128);
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(7, {{320 * 180, 5000}, {320 * 90, 0}}),
            {luma.get(), chroma.get()});
  read();
  EXPECT_EQ(session.status(), "");
  EXPECT_EQ(shown_luma(), 90);
}

TEST_F(UnixFdSessionTest, OddStridesAreThoseOfGStreamer) {
  sink.caps(66, 64, "RGB");
  std::string pixels(200 * 64, '\xff');
  for (std::size_t row = 0; row < 64; ++row) pixels.replace(row * 200 + 198, 2, std::string(2, '\0'));  // padding
  const Fd fd(memfd_create("frame", MFD_CLOEXEC));
  ASSERT_EQ(pwrite(fd.get(), pixels.data(), pixels.size(), 0), static_cast<ssize_t>(pixels.size()));
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(7, {{pixels.size(), 0}}), {fd.get()});
  read();
  EXPECT_EQ(picture.size(), (Size{66, 64}));
  picture.deliver(false, Clock::now());
  for (const std::size_t x : {0U, 32U, 65U}) EXPECT_EQ(out.luma(x, 32), 235) << x;
}

TEST_F(UnixFdSessionTest, OtherColoursBecomeThoseOfTheStream) {
  // Green in BT.709: Y 173, Cb 42, Cr 26. In BT.601 its luma is 145.
  sink.caps(320, 180, "I420", ", colorimetry=(string)bt709");
  const Fd luma = FakeUnixFdSink::memory(320 * 180, 173);
  const Fd cb = FakeUnixFdSink::memory(160 * 90, 42);
  const Fd cr = FakeUnixFdSink::memory(160 * 90, 26);
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(7, {{320 * 180, 0}, {160 * 90, 0}, {160 * 90, 0}}),
            {luma.get(), cb.get(), cr.get()});
  read();
  EXPECT_NEAR(shown_luma(), 145, 2);
  sink.caps(320, 180, "NV12", ", colorimetry=(string)1:4:0:0");  // full range
  sink.frame(8, kI420, 255);
  read();
  EXPECT_NE(shown_luma(), 255);
}

TEST_F(UnixFdSessionTest, OfSeveralFramesTheNewestIsShownAndAllAreGivenBack) {
  sink.caps(320, 180, "I420");
  for (const unsigned id : {1U, 2U, 3U}) sink.frame(id, kI420, static_cast<unsigned char>(50 * id));
  read();
  for (const unsigned id : {1U, 2U, 3U}) EXPECT_EQ(sink.released(), id);
  EXPECT_EQ(shown_luma(), 150);
  EXPECT_EQ(dropped("newer-frame"), 2);
  EXPECT_EQ(metrics.total("producer_frames_total"), 1);
}

TEST_F(UnixFdSessionTest, FramesAreCopiedNoMoreOftenThanTheStreamNeeds) {
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  read();
  sink.frame(2, kI420, 100);
  EXPECT_EQ(session.read(now + std::chrono::milliseconds(5)), "");
  EXPECT_EQ(shown_luma(), 100) << "one may come early";
  sink.frame(3, kI420, 150);
  EXPECT_EQ(session.read(now + std::chrono::milliseconds(10)), "");
  EXPECT_EQ(shown_luma(), 100);
  EXPECT_EQ(session.read(now + std::chrono::milliseconds(33)), "");
  EXPECT_EQ(shown_luma(), 150);
}

TEST_F(UnixFdSessionTest, WithoutViewersOnlyTheFirstFrameIsRead) {
  session.set_demand(false, 30);
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  read();
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(2, {{kI420, 0}}), {});  // nothing to read
  read();
  for (const unsigned id : {1U, 2U}) EXPECT_EQ(sink.released(), id);
  EXPECT_EQ(shown_luma(), 50);
  EXPECT_EQ(dropped("no-viewers"), 1);
  EXPECT_EQ(session.status(), "");
}

TEST_F(UnixFdSessionTest, AnEqualFrameIsUnchanged) {
  sink.caps(320, 180, "I420");
  for (int i = 0; i < 2; ++i) {
    sink.frame(1, kI420, 50);
    read();
  }
  EXPECT_EQ(metrics.total("producer_frames_unchanged_total"), 1);
}

TEST_F(UnixFdSessionTest, MetadataAreSkippedUnlessTheyMoveTheRows) {
  sink.caps(320, 180, "I420");
  const Fd fd = FakeUnixFdSink::memory(kI420 + 4096, 60);
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(7, {{kI420, 0}}, 0, "\x10 GstVideoMeta"), {fd.get()});
  read();
  EXPECT_EQ(sink.released(), 7U);
  EXPECT_EQ(shown_luma(), 60);
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420 + 4096, 0}}, 0, "\x10 GstVideoMeta"), {fd.get()},
                "rows or planes of its own");
}

TEST_F(UnixFdSessionTest, AnotherSizeReplacesFramesOfTheOldOne) {
  sink.caps("NULL");
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  sink.caps(640, 360, "I420");
  sink.frame(2, 4 * kI420, 90);
  read();
  for (const unsigned id : {1U, 2U}) EXPECT_EQ(sink.released(), id);
  EXPECT_EQ(picture.size(), (Size{640, 360}));
  EXPECT_EQ(dropped("old-size"), 1);
}

// The element may end between the reading of a frame and its return.
TEST_F(UnixFdSessionTest, ASenderThatIsGoneHasEnded) {
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  sink.stop_reading();
  read();
  sink.close();
  EXPECT_EQ(session.read(now), kProducerEnded);
}

TEST_F(UnixFdSessionTest, AfterEosItWaitsForMore) {
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  sink.send(FakeUnixFdSink::kEos, "");
  read();
  EXPECT_EQ(shown_luma(), 50);
  EXPECT_THAT(session.status(), HasSubstr("has ended; waiting for the program that draws"));
  EXPECT_FALSE(session.has_shown());
  sink.frame(2, kI420, 60);
  read();
  EXPECT_EQ(session.status(), "");
  EXPECT_TRUE(session.has_shown());
}

TEST_F(UnixFdSessionTest, TheLastFrameBeforeTheEndIsShown) {
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  read();
  sink.frame(2, kI420, 60);
  sink.close();
  EXPECT_EQ(session.read(now), kProducerEnded);
  EXPECT_EQ(shown_luma(), 60);
}

TEST_F(UnixFdSessionTest, CommandsMayComeInPiecesAndUnknownOnesAreSkipped) {
  sink.send(77, "something new");
  for (const char c : std::string("\2\0\0\0\5\0\0\0NULL\0", 13)) {
    sink.send_bytes(std::string(1, c));
    read();
  }
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  read();
  EXPECT_EQ(shown_luma(), 50);
}

}  // namespace
}  // namespace cs
