// SPDX-License-Identifier: MIT
#include "session/disconnect_reason.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cubestream/error_codes.hpp"

#include <chrono>

using namespace std::chrono_literals;

namespace cs {
namespace {

TEST(Disconnect, LineListsAllFigures) {
  const TimePoint now = Clock::now();
  const ViewerFigures figures{
      .client = 7,
      .codec = Codec::vp8,
      .state = ViewerState::connected,
      .since = now - 12340ms,
      .connected_after = 41ms,
      .bytes = 3400000,
      .packets = 4000,
      .pictures = 360,
      .pictures_skipped = 3,
      .bytes_per_second = 1,
      .reception = Reception{.round_trip_s = 0.0213, .loss = 0, .packets_lost = 20, .jitter_s = 0.004}};
  EXPECT_EQ(
      leave_line(leave_reason("closed"), "closed by the client, 1000", "192.0.2.1", figures, now),
      "left (closed): closed by the client, 1000; from 192.0.2.1, VP8, 12.3 s, connected after 41 ms, 3400000 bytes "
      "in 4000 packets, 360 pictures sent and 3 skipped, 20 packets lost (0.50 %), round trip 21.3 ms, jitter 4.0 ms");
}

TEST(Disconnect, LineSaysHowLongTheNetworkWasTooSlow) {
  const ViewerFigures figures{
      .since = Clock::now(), .connected_after = 0ms, .moves_down = 2, .moves_up = 1, .limited_s = 41.6};
  EXPECT_THAT(
      leave_line(leave_reason("closed"), "gone", "::1", figures, Clock::now()),
      testing::HasSubstr("0 skipped, limited by its network for 42 s (2 moves down, 1 up), no receiver report"));
}

TEST(Disconnect, LineSaysWhichFiguresAreUnknown) {
  const TimePoint now = Clock::now();
  ViewerFigures figures{.since = now - 10s};
  EXPECT_EQ(leave_line(leave_reason("not-connected"), "UDP seems blocked", "::1", figures, now),
            "left (not-connected): UDP seems blocked; from ::1, H264, 10.0 s, never connected");
  figures.connected_after = 0ms;
  EXPECT_TRUE(leave_line(leave_reason("vanished"), "gone", "::1", figures, now).ends_with("no receiver report"));
  figures.reception = Reception{};
  EXPECT_TRUE(leave_line(leave_reason("vanished"), "gone", "::1", figures, now)
                  .ends_with("0 packets lost (0.00 %), round trip unknown, jitter 0.0 ms"));
}

TEST(Disconnect, UnknownReasonBecomesServerError) {
  for (const DisconnectReason& row : kLeaveReasons) EXPECT_EQ(leave_reason(row.word).word, row.word);
  EXPECT_EQ(leave_reason("what a client says").word, "server-error");
}

TEST(Disconnect, EachErrorCodeOfASessionIsAReason) {
  for (const ErrorCode& row : kErrorCodes)
    if (row.of == ErrorCode::Of::session) {
      EXPECT_EQ(leave_reason(row.code).word, row.code);
    }
}

}  // namespace
}  // namespace cs
