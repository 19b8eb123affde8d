// SPDX-License-Identifier: MIT
#include "encode/image_encoder.hpp"

#include <utility>

#include "base/error.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

/// Both encode RGB, because neither file type stores the video range of 16 to 235. PNG compression level 1 takes a
/// fraction of the time of the usual level 6.
std::string elements_for(ImageType type) {
  return std::string("videoconvert ! video/x-raw,format=RGB ! ") +
         (type == ImageType::jpeg ? "jpegenc quality=90" : "pngenc compression-level=1");
}

/// Elements without a pipeline, so GStreamer starts no thread: a buffer pushed into the first pad comes out of the last
/// one before the call returns.
class ImageElements {
 public:
  explicit ImageElements(ImageType type)
      : bin_(make_bin(type)),
        feed_(sink(gst_pad_new("feed", GST_PAD_SRC))),
        drain_(sink(gst_pad_new("drain", GST_PAD_SINK))) {
    gst_pad_set_chain_function_full(drain_.get(), &ImageElements::take, this, nullptr);
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
      throw StartupError("GStreamer's image encoder elements do not start");
  }
  ~ImageElements() {
    gst_element_set_state(bin_.get(), GST_STATE_NULL);
    for (const auto& pad : {feed_.get(), drain_.get()}) gst_pad_set_active(pad, FALSE);
  }
  ImageElements(const ImageElements&) = delete;
  ImageElements& operator=(const ImageElements&) = delete;

  std::string run(GstBuffer* frame, GstCaps* caps) {
    gst_pad_push_event(feed_.get(), gst_event_new_stream_start("picture"));
    gst_pad_push_event(feed_.get(), gst_event_new_caps(caps));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(feed_.get(), gst_event_new_segment(&segment));
    const GstFlowReturn flow = gst_pad_push(feed_.get(), retain(frame).release());
    if (file_.empty()) throw StartupError(std::string("cannot encode the image: ") + gst_flow_get_name(flow));
    return std::move(file_);
  }

 private:
  static Ref<GstElement> make_bin(ImageType type) {
    GError* raw_error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(elements_for(type).c_str(), TRUE, &raw_error);
    const auto error = adopt(raw_error);
    if (bin == nullptr) throw StartupError(std::string("cannot create the image encoder elements: ") + error->message);
    return sink(bin);
  }

  static GstFlowReturn take(GstPad* pad, GstObject* /*parent*/, GstBuffer* raw_buffer) {
    const auto buffer = adopt(raw_buffer);
    GstMapInfo map = GST_MAP_INFO_INIT;
    if (!gst_buffer_map(buffer.get(), &map, GST_MAP_READ)) return GST_FLOW_ERROR;
    static_cast<ImageElements*>(pad->chaindata)->file_.append(reinterpret_cast<const char*>(map.data), map.size);
    gst_buffer_unmap(buffer.get(), &map);
    return GST_FLOW_OK;
  }

  std::string file_;
  Ref<GstElement> bin_;
  Ref<GstPad> feed_;
  Ref<GstPad> drain_;
};

}  // namespace

std::string encode_image(ImageType type, GstBuffer* frame, const FrameFormat& format) {
  const auto caps = frame_caps(format);
  return ImageElements(type).run(frame, caps.get());
}

}  // namespace cs
