// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "congestion/network_monitor.hpp"
#include "cubestream/access_unit.hpp"
#include "gst/ref.hpp"
#include "rtp/keyframe_request_limit.hpp"
#include "rtp/rtp_packetizer.hpp"
#include "sdp/media_selection.hpp"

namespace cs {

/// Converts access units to RTP: the source pad of a viewer's pipeline, without an element or a thread of its own. The
/// fan-out thread runs each unit through webrtcbin's encryption and the socket call, which do not block after the
/// connection is established. Created and destroyed on the main thread; the AccessUnitSink methods run on a fan-out
/// thread.
class RtpSink final : public AccessUnitSink {
 public:
  /// `bitrate_kbps` is the maximum bit rate of the stream. `request_keyframe` is called on GStreamer threads for those
  /// requests of the peer (PLI or FIR) that KeyframeRequestLimit passes on.
  RtpSink(const NegotiatedMedia& choice, int bitrate_kbps, std::function<void()> request_keyframe, Metrics& metrics);
  ~RtpSink() override;
  RtpSink(const RtpSink&) = delete;
  RtpSink& operator=(const RtpSink&) = delete;

  [[nodiscard]] bool has_room() override;  // false while the NetworkMonitor pauses sending
  void push(const AccessUnit& unit) override;
  void skip(std::int64_t units) override;

  /// Links the output to `pad` and unlinks the previous pad. Not while units are pushed. Throws StartupError on
  /// failure.
  void link_to(GstPad* pad);

  /// Caps of the packets, including the SSRC (RFC 3550). Without the SSRC in the caps, the answer announces a wrong
  /// one, and browsers decode the track but do not display it.
  [[nodiscard]] GstCaps* caps() const { return caps_.get(); }

  /// Counts of sent and skipped data. Any thread.
  struct Sent {
    std::int64_t bytes = 0;  ///< RTP, before encryption
    std::int64_t packets = 0;
    std::int64_t pictures = 0;
    std::int64_t pictures_skipped = 0;
    std::int64_t pictures_skipped_for_network = 0;  ///< included in pictures_skipped
  };
  [[nodiscard]] Sent sent() const {
    return {bytes_.here.value(), packets_.here.value(), pictures_.here.value(), skipped_.here.value(),
            skipped_for_network_.here.value()};
  }

  /// The network monitor, shared with the objects that receive the reports.
  [[nodiscard]] const std::shared_ptr<NetworkMonitor>& monitor() const { return monitor_; }

  /// Id of the transport-wide sequence number extension; 0: not negotiated.
  [[nodiscard]] int transport_wide_id() const { return transport_wide_id_; }

  /// Mapping from capture time to RTP timestamp.
  [[nodiscard]] MediaClock media_clock() const { return packetizer_.media_clock(); }

 private:
  /// Counts for this viewer and for all viewers of its codec.
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
  std::shared_ptr<KeyframeRequestLimit> requests_;  // shared with the pad
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
  const std::shared_ptr<NetworkMonitor> monitor_;  // shared with the inbound filter and the burst sender

  // Fan-out thread only.
  bool begun_ = false;
  bool paused_ = false;  // sending was paused, and no unit was sent since
};

}  // namespace cs
