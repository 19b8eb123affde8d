// SPDX-License-Identifier: MIT
#include "gst/pipeline.hpp"

#include <gtest/gtest.h>

#include "base/thread_role.hpp"
#include "gst/gstreamer.hpp"
#include "gst_faults.hpp"

namespace cs {
namespace {

TEST(FirstElement, FindsAnElementInABinThatChangesDuringTheSearch) {
  enter_thread(ThreadRole::main);
  const GStreamer gstreamer({});
  const auto bin = sink(gst_bin_new(nullptr));
  GstElement* const wanted = gst_element_factory_make("identity", nullptr);
  gst_bin_add(GST_BIN(bin.get()), wanted);
  EXPECT_EQ(first_element(bin.get(), "fakesink"), nullptr);
  bin_that_changes = GST_BIN(bin.get());
  EXPECT_EQ(first_element(bin.get(), "identity").get(), wanted);
  EXPECT_NE(first_element(bin.get(), "fakesink"), nullptr) << "nothing was added during the search";
}

}  // namespace
}  // namespace cs
