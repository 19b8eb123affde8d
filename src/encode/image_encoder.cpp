// SPDX-License-Identifier: MIT
#include "encode/image_encoder.hpp"

#include <utility>

#include "base/error.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

/// Both are made of RGB: neither file knows the stream's range of 16 to 235. Of PNG's nine steps of effort the first
/// takes a fraction of the usual sixth's time.
std::string line_of(ImageType type) {
  return std::string("videoconvert ! video/x-raw,format=RGB ! ") +
         (type == ImageType::jpeg ? "jpegenc quality=90" : "pngenc compression-level=1");
}

/// Elements that are called rather than run: without a pipeline no thread is started, what is pushed in at one end
/// comes out at the other before the call returns.
class ImageLine {
 public:
  explicit ImageLine(ImageType type)
      : bin_(make_bin(type)),
        feed_(sink(gst_pad_new("feed", GST_PAD_SRC))),
        drain_(sink(gst_pad_new("drain", GST_PAD_SINK))) {
    gst_pad_set_chain_function_full(drain_.get(), &ImageLine::take, this, nullptr);
    gst_pad_set_event_function(drain_.get(), [](GstPad*, GstObject*, GstEvent* event) -> gboolean {
      gst_event_unref(event);
      return TRUE;
    });
    gst_pad_set_active(feed_.get(), TRUE);
    gst_pad_set_active(drain_.get(), TRUE);
    const auto in = adopt(gst_element_get_static_pad(bin_.get(), "sink"));
    const auto out = adopt(gst_element_get_static_pad(bin_.get(), "src"));
    if (gst_pad_link_full(feed_.get(), in.get(), GST_PAD_LINK_CHECK_NOTHING) != GST_PAD_LINK_OK ||
        gst_pad_link_full(out.get(), drain_.get(), GST_PAD_LINK_CHECK_NOTHING) != GST_PAD_LINK_OK ||
        gst_element_set_state(bin_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      throw StartupError("GStreamer's elements for still pictures do not start");
  }
  ~ImageLine() {
    gst_element_set_state(bin_.get(), GST_STATE_NULL);
    for (const auto& pad : {feed_.get(), drain_.get()}) gst_pad_set_active(pad, FALSE);
  }
  ImageLine(const ImageLine&) = delete;
  ImageLine& operator=(const ImageLine&) = delete;

  std::string run(GstBuffer* picture, GstCaps* caps) {
    gst_pad_push_event(feed_.get(), gst_event_new_stream_start("picture"));
    gst_pad_push_event(feed_.get(), gst_event_new_caps(caps));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(feed_.get(), gst_event_new_segment(&segment));
    const GstFlowReturn flow = gst_pad_push(feed_.get(), retain(picture).release());
    if (file_.empty()) throw StartupError(std::string("the picture could not be encoded: ") + gst_flow_get_name(flow));
    return std::move(file_);
  }

 private:
  static Ref<GstElement> make_bin(ImageType type) {
    GError* raw_error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(line_of(type).c_str(), TRUE, &raw_error);
    const auto error = adopt(raw_error);
    if (bin == nullptr) throw StartupError(std::string("cannot make still pictures: ") + error->message);
    return sink(bin);
  }

  static GstFlowReturn take(GstPad* pad, GstObject* /*parent*/, GstBuffer* raw_buffer) {
    const auto buffer = adopt(raw_buffer);
    GstMapInfo map = GST_MAP_INFO_INIT;
    if (!gst_buffer_map(buffer.get(), &map, GST_MAP_READ)) return GST_FLOW_ERROR;
    static_cast<ImageLine*>(pad->chaindata)->file_.append(reinterpret_cast<const char*>(map.data), map.size);
    gst_buffer_unmap(buffer.get(), &map);
    return GST_FLOW_OK;
  }

  std::string file_;
  Ref<GstElement> bin_;
  Ref<GstPad> feed_;
  Ref<GstPad> drain_;
};

}  // namespace

std::string encode_image(ImageType type, GstBuffer* picture, const FrameFormat& format) {
  const auto caps = frame_caps(format);
  return ImageLine(type).run(picture, caps.get());
}

}  // namespace cs
