// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <nice/agent.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "receivers/dtls.hpp"

namespace cs::bench {

using Clock = std::chrono::steady_clock;

/// What one receiver has seen; times in milliseconds since it was made, -1 where it has not happened.
struct Counters {
  std::int64_t packets = 0;
  std::int64_t bytes = 0;     ///< of RTP, header included, SRTP's tag too
  std::int64_t lost = 0;      ///< packets, by their numbers
  std::int64_t pictures = 0;  ///< that came whole
  std::int64_t broken = 0;    ///< pictures of which packets are missing
  double connected_ms = -1;
  double first_packet_ms = -1;
  double first_picture_ms = -1;  ///< the first that can be decoded: a keyframe
  double longest_gap_ms = 0;     ///< between two whole pictures, since the last look
};

/// Receives a WebRTC video track and decodes nothing: ICE by libnice, DTLS, RTP by its headers, which SRTP leaves in
/// the clear (only up to the first keyframe it looks inside), and receiver reports (RFC 3550) once a second. All of
/// them share one thread.
class Receiver {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_description;  ///< the offer or answer, all candidates in it
    std::function<void(const std::string& what)>
        on_event;  ///< connected, picture (the first that can be decoded), failed
  };

  Receiver(const DtlsContext& dtls, GMainContext* loop, Handlers handlers);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void make_offer();
  void take_answer(const std::string& sdp);
  void take_offer(const std::string& sdp);  ///< which is answered
  void take_candidate(const std::string& candidate);

  void report();  ///< once a second
  void on_time();
  void request_keyframe();
  void send_false_feedback();             ///< transport-wide, 24 bytes that name 65,535 packets
  void fall_silent() { silent_ = true; }  ///< no report any more: it has vanished
  void say_goodbye();

  [[nodiscard]] Counters look();

 private:
  void gather(bool controlling);
  void on_gathered();
  void take_remote(const std::string& sdp);
  void on_state(NiceComponentState state);
  void on_datagram(std::span<const std::uint8_t> datagram);
  void on_rtp(std::span<const std::uint8_t> packet);
  void send(std::span<const std::uint8_t> datagram);
  void send_rtcp(bool with_pli);
  /// `packet`: its first `size` bytes, with room for SRTCP's tag.
  void protect_and_send(std::span<std::uint8_t> packet, int size);
  [[nodiscard]] std::string description() const;
  [[nodiscard]] double now_ms() const;

  const DtlsContext& context_;
  const Handlers handlers_;
  const Clock::time_point made_ = Clock::now();
  GMainContext* const loop_;
  NiceAgent* const agent_;
  const guint stream_;
  std::unique_ptr<Dtls> dtls_;
  bool offers_ = true;
  bool ready_ = false;
  bool silent_ = false;
  std::string mid_ = "0";
  int payload_type_ = 102;
  std::string remote_setup_;

  Counters counters_;
  std::uint32_t own_ssrc_;
  std::uint32_t ssrc_ = 0;
  std::optional<std::uint16_t> sequence_;
  std::uint32_t cycles_ = 0;
  std::int64_t reported_lost_ = 0;
  std::int64_t reported_packets_ = 0;
  std::uint32_t timestamp_ = 0;
  bool picture_is_whole_ = false;
  bool picture_is_key_ = false;  // looked at until the first one
  double frame_ms_ = -1;
};

}  // namespace cs::bench
