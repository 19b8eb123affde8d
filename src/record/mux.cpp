// SPDX-License-Identifier: MIT
#include "record/mux.hpp"

#include <gst/app/gstappsrc.h>

#include <atomic>

#include "base/error.hpp"

namespace cs {
namespace {

/// Fragment length. A file that is cut off loses at most this much at its end, plus two frames held by the muxer.
constexpr unsigned kFragmentMs = 250;

/// Maximum size of the muxer's input queue in bytes: many seconds of a usual stream.
constexpr guint64 kMaxWaiting = 16 * 1024 * 1024;

Ref<GstBuffer> to_buffer(const AccessUnit& unit) {
  auto* const owner = new AccessUnit(unit);
  const auto destroy = [](void* data) { delete static_cast<AccessUnit*>(data); };
  return adopt(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, const_cast<std::byte*>(owner->data.data()),
                                           owner->data.size(), 0, owner->data.size(), owner, destroy));
}

}  // namespace

/// State of the muxer's thread.
struct Mux::Drain : std::enable_shared_from_this<Mux::Drain> {
  Drain(Output& to, Loop& main) : output(to), loop(main) {}

  static GstFlowReturn take(GstPad* pad, GstObject* /*parent*/, GstBuffer* raw_buffer) {
    auto& self = *static_cast<Drain*>(pad->chaindata);
    const auto buffer = adopt(raw_buffer);
    if (self.discards) return GST_FLOW_OK;
    GstMapInfo map = GST_MAP_INFO_INIT;
    if (!gst_buffer_map(buffer.get(), &map, GST_MAP_READ)) return GST_FLOW_ERROR;
    self.output.write(self.position, std::as_bytes(std::span(map.data, map.size)));
    self.position += map.size;
    gst_buffer_unmap(buffer.get(), &map);
    return GST_FLOW_OK;
  }

  static gboolean on_event(GstPad* pad, GstObject* /*parent*/, GstEvent* raw_event) {
    auto& self = *static_cast<Drain*>(pad->eventdata);
    const auto event = adopt(raw_event);
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_SEGMENT) {
      // Byte position of the muxer's next output.
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event.get(), &segment);
      if (segment->format == GST_FORMAT_BYTES) self.position = segment->start;
    }
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) {
      self.ended.set_value();
      self.loop.post_result_to(self.weak_from_this(), [](Drain& drain) { drain.output.on_end(); });
    }
    return TRUE;
  }

  static gboolean on_query(GstPad* pad, GstObject* parent, GstQuery* query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_SEEKING) return gst_pad_query_default(pad, parent, query);
    gst_query_set_seeking(query, GST_FORMAT_BYTES, TRUE, 0, -1);
    return TRUE;
  }

  Output& output;
  Loop& loop;
  std::promise<void> ended;
  std::uint64_t position = 0;
  std::atomic<bool> discards = false;  // set once, by the destructor
};

Mux::Mux(const std::string& owner, const Stream& stream, Output& output, Loop& loop)
    : drain_(std::make_shared<Drain>(output, loop)),
      ended_(drain_->ended.get_future()),
      pad_(sink(gst_pad_new("drain", GST_PAD_SINK))),
      pipeline_(owner, {.on_error = [&output](const std::string& what) { output.on_error(what); }, .on_end = {}}) {
  gst_pad_set_chain_function_full(pad_.get(), Drain::take, drain_.get(), nullptr);
  gst_pad_set_event_function_full(pad_.get(), Drain::on_event, drain_.get(), nullptr);
  gst_pad_set_query_function(pad_.get(), Drain::on_query);
  gst_pad_set_active(pad_.get(), TRUE);

  const auto caps = adopt(gst_caps_from_string("video/x-h264,stream-format=byte-stream,alignment=au"));
  // Without a frame rate the last frame has no duration, and players skip it.
  gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, stream.format.fps, 1, nullptr);
  source_ = pipeline_.make("appsrc", "units");
  g_object_set(source_, "caps", caps.get(), "format", GST_FORMAT_TIME, "block", FALSE, "max-bytes", guint64{0},
               nullptr);
  GstElement* parser = pipeline_.make("h264parse", "parse");
  muxer_ = pipeline_.make("mp4mux", "record");  // its thread has the same name
  // Frame intervals vary, so time stamps need a fine resolution.
  g_object_set(muxer_, "fragment-duration", kFragmentMs, "trak-timescale", 90000U, "movie-timescale", 90000U, nullptr);
  gst_util_set_object_arg(G_OBJECT(muxer_), "fragment-mode", "first-moov-then-finalise");
  pipeline_.link(source_, parser);
  pipeline_.link(parser, muxer_);
  const auto out = adopt(gst_element_get_static_pad(muxer_, "src"));
  if (gst_pad_link_full(out.get(), pad_.get(), GST_PAD_LINK_CHECK_NOTHING) != GST_PAD_LINK_OK || !pipeline_.play())
    throw StartupError("the MP4 muxer (GStreamer's mp4mux) does not start");
}

Mux::~Mux() {
  drain_->discards = true;
  settle();
  gst_pad_set_active(pad_.get(), FALSE);  // waits for a write that is in progress; no write follows
}

/// mp4mux leaks an access unit when a push fails while it completes a fragment: in first-moov-then-finalise mode,
/// gst_qt_mux_pad_fragment_add_buffer() returns without releasing it (GStreamer 1.22 and later). A pad that is
/// deactivated fails all pushes, so the muxer must have no work left before that.
void Mux::settle() {
  gst_element_set_state(source_, GST_STATE_NULL);  // no more input; waits for the access unit in progress
  const auto input = adopt(gst_element_get_static_pad(muxer_, "video_0"));
  if (GST_PAD_IS_EOS(input.get())) {
    const auto output = adopt(gst_element_get_static_pad(muxer_, "src"));
    gst_pad_pause_task(output.get());  // returns when the file is complete, or the muxer has failed
  } else {
    // The muxer answers after all access units before it. If it has failed, the query fails at once.
    const auto query = adopt(gst_query_new_drain());
    gst_pad_query(input.get(), query.get());
  }
}

bool Mux::has_room() const {
  return gst_app_src_get_current_level_bytes(GST_APP_SRC(source_)) < kMaxWaiting;
}

void Mux::push(const AccessUnit& unit) {
  if (!first_) first_ = unit.captured_at;
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(unit.captured_at - *first_);
  auto buffer = to_buffer(unit);
  GST_BUFFER_PTS(buffer.get()) = GST_BUFFER_DTS(buffer.get()) = static_cast<GstClockTime>(time.count());
  if (!unit.keyframe) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
  gst_app_src_push_buffer(GST_APP_SRC(source_), buffer.release());
}

void Mux::finish() {
  gst_app_src_end_of_stream(GST_APP_SRC(source_));
}

bool Mux::wait_for_end(std::chrono::milliseconds timeout) const {
  return ended_.wait_for(timeout) == std::future_status::ready;
}

}  // namespace cs
