// SPDX-License-Identifier: MIT
#include "webrtc/promise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/thread_role.hpp"
#include "gst/gstreamer.hpp"

namespace cs {
namespace {

using testing::ElementsAre;

/// Ends a promise with `end` and returns the error of each reported result.
std::vector<std::string> errors_after(void (*end)(GstPromise*)) {
  enter_thread(ThreadRole::main);
  static const GStreamer gstreamer({});
  using Errors = std::vector<std::string>;
  Metrics metrics;
  Loop loop(metrics);
  const auto owner = std::make_shared<Errors>();
  GstPromise* const promise = make_promise<Errors>(
      loop, owner, [](Errors& errors, const PromiseResult& result) { errors.push_back(result.error); });
  const auto held = retain(promise);  // as webrtcbin does during an operation
  end(promise);
  loop.post_result([&loop] { loop.quit(0); });  // runs after the result
  EXPECT_EQ(loop.run(), 0);
  return *owner;
}

TEST(Promise, ReplyReportsNoError) {
  EXPECT_THAT(errors_after([](GstPromise* promise) { gst_promise_reply(promise, nullptr); }), ElementsAre(""));
}

TEST(Promise, ExpiryReportsAnError) {
  EXPECT_THAT(errors_after(gst_promise_expire), ElementsAre(given_up().error));
  EXPECT_NE(given_up().error, "");
}

TEST(Promise, InterruptionReportsOneError) {
  EXPECT_THAT(errors_after(gst_promise_interrupt), ElementsAre(given_up().error));
  EXPECT_THAT(errors_after([](GstPromise* promise) {
                gst_promise_interrupt(promise);
                gst_promise_expire(promise);
              }),
              ElementsAre(given_up().error));
}

}  // namespace
}  // namespace cs
