// SPDX-License-Identifier: MIT
#include "gst/plugins_in_use.hpp"

#include <gtest/gtest.h>

#include "gst/gstreamer.hpp"

namespace cs {
namespace {

TEST(PluginsInUse, OtherElementsCannotBeCreatedAfterwards) {
  const GStreamer gstreamer({});
  ASSERT_TRUE(has_element("filesrc"));
  ASSERT_TRUE(has_element("videotestsrc"));
  EXPECT_GT(forget_other_plugins({.elements = {"x264enc", "appsrc", "fakesrc"}, .plugins = {"jpeg"}}), 0);
  for (const char* gone :
       {"filesrc", "filesink", "fdsrc", "typefind", "videotestsrc", "vp8enc", "decodebin", "playbin"})
    EXPECT_FALSE(has_element(gone)) << gone;
  for (const char* kept : {"x264enc", "appsrc", "appsink", "fakesrc", "jpegenc", "webrtcbin", "rtpbin", "nicesink",
                           "dtlssrtpenc", "srtpenc", "sctpenc", "queue", "funnel", "pipeline", "bin"})
    EXPECT_TRUE(has_element(kept)) << kept;
}

}  // namespace
}  // namespace cs
