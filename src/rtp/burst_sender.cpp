// SPDX-License-Identifier: MIT
#include "rtp/burst_sender.hpp"

#include <nice/agent.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "congestion/transport_feedback.hpp"
#include "ice/webrtc_internals.hpp"
#include "network/udp_burst.hpp"

namespace cs {
namespace {

constexpr guint kStream = 1;            // webrtcbin's only stream, because everything is bundled
constexpr socklen_t kIpv4Address = 16;  // bytes in sockaddr_in
constexpr socklen_t kIpv6Address = 28;  // bytes in sockaddr_in6
constexpr guint kComponent = NICE_COMPONENT_TYPE_RTP;

/// Whether a packet is RTP (RFC 7983, section 7; RFC 5761, section 4).
bool is_rtp(std::span<const std::uint8_t> packet) {
  constexpr std::uint8_t kFirstRtcp = 192;
  constexpr std::uint8_t kLastRtcp = 223;
  if (packet.size() < 12 || packet[0] < 128 || packet[0] > 191) return false;
  return packet[1] < kFirstRtcp || packet[1] > kLastRtcp;
}

/// Destination of a burst: the socket, kept open by our reference, and the peer address.
struct Target {
  Ref<GSocket> socket;
  UdpPeer peer = {};
};

/// The destination of libnice's selected pair; nothing if it is not plain UDP.
std::optional<Target> target_of(NiceAgent* agent) {
  NiceCandidate* local = nullptr;
  NiceCandidate* remote = nullptr;
  if (!nice_agent_get_selected_pair(agent, kStream, kComponent, &local, &remote)) return std::nullopt;
  const auto relayed = [](const NiceCandidate* one) { return one->type == NICE_CANDIDATE_TYPE_RELAYED; };
  if (local->transport != NICE_CANDIDATE_TRANSPORT_UDP || relayed(local)) return std::nullopt;
  auto socket = selected_socket(agent, kStream, kComponent);
  if (!socket) return std::nullopt;
  enlarge_send_buffer(g_socket_get_fd(socket.get()));
  Target target{.socket = std::move(socket)};
  nice_address_copy_to_sockaddr(&remote->addr, reinterpret_cast<sockaddr*>(&target.peer.address));
  target.peer.length = nice_address_ip_version(&remote->addr) == 6 ? kIpv6Address : kIpv4Address;
  return target;
}

}  // namespace

/// Shared with the callbacks on GStreamer and libnice threads.
struct BurstSender::Path {
  Path(std::shared_ptr<NetworkMonitor> of_path, int numbers_id, Metrics& metrics)
      : monitor(std::move(of_path)),
        transport_wide_id(numbers_id),
        bursts(metrics.get("viewer_bursts_total")),
        full(metrics.get("viewer_packets_dropped_total", {{"reason", "full"}})),
        unreachable(metrics.get("viewer_packets_dropped_total", {{"reason", "unreachable"}})),
        forbidden(metrics.get("viewer_packets_dropped_total", {{"reason", "forbidden"}})),
        failed(metrics.get("viewer_packets_dropped_total", {{"reason", "failed"}})),
        unable(metrics.get("viewer_bursts_unable_total")),
        repeated(metrics.get("viewer_packets_repeated_total")),
        useless(metrics.get("viewer_packets_not_resent_total")) {}

  void follow(NiceAgent* agent) {
    auto now = target_of(agent);
    const std::lock_guard lock(mutex);
    target = std::move(now);
  }

  /// Sends packets and increases `sent`. The packets from `sent` on must be sent by nicesink.
  void send(std::span<iovec> packets, std::size_t& sent) {
    const std::lock_guard lock(mutex);
    while (target && sent < packets.size()) {
      const auto run = packets.subspan(sent, burst_length(packets.subspan(sent)));
      const int error = send_burst(g_socket_get_fd(target->socket.get()), target->peer, run);
      if (cannot_burst(error)) {
        unable.add();
        target.reset();
        break;
      }
      // Like libnice, drop what the socket does not accept, but count it; the peer requests it again. ICE detects
      // other failures, such as an unreachable network.
      if (error == 0)
        bursts.add();
      else
        dropped_by(error).add(static_cast<std::int64_t>(run.size()));
      sent += run.size();
    }
  }

  [[nodiscard]] Metric& dropped_by(int error) const {
    switch (error) {
      case EAGAIN:
      case ENOBUFS:
        return full;
      case ENETUNREACH:
      case EHOSTUNREACH:
      case ENETDOWN:
      case EADDRNOTAVAIL:
        return unreachable;
      case EPERM:
      case EACCES:
        return forbidden;
      default:
        return failed;
    }
  }

  /// Sends an extra copy of a packet; ignores errors.
  void repeat(iovec packet) {
    const std::lock_guard lock(mutex);
    if (target && send_burst(g_socket_get_fd(target->socket.get()), target->peer, {&packet, 1}) == 0) repeated.add();
  }

  /// Whether a retransmission is still useful.
  [[nodiscard]] bool is_of_use(std::span<const std::uint8_t> packet) const {
    const auto number = transport_number(packet, transport_wide_id);
    return !number || monitor->is_of_use(*number);
  }

  const std::shared_ptr<NetworkMonitor> monitor;
  const int transport_wide_id;
  Metric& bursts;
  Metric& full;
  Metric& unreachable;
  Metric& forbidden;  // by a firewall of this machine
  Metric& failed;
  Metric& unable;
  Metric& repeated;
  Metric& useless;
  std::atomic<bool> repeats = false;
  std::mutex mutex;
  std::optional<Target> target;  // guarded by mutex
};

namespace {

/// Maps the packets of a buffer list for reading.
class MappedList {
 public:
  explicit MappedList(GstBufferList* list) : list_(list), maps_(gst_buffer_list_length(list)) {
    for (guint i = 0; i < maps_.size(); ++i) {
      if (gst_buffer_map(gst_buffer_list_get(list_, i), &maps_[i], GST_MAP_READ) == FALSE) break;
      packets.push_back({maps_[i].data, maps_[i].size});
    }
  }
  ~MappedList() {
    for (guint i = 0; i < packets.size(); ++i) gst_buffer_unmap(gst_buffer_list_get(list_, i), &maps_[i]);
  }
  MappedList(const MappedList&) = delete;
  MappedList& operator=(const MappedList&) = delete;

  std::vector<iovec> packets;  // ends before the first packet that cannot be mapped

 private:
  GstBufferList* list_;
  std::vector<GstMapInfo> maps_;
};

}  // namespace

BurstSender::BurstSender(GstElement* webrtcbin, std::shared_ptr<NetworkMonitor> monitor, int transport_wide_id,
                         Metrics& metrics)
    : path_(std::make_shared<Path>(std::move(monitor), transport_wide_id, metrics)) {
  const auto nicesink = find_element(webrtcbin, WebRtcElement::nice_sink);
  if (!nicesink) return;
  pad_ = adopt(gst_element_get_static_pad(nicesink.get(), "sink"));
  GObject* agent = nullptr;
  g_object_get(nicesink.get(), "agent", &agent, nullptr);
  agent_ = adopt(agent);

  using SharedPath = std::shared_ptr<Path>;
  const auto on_selected = [](NiceAgent* changed, guint, guint, NiceCandidate*, NiceCandidate*, void* path) {
    (*static_cast<SharedPath*>(path))->follow(changed);
  };
  const auto forget = [](void* path, GClosure*) { delete static_cast<SharedPath*>(path); };
  selected_ = g_signal_connect_data(agent_.get(), "new-selected-pair-full", G_CALLBACK(+on_selected),
                                    new SharedPath(path_), forget, GConnectFlags{});
  path_->follow(NICE_AGENT(agent_.get()));

  const auto on_list = [](GstPad*, GstPadProbeInfo* info, void* path) {
    GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    std::size_t sent = 0;
    {
      MappedList mapped(list);
      (*static_cast<SharedPath*>(path))->send(mapped.packets, sent);
    }
    if (sent == 0) return GST_PAD_PROBE_OK;
    if (sent < gst_buffer_list_length(list)) {
      list = gst_buffer_list_make_writable(list);
      gst_buffer_list_remove(list, 0, static_cast<guint>(sent));
      GST_PAD_PROBE_INFO_DATA(info) = list;
      return GST_PAD_PROBE_OK;
    }
    gst_buffer_list_unref(list);
    GST_PAD_PROBE_INFO_DATA(info) = nullptr;
    return GST_PAD_PROBE_HANDLED;
  };
  // New access units arrive as buffer lists, so a single RTP packet is a retransmission.
  const auto on_packet = [](GstPad*, GstPadProbeInfo* info, void* shared) {
    Path& path = **static_cast<SharedPath*>(shared);
    GstBuffer* packet = GST_PAD_PROBE_INFO_BUFFER(info);
    GstMapInfo map;
    if (gst_buffer_map(packet, &map, GST_MAP_READ) == FALSE) return GST_PAD_PROBE_OK;
    const bool is_retransmission = is_rtp({map.data, map.size});
    const bool is_useless = is_retransmission && !path.is_of_use({map.data, map.size});
    if (is_retransmission && !is_useless && path.repeats) path.repeat({map.data, map.size});
    gst_buffer_unmap(packet, &map);
    if (is_useless) path.useless.add();
    return is_useless ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  };
  const auto drop = [](void* path) { delete static_cast<SharedPath*>(path); };
  probe_ = gst_pad_add_probe(pad_.get(), GST_PAD_PROBE_TYPE_BUFFER_LIST, on_list, new SharedPath(path_), drop);
  repeats_ = gst_pad_add_probe(pad_.get(), GST_PAD_PROBE_TYPE_BUFFER, on_packet, new SharedPath(path_), drop);
}

BurstSender::~BurstSender() {
  if (selected_ != 0) g_signal_handler_disconnect(agent_.get(), selected_);
  for (const unsigned long probe : {probe_, repeats_})
    if (probe != 0) gst_pad_remove_probe(pad_.get(), probe);
}

void BurstSender::repeat(bool on) {
  path_->repeats = on;
}

}  // namespace cs
