// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/metrics.hpp"
#include "congestion/network_monitor.hpp"
#include "gst/ref.hpp"

namespace cs {

/// Sends the packets of a picture by one call into the kernel instead of one each (UDP generic segmentation offload:
/// `man 7 udp`, UDP_SEGMENT), where the connection that ICE chose is plain UDP. It takes them off in front of
/// webrtcbin's nicesink, on the socket and to the address of libnice's selected pair; TCP, relays and kernels or paths
/// that cannot do it keep the ordinary way. Built and destroyed on the main thread; the sending is the fan-out
/// thread's.
class BurstSender {
 public:
  /// For a `webrtcbin` that is connected and may go before this object. Packets that the peer asks for again and that
  /// the `monitor` has no use for are not sent; `transport_wide_id` is the extension that has their numbers, 0: none
  /// has.
  BurstSender(GstElement* webrtcbin, std::shared_ptr<NetworkMonitor> monitor, int transport_wide_id, Metrics& metrics);
  ~BurstSender();
  BurstSender(const BurstSender&) = delete;
  BurstSender& operator=(const BurstSender&) = delete;

  /// From now on what the peer asked for again is sent twice, or no longer. A browser that only receives knows no round
  /// trip, and asks for a packet each 100 ms at most: where one in five is lost, both ways, five such tries fail often
  /// enough to be seen. A packet that comes twice is one (RFC 3711, section 3.3.2).
  void repeat(bool on);

 private:
  struct Path;
  Ref<GstPad> pad_;
  unsigned long probe_ = 0;
  unsigned long repeats_ = 0;  // the other probe
  std::shared_ptr<Path> path_;
  Ref<GObject> agent_;
  unsigned long selected_ = 0;  // signal handler
};

}  // namespace cs
