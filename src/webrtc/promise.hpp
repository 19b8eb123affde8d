// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gst/ref.hpp"
#include "loop/loop.hpp"

namespace cs {

/// Result of a GstPromise. `error` is empty on success; `description` is set after create-answer and create-offer.
struct PromiseResult {
  std::string error;
  std::shared_ptr<GstWebRTCSessionDescription> description;
};

/// Result of a promise that GStreamer dropped without a reply. Any thread.
[[nodiscard]] inline PromiseResult given_up() {
  return {.error = "GStreamer dropped the request without a reply", .description = nullptr};
}

/// Creates a promise. When it changes, `then(owner, result)` runs once on the main thread if the owner still exists.
/// Any thread.
template <typename Owner>
[[nodiscard]] GstPromise* make_promise(Loop& loop, std::weak_ptr<Owner> owner,
                                       std::function<void(Owner&, const PromiseResult&)> then);

/// Reads the reply of a promise. Any thread.
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
    // A promise leaves its pending state once, so this callback owns both objects and releases them.
    const auto promise = adopt(raw);
    const std::unique_ptr<Call> call(static_cast<Call*>(data));
    const bool is_replied = gst_promise_wait(raw) == GST_PROMISE_RESULT_REPLIED;
    call->loop.post_result_to(call->owner, [then = call->then, result = is_replied ? read_promise(raw) : given_up()](
                                               Owner& alive) { then(alive, result); });
  };
  // No GDestroyNotify: GStreamer 1.22 calls it with a null pointer after the promise expired.
  return gst_promise_new_with_change_func(on_change, new Call{loop, std::move(owner), std::move(then)}, nullptr);
}

}  // namespace cs
