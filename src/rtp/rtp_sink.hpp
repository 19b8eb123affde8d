// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "congestion/network_monitor.hpp"
#include "cubestream/access_unit.hpp"
#include "gst/ref.hpp"
#include "rtp/keyframe_requests.hpp"
#include "rtp/rtp_packetizer.hpp"
#include "sdp/offer.hpp"

namespace cs {

/// Access units in, RTP out: the source of a viewer's pipeline, a pad without an element and without a thread. The
/// fan-out's thread carries each unit through webrtcbin's encryption and the socket call, none of which waits once the
/// connection stands. Built and destroyed on the main thread; the sink half is a fan-out thread's.
class RtpSink final : public AccessUnitSink {
 public:
  /// `bitrate_kbps`: the stream's, at most. `request_keyframe` is called on GStreamer threads, for what the peer's
  /// requests (PLI or FIR) come to.
  RtpSink(const NegotiatedMedia& choice, int bitrate_kbps, std::function<void()> request_keyframe, Metrics& metrics);
  ~RtpSink() override;
  RtpSink(const RtpSink&) = delete;
  RtpSink& operator=(const RtpSink&) = delete;

  [[nodiscard]] bool has_room() override;  // the socket drops what it cannot take, but not what waits behind it
  void push(const AccessUnit& unit) override;
  void skip(std::int64_t units) override;

  /// Where the RTP packets go, from now on; not while units are pushed. Throws StartupError when it cannot be linked.
  void link_to(GstPad* pad);

  /// Caps of the packets. Their synchronisation source (RFC 3550) is among them, for the answer has to announce it:
  /// without, it announces a wrong one, and browsers decode the track and show it nowhere.
  [[nodiscard]] GstCaps* caps() const { return caps_.get(); }

  /// What went out so far, and what did not. Any thread.
  struct Sent {
    std::int64_t bytes = 0;  ///< RTP, before encryption
    std::int64_t packets = 0;
    std::int64_t pictures = 0;
    std::int64_t pictures_skipped = 0;
    std::int64_t pictures_skipped_for_network = 0;  ///< among these
  };
  [[nodiscard]] Sent sent() const {
    return {bytes_.here.value(), packets_.here.value(), pictures_.here.value(), skipped_.here.value(),
            skipped_for_network_.here.value()};
  }

  /// What the network does to the packets, as their reports say: for who hears these and who asks.
  [[nodiscard]] const std::shared_ptr<NetworkMonitor>& monitor() const { return monitor_; }

  /// The header extension that numbers the packets for the peer's reports; 0: the peer knows none.
  [[nodiscard]] int transport_wide_id() const { return transport_wide_id_; }

  /// Which picture carries which RTP timestamp.
  [[nodiscard]] MediaClock media_clock() const { return packetizer_.media_clock(); }

 private:
  /// Counts for this viewer and for all of its codec.
  struct PerClientCounter {
    explicit PerClientCounter(Metric& all_of_them) : all(all_of_them) {}
    void add(std::int64_t n) {
      here.add(n);
      all.add(n);
    }
    Metric here;
    Metric& all;
  };
  void begin();
  void unlink();

  const std::uint32_t ssrc_;
  const int transport_wide_id_;
  Ref<GstCaps> caps_;
  RtpPacketizer packetizer_;
  std::shared_ptr<KeyframeRequests> requests_;  // shared with the pad
  Ref<GstPad> feed_;
  Metric& refused_;
  Histogram& packetise_;
  Histogram& send_;
  Histogram& total_;
  Distribution& first_picture_;
  const TimePoint made_at_ = Clock::now();
  PerClientCounter bytes_;
  PerClientCounter packets_;
  PerClientCounter pictures_;
  PerClientCounter skipped_;
  PerClientCounter skipped_for_network_;
  const std::shared_ptr<NetworkMonitor> monitor_;  // shared with who hears the reports

  // The fan-out thread's.
  bool begun_ = false;
  bool paused_ = false;  // and no picture since
};

}  // namespace cs
