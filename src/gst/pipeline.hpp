// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gst/ref.hpp"

namespace cs {

/// A GstPipeline that runs on the monotonic clock with base time zero. So in every pipeline a buffer's time stamp is
/// the Clock time of its frame in nanoseconds. The main loop drains its bus. The destructor stops the pipeline's
/// threads and frees its elements. Main thread only.
class Pipeline {
 public:
  /// Both are called on the main thread and may destroy the pipeline.
  struct Handlers {
    std::function<void(const std::string& what)> on_error;
    std::function<void()> on_end;
  };

  /// `owner`: log name for GStreamer's own warnings, such as "viewer 7".
  Pipeline(const std::string& owner, Handlers handlers);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Creates an element in this pipeline, which owns it. Throws StartupError if its plug-in is not installed.
  GstElement* make(const char* factory, const char* name);

  /// Links two elements. Throws StartupError on failure.
  void link(GstElement* from, GstElement* to);

  /// Sets the state to PLAYING. False: it failed immediately, and on_error reports the reason.
  [[nodiscard]] bool play();

  /// Takes the first error from the bus and describes it, instead of on_error; empty: there is none.
  [[nodiscard]] std::string take_error();

  /// Distributes the latency of the pipeline to all elements. Call it after the last element was added.
  void settle_latency();

  [[nodiscard]] GstElement* get() const { return pipeline_.get(); }

 private:
  Ref<GstElement> pipeline_;
  std::shared_ptr<Handlers> handlers_;  // shared with a bus callback that is running
  unsigned watch_ = 0;
};

/// Formats an error message as "element: error (details)", on one line. Any thread.
[[nodiscard]] std::string describe_error(GstMessage* message);

/// The first element of that factory in `bin`, searched recursively; null: there is none. Any thread.
[[nodiscard]] Ref<GstElement> first_element(GstElement* bin, const char* factory);

}  // namespace cs
