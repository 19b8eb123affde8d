// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gst/ref.hpp"

namespace cs {

/// A GstPipeline that runs on the monotonic clock with base time zero, so that a buffer's time stamp is the picture's
/// Clock time in nanoseconds, in every pipeline alike. Its bus is drained by the main loop. Destroying it stops its
/// threads and frees its elements. Main thread only.
class Pipeline {
 public:
  /// Both are called on the main thread and may destroy the pipeline.
  struct Handlers {
    std::function<void(const std::string& what)> on_error;
    std::function<void()> on_end;
  };

  /// `owner` is whose name GStreamer's own warnings appear under, such as "viewer 7".
  Pipeline(const std::string& owner, Handlers handlers);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// A new element in this pipeline, which owns it. Throws StartupError when its plug-in is not installed.
  GstElement* make(const char* factory, const char* name);

  /// Throws StartupError when the two cannot be linked.
  void link(GstElement* from, GstElement* to);

  /// To PLAYING. False when it failed at once; what was wrong arrives at on_error.
  [[nodiscard]] bool play();

  /// The first error that waits on the bus, in words, instead of on_error; empty: none does.
  [[nodiscard]] std::string take_error();

  /// Tells all elements the latency of the whole, once the last of them has its place.
  void settle_latency();

  [[nodiscard]] GstElement* get() const { return pipeline_.get(); }

 private:
  Ref<GstElement> pipeline_;
  std::shared_ptr<Handlers> handlers_;  // shared with a bus callback that is running
  unsigned watch_ = 0;
};

/// "element: what (details)" of an error message, on one line. Any thread.
[[nodiscard]] std::string describe_error(GstMessage* message);

/// An element of that factory inside `bin`, however deep; null: there is none. Any thread.
[[nodiscard]] Ref<GstElement> first_element(GstElement* bin, const char* factory);

}  // namespace cs
