// SPDX-License-Identifier: MIT
#include "gst/pipeline.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "gst/gst_log.hpp"
#include "loop/guarded.hpp"

namespace cs {
std::string describe_error(GstMessage* message) {
  GError* raw_error = nullptr;
  gchar* raw_details = nullptr;
  gst_message_parse_error(message, &raw_error, &raw_details);
  const auto error = adopt(raw_error);
  const auto details = adopt(raw_details);
  std::string text = std::string(GST_OBJECT_NAME(GST_MESSAGE_SRC(message))) + ": " + error->message;
  // The first line of the details is a source location; the other lines describe the error.
  const std::string lines = details ? details.get() : "";
  const auto what = lines.find('\n');
  if (what != lines.npos) text += " (" + lines.substr(what + 1) + ")";
  std::ranges::replace(text, '\n', ' ');
  return text;
}

Pipeline::Pipeline(const std::string& owner, Handlers handlers)
    : pipeline_(sink(gst_pipeline_new(nullptr))), handlers_(std::make_shared<Handlers>(std::move(handlers))) {
  assert_on(ThreadRole::main);
  name_in_gst_log(pipeline_.get(), owner);

  auto* pipeline = GST_PIPELINE(pipeline_.get());
  const auto clock = adopt(gst_system_clock_obtain());
  gst_pipeline_use_clock(pipeline, clock.get());
  gst_element_set_start_time(pipeline_.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline_.get(), 0);

  const auto callback = [](GstBus*, GstMessage* message, void* data) -> gboolean {
    const auto copy = *static_cast<std::shared_ptr<Handlers>*>(data);  // a copy: a handler may destroy the pipeline
    run_guarded([&] {
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR && copy->on_error) copy->on_error(describe_error(message));
      if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS && copy->on_end) copy->on_end();
    });
    return G_SOURCE_CONTINUE;
  };
  const auto destroy = [](void* data) { delete static_cast<std::shared_ptr<Handlers>*>(data); };
  const auto bus = adopt(gst_pipeline_get_bus(pipeline));
  watch_ = gst_bus_add_watch_full(bus.get(), G_PRIORITY_DEFAULT, callback, new std::shared_ptr<Handlers>(handlers_),
                                  destroy);
}

Pipeline::~Pipeline() {
  assert_on(ThreadRole::main);
  g_source_remove(watch_);
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  // Unread messages of the bus would keep their elements alive, with threads and file descriptors.
  const auto bus = adopt(gst_pipeline_get_bus(GST_PIPELINE(pipeline_.get())));
  gst_bus_set_flushing(bus.get(), TRUE);
  forget_in_gst_log(pipeline_.get());
}

GstElement* Pipeline::make(const char* factory, const char* name) {
  GstElement* element = gst_element_factory_make(factory, name);
  if (element == nullptr) throw StartupError(std::string("GStreamer has no element \"") + factory + "\"");
  gst_bin_add(GST_BIN(pipeline_.get()), element);  // takes the floating reference
  return element;
}

void Pipeline::link(GstElement* from, GstElement* to) {
  if (!gst_element_link(from, to))
    throw StartupError(std::string("GStreamer cannot link ") + GST_OBJECT_NAME(from) + " to " + GST_OBJECT_NAME(to));
}

bool Pipeline::play() {
  return gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
}

std::string Pipeline::take_error() {
  const auto bus = adopt(gst_pipeline_get_bus(GST_PIPELINE(pipeline_.get())));
  const auto message = adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  return message ? describe_error(message.get()) : "";
}

void Pipeline::settle_latency() {
  gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
}

Ref<GstElement> first_element(GstElement* bin, const char* factory) {
  const auto found = adopt(gst_bin_iterate_all_by_element_factory_name(GST_BIN(bin), factory));
  GValue item = G_VALUE_INIT;
  GstIteratorResult result = gst_iterator_next(found.get(), &item);
  while (result == GST_ITERATOR_RESYNC) {  // an element was added or removed meanwhile
    gst_iterator_resync(found.get());
    result = gst_iterator_next(found.get(), &item);
  }
  if (result != GST_ITERATOR_OK) return nullptr;
  auto element = retain(GST_ELEMENT(g_value_get_object(&item)));
  g_value_unset(&item);
  return element;
}

}  // namespace cs
