// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/viewer_fixture.hpp"

namespace cs {
namespace {

class ViewerEncoderTest : public ViewerTest {};

TEST_F(ViewerEncoderTest, FailedEncoderIsRestartedAndTheViewerStays) {
  join();
  connect_peer();
  watch(5);
  auto element = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "encode"));
  GST_ELEMENT_ERROR(element.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the error");
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  EXPECT_EQ(line->metric("encoders_running"), 1);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerEncoderTest, ASceneOfAnotherSizeContinuesInTheSameSession) {
  join();
  connect_peer();
  watch(5);
  for (const Size size : {Size{640, 480}, Size{160, 240}, Size{320, 240}}) {
    line->renderer.resize(size);
    line->run_until([&] { return peer->frame_size() == size; }, "frames of the new size");
    watch(5);
  }
  EXPECT_EQ(line->metric("viewers"), 1);
  EXPECT_EQ(line->metric("encoders_running"), 1);
  EXPECT_EQ(line->metric("encoder_errors_total"), 0);
  EXPECT_THAT(answers, testing::SizeIs(1)) << "it negotiated again";
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerEncoderTest, EncoderThatEndsUnexpectedlyIsRestarted) {
  join();
  connect_peer();
  watch(5);
  gst_element_send_event(line->h264.encoder.encoder()->pipeline(), gst_event_new_eos());
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the end");
  watch(10);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerEncoderTest, RepeatedlyFailingEncoderIsReplacedAndFinallyReportedAsError) {
  join();
  connect_peer();
  watch(2);
  EXPECT_EQ(line->h264.encoder.row().factory, "x264enc");
  const auto fail_once = [&](std::int64_t so_far) {
    auto element = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "encode"));
    GST_ELEMENT_ERROR(element.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
    line->run_until([&] { return line->metric("encoder_errors_total") == so_far; }, "the error");
  };
  fail_once(1);
  fail_once(2);
  EXPECT_EQ(line->h264.encoder.row().factory, "openh264enc");
  watch(5);
  fail_once(3);
  fail_once(4);
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "no-pictures");
  EXPECT_EQ(line->metric("encoder_restarts_total"), 3);
  EXPECT_EQ(line->metrics.get("encoder_gave_up", {{"codec", "H264"}}).value(), 1);
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "no-pictures"}}).value(), 1);
}

}  // namespace
}  // namespace cs
