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

/// Counters of one receiver. Times are in milliseconds since its creation; -1: has not happened.
struct Counters {
  std::int64_t packets = 0;
  std::int64_t bytes = 0;     ///< RTP, including the header and SRTP's tag
  std::int64_t lost = 0;      ///< packets, by sequence number
  std::int64_t pictures = 0;  ///< complete pictures
  std::int64_t broken = 0;    ///< pictures with missing packets
  double connected_ms = -1;
  double first_packet_ms = -1;
  double first_picture_ms = -1;  ///< the first decodable picture: a keyframe
  double longest_gap_ms = 0;     ///< between two complete pictures, since the last look()
};

/// Receives a WebRTC video track without decoding it: ICE by libnice, DTLS, RTP headers, which SRTP does not encrypt
/// (payloads are decrypted only up to the first keyframe), and receiver reports (RFC 3550) once a second. All receivers
/// share one thread.
class Receiver {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_description;  ///< the offer or answer, including all candidates
    std::function<void(const std::string& what)> on_event;  ///< connected, picture (the first decodable one), failed
  };

  Receiver(const DtlsContext& dtls, GMainContext* loop, Handlers handlers);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void make_offer();
  void take_answer(const std::string& sdp);
  void take_offer(const std::string& sdp);  ///< also creates the answer
  void take_candidate(const std::string& candidate);

  void report();  ///< call it once a second
  void on_time();
  void request_keyframe();
  void send_false_feedback();             ///< transport-wide feedback: 24 bytes about 65,535 packets
  void fall_silent() { silent_ = true; }  ///< stops the reports, as if the receiver had vanished
  void say_goodbye();

  [[nodiscard]] Counters look();

 private:
  void gather(bool controlling);
  void on_gathered();
  void set_remote_description(const std::string& sdp);
  void on_state(NiceComponentState state);
  void on_datagram(std::span<const std::uint8_t> datagram);
  void on_rtp(std::span<const std::uint8_t> packet);
  void send(std::span<const std::uint8_t> datagram);
  void send_rtcp(bool with_pli);
  /// Encrypts and sends the first `size` bytes of `packet`, which has room for SRTCP's tag.
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
  bool picture_is_complete_ = false;
  bool picture_is_key_ = false;  // only evaluated until the first keyframe
  double frame_ms_ = -1;
};

}  // namespace cs::bench
