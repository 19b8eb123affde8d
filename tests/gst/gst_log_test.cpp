// SPDX-License-Identifier: MIT
// GStreamer's warnings in the server's log.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "fakes/line.hpp"
#include "gst/pipeline.hpp"

namespace cs {
namespace {

int occurrences(std::string_view text, std::string_view of) {
  int count = 0;
  for (auto at = text.find(of); at != text.npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

void warn(GstElement* element, int times) {
  for (int i = 0; i < times; ++i) GST_CAT_WARNING_OBJECT(GST_CAT_DEFAULT, element, "too much");
}

TEST(GstLog, LimitsWarningsPerPipelineAndCategoryAndCountsTheRest) {
  start_gstreamer();
  GstDebugCategory* const other_category = _gst_debug_category_new("other", 0, "");
  testing::internal::CaptureStderr();
  {
    Pipeline one("viewer 1", {.on_error = [](const std::string&) {}, .on_end = [] {}});
    Pipeline two("viewer 2", {.on_error = [](const std::string&) {}, .on_end = [] {}});
    GstElement* const noisy = one.make("identity", "noisy");
    warn(noisy, 1000);
    warn(two.make("identity", "other"), 1);
    GST_CAT_WARNING_OBJECT(other_category, noisy, "of another kind");
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_GE(occurrences(log, "[viewer 1] [warning] default noisy: too much"), 20) << log;
  EXPECT_LE(occurrences(log, "noisy: too much"), 30) << "a slow machine gets more than one refill";
  EXPECT_EQ(occurrences(log, "[viewer 2] [warning] default other: too much"), 1) << log;
  EXPECT_EQ(occurrences(log, "noisy: of another kind"), 1) << log;
  EXPECT_EQ(occurrences(log, "[viewer 1] [warning] 9"), 1) << "the number of suppressed lines: " << log;
}

}  // namespace
}  // namespace cs
