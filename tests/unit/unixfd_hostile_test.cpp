// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_session.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "fakes/unixfd_fixture.hpp"

namespace cs {
namespace {

using test::FakeUnixFdSink;
using testing::HasSubstr;

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

class UnixFdHostileTest : public test::UnixFdFixture {};

TEST_F(UnixFdHostileTest, BrokenFramesAreCountedAndTheLastPictureStays) {
  sink.caps(320, 180, "I420");
  sink.frame(1, kI420, 50);
  read();
  EXPECT_EQ(sink.released(), 1U);
  const Fd fd = FakeUnixFdSink::memory(kI420, 60);
  const Fd small = FakeUnixFdSink::memory(kI420 - 1, 60);
  std::array<int, 2> pipe{};
  ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const Fd from(pipe[0]);
  const Fd to(pipe[1]);
  const Fd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const std::uint64_t most = UINT64_MAX;
  const std::string whole = FakeUnixFdSink::buffer(7, {{kI420, 0}});
  expect_broken(whole, {small.get()}, "shorter than their caps say");
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420 - 1, 0}}), {fd.get()}, "shorter than their caps say");
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420, 1}}), {fd.get()}, "shorter than their caps say");
  expect_broken(FakeUnixFdSink::buffer(7, {{most, 0}}), {fd.get()}, "impossible offset");
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420, most - 5}}), {fd.get()}, "impossible offset");
  expect_broken(whole, {from.get()}, "no shared memory");
  expect_broken(whole, {file.get()}, "no shared memory");
  expect_broken(whole, {}, "with 0 file descriptors");
  expect_broken(whole, {fd.get(), fd.get()}, "with 2 file descriptors");
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420, 0}}, 1), {fd.get()}, "dmabuf");
  expect_broken(FakeUnixFdSink::buffer(7, {{kI420, 0}}, 200), {fd.get()}, "unknown kind");
  EXPECT_EQ(shown_luma(), 50);
  read();
  read();
  read();
  EXPECT_EQ(session.status(), "") << "the sentence goes when frames are whole again";
}

TEST_F(UnixFdHostileTest, CapsThatAreNotReadAreNamedAndTheirFramesGivenBack) {
  sink.caps("video/x-h264");
  sink.frame(3, 10, 0);
  read();
  EXPECT_EQ(sink.released(), 3U);
  EXPECT_THAT(session.status(), HasSubstr("sends no raw video"));
  sink.caps(320, 180, "I420");
  sink.frame(4, kI420, 70);
  read();
  EXPECT_EQ(session.status(), "");
  EXPECT_EQ(shown_luma(), 70);
}

TEST_F(UnixFdHostileTest, GarbageEndsIt) {
  sink.send_bytes("GET / HTTP/1.1\r\n\r\n");
  expect_end("Is it unixfdsink?");
}

TEST_F(UnixFdHostileTest, APayloadThatIsTooLargeEndsIt) {
  sink.send(FakeUnixFdSink::kCaps, "x", {}, 65'537);
  expect_end("65537 bytes; the limit is 65536");
}

TEST_F(UnixFdHostileTest, CapsWithoutAnEndEndIt) {
  sink.send(FakeUnixFdSink::kCaps, "video/x-raw");
  expect_end("no text");
}

TEST_F(UnixFdHostileTest, ABufferThatIsTooShortEndsIt) {
  sink.send(FakeUnixFdSink::kNewBuffer, std::string(55, '\1'));
  expect_end("too short");
}

TEST_F(UnixFdHostileTest, ACommandOfAReceiverEndsIt) {
  sink.send(1, std::string(8, '\0'));
  expect_end("only a receiver sends");
}

TEST_F(UnixFdHostileTest, ChangingCapsAllTheTimeEndsIt) {
  for (int i = 0; i < 20; ++i) sink.caps(320, 180, "I420");
  expect_end("changes its caps");
}

TEST_F(UnixFdHostileTest, DescriptorsAreAlwaysClosed) {
  const Fd fd = FakeUnixFdSink::memory(kI420, 60);
  const std::size_t before = open_descriptors();
  sink.send(FakeUnixFdSink::kCaps, std::string("NULL\0", 5), {fd.get(), fd.get()});
  sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(1, {{kI420, 0}}), {fd.get()});
  sink.send(99, "", std::vector<int>(16, fd.get()));
  read();
  sink.caps(320, 180, "I420");
  sink.frame(2, kI420, 60);
  read();
  EXPECT_EQ(open_descriptors(), before);
  sink.send(99, "", std::vector<int>(40, fd.get()));
  expect_end("more than 16 file descriptors");
}

TEST_F(UnixFdHostileTest, ASenderThatIsTooFastHasToWait) {
  sink.caps(320, 180, "I420");
  std::size_t sent = 0;
  for (int i = 0; i < 1000; ++i) {
    while (sink.try_send(99, "")) ++sent;
    EXPECT_EQ(session.read(now), "");
  }
  EXPECT_LT(sent, 10'000U) << "64,000 commands could be read";
  EXPECT_EQ(session.fd(), -1) << "it is not polled";
  EXPECT_EQ(session.read(now + std::chrono::seconds(1)), "");
  EXPECT_GE(session.fd(), 0);
}

TEST_F(UnixFdHostileTest, ASenderThatDoesNotReadIsEnded) {
  sink.caps(320, 180, "I420");
  std::string end;
  for (int i = 0; i < 100'000 && end.empty(); ++i) {
    sink.send(FakeUnixFdSink::kNewBuffer, FakeUnixFdSink::buffer(1, {{kI420, 0}}));
    end = session.read(later());
  }
  EXPECT_THAT(end, HasSubstr("does not take its buffers back"));
}

}  // namespace
}  // namespace cs
