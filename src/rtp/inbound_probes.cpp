// SPDX-License-Identifier: MIT
#include "rtp/inbound_probes.hpp"

#include <array>
#include <functional>
#include <utility>

namespace cs {
namespace {

/// Takes ownership of a buffer and returns the buffer to pass on, or null to drop it.
using OnBuffer = std::function<GstBuffer*(GstBuffer*)>;

GstPadProbeReturn on_data(GstPad* /*pad*/, GstPadProbeInfo* info, void* data) {
  const auto& on_buffer = *static_cast<OnBuffer*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) == 0) {
    GST_PAD_PROBE_INFO_DATA(info) = on_buffer(GST_PAD_PROBE_INFO_BUFFER(info));
    // With GST_PAD_PROBE_DROP GStreamer would release the buffer a second time.
    return GST_PAD_PROBE_INFO_DATA(info) == nullptr ? GST_PAD_PROBE_HANDLED : GST_PAD_PROBE_OK;
  }
  GstBufferList* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
  const auto on_each = [](GstBuffer** buffer, guint /*index*/, void* each) -> gboolean {
    *buffer = (*static_cast<const OnBuffer*>(each))(*buffer);  // null removes it from the list
    return TRUE;
  };
  gst_buffer_list_foreach(list, on_each, data);
  GST_PAD_PROBE_INFO_DATA(info) = list;
  if (gst_buffer_list_length(list) > 0) return GST_PAD_PROBE_OK;
  gst_buffer_list_unref(list);
  GST_PAD_PROBE_INFO_DATA(info) = nullptr;
  return GST_PAD_PROBE_HANDLED;
}

void add_probe(GstPad* pad, OnBuffer on_buffer) {
  constexpr auto kBoth = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  const auto destroy = [](void* data) { delete static_cast<OnBuffer*>(data); };
  gst_pad_add_probe(pad, kBoth, on_data, new OnBuffer(std::move(on_buffer)), destroy);
}

/// Releases a packet; the result is the null that OnBuffer returns for it.
GstBuffer* drop(GstBuffer* buffer) {
  gst_buffer_unref(buffer);
  return nullptr;
}

}  // namespace

void watch_packets(GstPad* pad, std::shared_ptr<PeerLiveness> liveness, std::shared_ptr<InboundFilter> filter) {
  add_probe(pad, [liveness = std::move(liveness), filter = std::move(filter)](GstBuffer* packet) {
    std::array<std::uint8_t, 2> head = {};
    const auto size = gst_buffer_extract(packet, 0, head.data(), head.size());
    const TimePoint now = Clock::now();
    liveness->tick(head[0], now);
    return filter->accepts(std::span(head).first(size), now) ? packet : drop(packet);
  });
}

void filter_rtcp(GstPad* pad, std::shared_ptr<InboundFilter> filter) {
  add_probe(pad, [filter = std::move(filter)](GstBuffer* packet) {
    packet = gst_buffer_make_writable(packet);
    GstMapInfo map;
    if (gst_buffer_map(packet, &map, GST_MAP_READWRITE) == FALSE) return drop(packet);
    const std::size_t kept = filter->filter({map.data, map.size}, Clock::now());
    gst_buffer_unmap(packet, &map);
    if (kept == 0) return drop(packet);
    gst_buffer_set_size(packet, static_cast<gssize>(kept));
    return packet;
  });
}

}  // namespace cs
