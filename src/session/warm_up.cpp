// SPDX-License-Identifier: MIT
#include "session/warm_up.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "log/log.hpp"
#include "session/viewer.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kUsual{10};    // upper limit on a machine that is not overloaded
constexpr std::chrono::seconds kTimeout{60};  // less than systemd's start timeout

/// An offer like those of browsers, from a peer that does not exist.
constexpr const char* kOffer =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=ice-ufrag:none\r\n"
    "a=ice-pwd:nobodynobodynobodynobody\r\n"
    "a=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 "
    "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\r\n"
    "a=setup:actpass\r\n"
    "a=mid:0\r\n"
    "a=recvonly\r\n"
    "a=rtcp-mux\r\n"
    "a=rtpmap:96 H264/90000\r\n"
    "a=rtcp-fb:96 nack\r\n"
    "a=rtcp-fb:96 nack pli\r\n"
    "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
    "a=rtpmap:97 VP8/90000\r\n"
    "a=rtcp-fb:97 nack\r\n"
    "a=rtcp-fb:97 nack pli\r\n";

/// Waits for the answer.
class Answered final : public ViewerObserver {
 public:
  void send(ClientId /*viewer*/, ServerMessage message) override {
    if (std::holds_alternative<SendAnswer>(message)) is_answered = true;
  }
  bool try_send(ClientId /*viewer*/, const SendNetwork& /*news*/) override { return true; }
  void on_connected(ClientId /*viewer*/) override {}
  void on_failed(ClientId /*viewer*/, const std::string& code, const std::string& sentence) override {
    if (code != "not-connected") failure = sentence;  // expected, because the peer does not exist
  }
  void on_closed() override {}
  void on_limited() override {}

  bool is_answered = false;
  std::string failure;
};

}  // namespace

void warm_up(std::span<const Channel> channels, const IceConfig& ice, Loop& loop, Metrics& metrics) {
  Offer offer(kOffer);
  const auto choice = select_media(offer, channels);
  if (const auto* no = std::get_if<OfferRefusal>(&choice))
    throw StartupError("warm-up failed: the offer was refused: " + no->message);
  bool late = false;
  const Timer usual(kUsual, Timer::Repeat::once, [] {
    make_log("warm-up")->warn(
        "webrtcbin has not answered the offer within 10 s; still waiting, the machine may be busy");
  });
  const Timer deadline(kTimeout, Timer::Repeat::once, [&] { late = true; });
  const auto& chosen = std::get<NegotiatedMedia>(choice);
  const DtlsIdentity identity;
  const TransportSetup transport{
      .ice = ice, .identity = identity, .peer = IpAddress::Reach::machine, .reached_at = std::nullopt};
  Answered observer;
  ViewerMetrics viewer_metrics(metrics, channels);
  Viewer viewer(0, "warm-up", chosen, transport, channels[chosen.channel], observer, loop, viewer_metrics);
  viewer.answer(std::move(offer), false);
  while ((!observer.is_answered || !viewer.is_closed()) && observer.failure.empty() && !late)
    g_main_context_iteration(nullptr, TRUE);
  for (const std::string& missing : viewer.missing_internals()) make_log("warm-up")->warn("{}", missing);
  if (!observer.is_answered)
    throw StartupError("warm-up failed: webrtcbin did not answer the offer: " +
                       (late ? std::string("no answer within 60 s") : observer.failure));
}

}  // namespace cs
