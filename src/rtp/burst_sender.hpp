// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/metrics.hpp"
#include "congestion/network_monitor.hpp"
#include "gst/ref.hpp"

namespace cs {

/// Sends the packets of an access unit with one system call instead of one per packet (UDP generic segmentation
/// offload: `man 7 udp`, UDP_SEGMENT), if ICE selected a plain UDP pair. It intercepts the packets before webrtcbin's
/// nicesink and sends them on the socket and to the address of libnice's selected pair. TCP, relays, and kernels or
/// paths without segmentation offload use nicesink as usual. Created and destroyed on the main thread; sends on the
/// fan-out thread.
class BurstSender {
 public:
  /// `webrtcbin` must be connected; it may be destroyed before this object. Retransmissions that `monitor` considers
  /// useless are dropped. `transport_wide_id` is the id of the transport-wide sequence number extension; 0: not
  /// negotiated.
  BurstSender(GstElement* webrtcbin, std::shared_ptr<NetworkMonitor> monitor, int transport_wide_id, Metrics& metrics);
  ~BurstSender();
  BurstSender(const BurstSender&) = delete;
  BurstSender& operator=(const BurstSender&) = delete;

  /// Enables or disables sending retransmissions twice. A browser that only receives does not know the round trip time
  /// and requests a packet at most every 100 ms. At 20 % loss in both directions, five such requests fail often enough
  /// to be visible. The receiver discards the duplicate (RFC 3711, section 3.3.2).
  void repeat(bool on);

 private:
  struct Path;
  Ref<GstPad> pad_;
  unsigned long probe_ = 0;
  unsigned long repeats_ = 0;  // the probe of single packets
  std::shared_ptr<Path> path_;
  Ref<GObject> agent_;
  unsigned long selected_ = 0;  // signal handler
};

}  // namespace cs
