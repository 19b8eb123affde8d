// SPDX-License-Identifier: MIT
#include "receivers/receiver.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <utility>

namespace cs::bench {
namespace {

constexpr guint kComponent = 1;
constexpr int kRtpHead = 12;

std::string value_of(const std::string& sdp, const std::string& key) {
  const auto at = sdp.find("a=" + key + ":");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 3;
  return sdp.substr(begin, sdp.find_first_of("\r\n", begin) - begin);
}

std::uint16_t u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
std::uint32_t u32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(u16(bytes, at)) << 16U | u16(bytes, at + 2);
}

/// Whether a decrypted RTP packet contains a part of an H.264 keyframe or of its parameter sets (RFC 6184, section
/// 5.2).
bool is_of_keyframe(std::span<const std::uint8_t> packet) {
  if (packet.size() < kRtpHead) return false;
  std::size_t at = kRtpHead + std::size_t{packet[0] & 0x0fU} * 4;
  if ((packet[0] & 0x10U) != 0 && at + 4 <= packet.size()) at += 4 + std::size_t{u16(packet, at + 2)} * 4;
  if (at + 4 > packet.size()) return false;
  constexpr unsigned kStapA = 24, kFuA = 28, kSlice = 5, kParameters = 7;
  unsigned type = packet[at] & 0x1fU;
  if (type == kStapA) type = packet[at + 3] & 0x1fU;
  if (type == kFuA) type = packet[at + 1] & 0x1fU;
  return type == kSlice || type == kParameters;
}

/// Writes an RTCP packet, in network byte order.
struct Writer {
  std::array<std::uint8_t, 256> bytes = {};
  int size = 0;
  void u8(unsigned value) { bytes.at(static_cast<std::size_t>(size++)) = static_cast<std::uint8_t>(value); }
  void u16(unsigned value) { u8(value >> 8U & 0xffU), u8(value & 0xffU); }
  void u32(std::uint32_t value) { u16(value >> 16U), u16(value & 0xffffU); }
};

}  // namespace

Receiver::Receiver(const DtlsContext& dtls, GMainContext* loop, Handlers handlers)
    : context_(dtls),
      handlers_(std::move(handlers)),
      loop_(loop),
      agent_(nice_agent_new(loop, NICE_COMPATIBILITY_RFC5245)),
      stream_(nice_agent_add_stream(agent_, 1)),
      own_ssrc_(g_random_int()) {
  g_object_set(agent_, "upnp", FALSE, "ice-tcp", FALSE, nullptr);
  g_signal_connect(agent_, "candidate-gathering-done",
                   G_CALLBACK(+[](NiceAgent*, guint, void* self) { static_cast<Receiver*>(self)->on_gathered(); }),
                   this);
  g_signal_connect(agent_, "component-state-changed",
                   G_CALLBACK(+[](NiceAgent*, guint, guint, guint state, void* self) {
                     static_cast<Receiver*>(self)->on_state(static_cast<NiceComponentState>(state));
                   }),
                   this);
  nice_agent_attach_recv(
      agent_, stream_, kComponent, loop_,
      [](NiceAgent*, guint, guint, guint size, gchar* data, void* self) {
        static_cast<Receiver*>(self)->on_datagram({reinterpret_cast<const std::uint8_t*>(data), size});
      },
      this);
}

Receiver::~Receiver() {
  g_signal_handlers_disconnect_by_data(agent_, this);
  nice_agent_attach_recv(agent_, stream_, kComponent, loop_, nullptr, nullptr);
  nice_agent_remove_stream(agent_, stream_);
  g_object_unref(agent_);
}

double Receiver::now_ms() const {
  return std::chrono::duration<double, std::milli>(Clock::now() - made_).count();
}

void Receiver::gather(bool controlling) {
  offers_ = controlling;
  g_object_set(agent_, "controlling-mode", controlling ? TRUE : FALSE, nullptr);
  if (nice_agent_gather_candidates(agent_, stream_) == TRUE) return;
  NiceAddress loopback;  // for a machine with no other address
  nice_address_init(&loopback);
  nice_address_set_from_string(&loopback, "127.0.0.1");
  nice_agent_add_local_address(agent_, &loopback);
  if (nice_agent_gather_candidates(agent_, stream_) != TRUE) handlers_.on_event("failed");
}

void Receiver::make_offer() {
  gather(true);
}

void Receiver::take_offer(const std::string& sdp) {
  set_remote_description(sdp);
  gather(false);
}

void Receiver::take_answer(const std::string& sdp) {
  set_remote_description(sdp);
}

void Receiver::set_remote_description(const std::string& sdp) {
  if (const std::string mid = value_of(sdp, "mid"); !mid.empty()) mid_ = mid;
  remote_setup_ = value_of(sdp, "setup");
  const auto video = sdp.find("m=video ");
  if (video != std::string::npos) {
    std::istringstream line(sdp.substr(video, sdp.find_first_of("\r\n", video) - video));
    std::string media, port, protocol;
    line >> media >> port >> protocol >> payload_type_;
  }
  nice_agent_set_remote_credentials(agent_, stream_, value_of(sdp, "ice-ufrag").c_str(),
                                    value_of(sdp, "ice-pwd").c_str());
  const std::string key = "a=candidate:";
  for (auto at = sdp.find(key); at != std::string::npos; at = sdp.find(key, at + 1))
    take_candidate(sdp.substr(at + 2, sdp.find_first_of("\r\n", at) - at - 2));
}

void Receiver::take_candidate(const std::string& candidate) {
  if (candidate.empty()) return;
  NiceCandidate* parsed = nice_agent_parse_remote_candidate_sdp(agent_, stream_, ("a=" + candidate).c_str());
  if (parsed == nullptr) return;
  GSList* list = g_slist_prepend(nullptr, parsed);
  nice_agent_set_remote_candidates(agent_, stream_, kComponent, list);
  g_slist_free_full(list, reinterpret_cast<GDestroyNotify>(&nice_candidate_free));
}

void Receiver::on_gathered() {
  handlers_.on_description(description());
}

std::string Receiver::description() const {
  gchar* ufrag = nullptr;
  gchar* password = nullptr;
  nice_agent_get_local_credentials(agent_, stream_, &ufrag, &password);
  const std::string type = std::to_string(payload_type_);
  std::string sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE " + mid_ +
                    "\r\na=msid-semantic:WMS *\r\nm=video 9 UDP/TLS/RTP/SAVPF " + type +
                    "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + mid_ + "\r\na=recvonly\r\na=rtcp-mux\r\na=ice-ufrag:" + ufrag +
                    "\r\na=ice-pwd:" + password + "\r\na=fingerprint:sha-256 " + context_.fingerprint() +
                    "\r\na=setup:" + (offers_ ? "actpass" : "active") + "\r\na=rtpmap:" + type +
                    " H264/90000\r\na=rtcp-fb:" + type + " nack\r\na=rtcp-fb:" + type + " nack pli\r\na=fmtp:" + type +
                    " level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n";
  g_free(ufrag);
  g_free(password);
  GSList* candidates = nice_agent_get_local_candidates(agent_, stream_, kComponent);
  for (GSList* item = candidates; item != nullptr; item = item->next) {
    gchar* line = nice_agent_generate_local_candidate_sdp(agent_, static_cast<NiceCandidate*>(item->data));
    sdp += std::string(line) + "\r\n";
    g_free(line);
  }
  g_slist_free_full(candidates, reinterpret_cast<GDestroyNotify>(&nice_candidate_free));
  return sdp + "a=end-of-candidates\r\n";
}

void Receiver::on_state(NiceComponentState state) {
  if (state == NICE_COMPONENT_STATE_FAILED) handlers_.on_event("failed");
  if (state != NICE_COMPONENT_STATE_CONNECTED && state != NICE_COMPONENT_STATE_READY) return;
  if (std::exchange(ready_, true)) return;
  const bool client = offers_ ? remote_setup_ == "passive" : true;
  dtls_ = std::make_unique<Dtls>(context_, client ? Dtls::Role::client : Dtls::Role::server,
                                 [this](std::span<const std::uint8_t> datagram) { send(datagram); });
  dtls_->begin();
}

void Receiver::send(std::span<const std::uint8_t> datagram) {
  nice_agent_send(agent_, stream_, kComponent, static_cast<guint>(datagram.size()),
                  reinterpret_cast<const gchar*>(datagram.data()));
}

void Receiver::on_datagram(std::span<const std::uint8_t> datagram) {
  if (datagram.size() < kRtpHead) return;
  const std::uint8_t first = datagram[0];  // RFC 7983
  if (first >= 20 && first <= 63 && dtls_) {
    const bool was_up = dtls_->is_up();
    dtls_->receive(datagram);
    if (!was_up && dtls_->is_up()) {
      counters_.connected_ms = now_ms();
      handlers_.on_event("connected");
    }
  } else if (dtls_ && first >= 128 && first <= 191 && (datagram[1] < 192 || datagram[1] > 223)) {
    on_rtp(datagram);
  }
}

void Receiver::on_rtp(std::span<const std::uint8_t> packet) {
  if ((packet[1] & 0x7fU) != static_cast<unsigned>(payload_type_)) return;
  const double now = now_ms();
  const bool marker = (packet[1] & 0x80U) != 0;
  const std::uint16_t sequence = u16(packet, 2);
  const std::uint32_t timestamp = u32(packet, 4);
  ssrc_ = u32(packet, 8);
  ++counters_.packets;
  counters_.bytes += static_cast<std::int64_t>(packet.size());
  if (counters_.first_packet_ms < 0) counters_.first_packet_ms = now;

  const auto step = static_cast<std::uint16_t>(sequence - sequence_.value_or(static_cast<std::uint16_t>(sequence - 1)));
  if (step == 0 || step > 0x8000) return;  // duplicate, or late: a retransmission
  if (sequence_ && sequence < *sequence_) cycles_ += 0x10000;
  sequence_ = sequence;
  const bool gap = step > 1;
  if (gap) counters_.lost += step - 1;
  if (timestamp != timestamp_ || counters_.packets == 1) {
    timestamp_ = timestamp;
    picture_is_complete_ = !gap;
    picture_is_key_ = false;
  } else if (gap) {
    picture_is_complete_ = false;
  }
  if (gap) ++counters_.broken;
  if (counters_.first_picture_ms < 0 && is_of_keyframe(dtls_->unprotect_rtp(packet))) picture_is_key_ = true;
  if (!marker || !picture_is_complete_) return;
  ++counters_.pictures;
  if (counters_.first_picture_ms < 0 && picture_is_key_) {
    counters_.first_picture_ms = now;
    handlers_.on_event("picture");
  }
  if (frame_ms_ >= 0) counters_.longest_gap_ms = std::max(counters_.longest_gap_ms, now - frame_ms_);
  frame_ms_ = now;
}

Counters Receiver::look() {
  Counters result = counters_;
  if (frame_ms_ >= 0) result.longest_gap_ms = std::max(result.longest_gap_ms, now_ms() - frame_ms_);
  counters_.longest_gap_ms = 0;
  return result;
}

void Receiver::report() {
  if (!silent_) send_rtcp(false);
}

void Receiver::on_time() {
  if (dtls_ && !dtls_->is_up()) dtls_->on_time();
}

void Receiver::request_keyframe() {
  send_rtcp(true);
}

void Receiver::send_rtcp(bool with_pli) {
  if (!dtls_ || !dtls_->is_up()) return;
  Writer out;
  out.u8(0x81), out.u8(201), out.u16(7), out.u32(own_ssrc_);  // RR, one block: RFC 3550, 6.4.2
  const std::int64_t lost = counters_.lost - std::exchange(reported_lost_, counters_.lost);
  const std::int64_t got = counters_.packets - std::exchange(reported_packets_, counters_.packets);
  const std::int64_t fraction = lost + got > 0 ? std::min<std::int64_t>(255, lost * 256 / (lost + got)) : 0;
  out.u32(ssrc_);
  out.u32(static_cast<std::uint32_t>(fraction << 24U) | static_cast<std::uint32_t>(counters_.lost & 0xffffff));
  out.u32(cycles_ + sequence_.value_or(0));
  out.u32(0), out.u32(0), out.u32(0);                         // jitter, last SR, delay since last SR: not measured
  out.u8(0x81), out.u8(202), out.u16(3), out.u32(own_ssrc_);  // SDES, CNAME "bench"
  out.u8(1), out.u8(5);
  for (const char c : std::string_view("bench")) out.u8(static_cast<unsigned char>(c));
  out.u8(0);
  if (with_pli) out.u8(0x81), out.u8(206), out.u16(2), out.u32(own_ssrc_), out.u32(ssrc_);  // RFC 4585, 6.3.1
  protect_and_send(out.bytes, out.size);
}

void Receiver::send_false_feedback() {
  if (!dtls_ || !dtls_->is_up()) return;
  constexpr unsigned kRun = 0x1fff;  // lost packets, the maximum of one chunk
  Writer out;
  // draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1
  out.u8(0x8f), out.u8(205), out.u16(5), out.u32(own_ssrc_), out.u32(ssrc_);
  out.u16(0), out.u16(0xffff), out.u32(0), out.u16(kRun), out.u16(kRun);
  protect_and_send(out.bytes, out.size);
}

void Receiver::protect_and_send(std::span<std::uint8_t> packet, int size) {
  if (dtls_->protect_rtcp(packet.data(), size)) send(packet.first(static_cast<std::size_t>(size)));
}

void Receiver::say_goodbye() {
  if (dtls_) dtls_->close();
}

}  // namespace cs::bench
