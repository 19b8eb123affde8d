// SPDX-License-Identifier: MIT
#include "gst_faults.hpp"

#include <dlfcn.h>

#include <string_view>

#include "gst/ref.hpp"

namespace cs {

std::atomic<bool> funnel_link_fails = false;
std::atomic<GstBin*> bin_that_changes = nullptr;

namespace {

bool is_of_funnel(GstPad* pad) {
  const auto element = adopt(gst_pad_get_parent_element(pad));
  GstElementFactory* const factory = element ? gst_element_get_factory(element.get()) : nullptr;
  return factory != nullptr && std::string_view(GST_OBJECT_NAME(factory)) == "rtpfunnel";
}

bool is_feed(GstPad* pad) {
  const auto name = adopt(gst_object_get_name(GST_OBJECT(pad)));
  return std::string_view(name.get()) == "feed";  // RtpSink's
}

}  // namespace
}  // namespace cs

// Found by the linker before GStreamer's.

GstPadLinkReturn gst_pad_link_full(GstPad* from, GstPad* to, GstPadLinkCheck checks) {
  if (cs::funnel_link_fails && cs::is_feed(from) && cs::is_of_funnel(to)) return GST_PAD_LINK_REFUSED;
  static const auto real = reinterpret_cast<decltype(&gst_pad_link_full)>(dlsym(RTLD_NEXT, "gst_pad_link_full"));
  return real(from, to, checks);
}

GstIteratorResult gst_iterator_next(GstIterator* iterator, GValue* item) {
  if (GstBin* const bin = cs::bin_that_changes.exchange(nullptr))
    gst_bin_add(bin, gst_element_factory_make("fakesink", nullptr));
  static const auto real = reinterpret_cast<decltype(&gst_iterator_next)>(dlsym(RTLD_NEXT, "gst_iterator_next"));
  return real(iterator, item);
}
