// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/loop.hpp"
#include "gst/ref.hpp"

namespace cs {

/// What a GstPromise came to: `error` is empty when it went well; `description` is there after create-answer and
/// create-offer.
struct PromiseResult {
  std::string error;
  std::shared_ptr<GstWebRTCSessionDescription> description;
};

/// Of a promise that GStreamer dropped without a reply. Any thread.
[[nodiscard]] inline PromiseResult given_up() {
  return {.error = "GStreamer gave up", .description = nullptr};
}

/// A promise whose result comes home: `then(owner, result)` runs on the main thread, once, if the owner still exists.
/// Any thread.
template <typename Owner>
[[nodiscard]] GstPromise* make_promise(Loop& loop, std::weak_ptr<Owner> owner,
                                       std::function<void(Owner&, const PromiseResult&)> then);

/// Reads a replied promise. Any thread.
[[nodiscard]] PromiseResult read_promise(GstPromise* promise);

template <typename Owner>
GstPromise* make_promise(Loop& loop, std::weak_ptr<Owner> owner,
                         std::function<void(Owner&, const PromiseResult&)> then) {
  struct Call {
    Loop& loop;
    std::weak_ptr<Owner> owner;
    std::function<void(Owner&, const PromiseResult&)> then;
  };
  const auto on_change = [](GstPromise* raw, void* data) {
    // Both made by us, and this is their last use: a promise changes once, out of its pending state.
    const auto promise = adopt(raw);
    const std::unique_ptr<Call> call(static_cast<Call*>(data));
    const bool is_replied = gst_promise_wait(raw) == GST_PROMISE_RESULT_REPLIED;
    call->loop.post_result_to(call->owner, [then = call->then, result = is_replied ? read_promise(raw) : given_up()](
                                               Owner& alive) { then(alive, result); });
  };
  // Not by the function that GStreamer has for freeing: after an expiry 1.22 gives it a null pointer.
  return gst_promise_new_with_change_func(on_change, new Call{loop, std::move(owner), std::move(then)}, nullptr);
}

}  // namespace cs
