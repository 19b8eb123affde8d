// SPDX-License-Identifier: MIT
#include "session/viewer.hpp"

#include <utility>

#include "base/error.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};

constexpr const char* kNoHandshake =
    "ICE connected, but the DTLS handshake did not complete: client and server may share no cipher suite or protocol "
    "version, or a device between them drops or modifies DTLS packets";
constexpr const char* kMediaFailed = "the server could not send the video; try again";

std::string_view name_of(GstWebRTCPeerConnectionState state) {
  switch (state) {
    case GST_WEBRTC_PEER_CONNECTION_STATE_NEW:
      return "new";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTING:
      return "connecting";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED:
      return "connected";
    case GST_WEBRTC_PEER_CONNECTION_STATE_DISCONNECTED:
      return "disconnected";
    case GST_WEBRTC_PEER_CONNECTION_STATE_FAILED:
      return "failed";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED:
      return "closed";
  }
  return "unknown";
}

std::vector<FrameFormat> formats_of(const Channel& channel) {
  std::vector<FrameFormat> formats;
  for (const RungStream& rung : channel.rungs) formats.push_back(rung.rung.format);
  return formats.empty() ? std::vector{channel.stream.format} : formats;
}

double milliseconds_since(TimePoint then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

}  // namespace

Viewer::Viewer(ClientId id, const std::string& name, const NegotiatedMedia& media, const TransportSetup& transport,
               const Channel& channel, ViewerObserver& observer, Loop& loop, ViewerMetrics& metrics)
    : id_(id),
      media_(media),
      observer_(observer),
      metrics_(metrics),
      log_(make_log(name)),
      whole_answer_([this](const std::string& sdp) { send_answer(sdp); }),
      watched_(std::make_shared<WatchedRung>(channel.broadcasts())),
      pipeline_(name, {.on_error = [this](const std::string& what) { on_pipeline_error(what); }, .on_end = {}}),
      rtp_(
          media, channel.stream.bitrate_kbps, [watched = watched_] { watched->request_keyframe(); }, metrics.all),
      network_(rtp_, media.codec, formats_of(channel), metrics, log_),
      webrtc_(pipeline_, rtp_, transport, *this, log_, loop, metrics.all),
      timeout_(std::make_unique<Timer>(kConnectWithin, Timer::Repeat::once,
                                       [this] {
                                         fail_to_connect("not-connected",
                                                         "no media connection within 10 s: UDP between you and the "
                                                         "server seems blocked");
                                       })),
      rungs_(std::in_place, rtp_, channel.broadcasts(), watched_,
             [this](const std::string& why) { on_failed("no-pictures", why); }) {
  rtp_.monitor()->on_limited([&observer] { observer.on_limited(); });
  metrics_.in(media_.codec, state_).add();
}

Viewer::~Viewer() {
  close();
}

void Viewer::answer(Offer offer, bool whole) {
  log_->debug("offer: {} as payload {}, media section {}", encoding_name(media_.codec), media_.payload.type,
              media_.mline_index);
  wants_whole_answer_ = whole;
  if (whole) offered_ = offer.ice_credentials();  // for PATCH requests
  // Errors of play() arrive on the bus.
  if (pipeline_.play()) webrtc_.answer(std::move(offer), media_);
}

void Viewer::on_answer(const std::string& sdp) {
  if (is_closing_) return;
  if (wants_whole_answer_) return whole_answer_.hold(sdp);
  send_answer(sdp);
}

void Viewer::send_answer(const std::string& sdp) {
  observer_.send(id_, SendAnswer{.sdp = sdp, .media_clock = rtp_.media_clock(), .offered = std::move(offered_)});
  log_->info("answered in {:.1f} ms", milliseconds_since(born_));
}

void Viewer::on_candidate(const Candidate& candidate) {
  if (is_closing_ || whole_answer_.add(candidate)) return;
  observer_.send(id_, SendCandidate{candidate});
}

void Viewer::add_candidate(const Candidate& candidate) {
  log_->debug("remote candidate: {}", candidate.text.empty() ? "end of candidates" : candidate.text);
  webrtc_.add_candidate(candidate);
}

void Viewer::on_settled() {
  if (is_closing_) observer_.on_closed();
}

void Viewer::close() {
  if (std::exchange(is_closing_, true)) return;
  timeout_.reset();
  whole_answer_.cancel();
  rtp_.monitor()->on_limited(nullptr);
  rungs_.reset();
  network_.end();
  metrics_.in(media_.codec, state_).add(-1);
}

void Viewer::enter(ViewerState state) {
  if (is_closing_) return;
  metrics_.in(media_.codec, std::exchange(state_, state)).add(-1);
  metrics_.in(media_.codec, state).add();
}

void Viewer::on_failed(const std::string& code, const std::string& sentence) {
  if (!is_closing_) observer_.on_failed(id_, code, sentence);
}

void Viewer::on_state(GstWebRTCPeerConnectionState state) {
  log_->debug("{}", name_of(state));
  if (is_closing_) return;
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED && !is_connected_) {
    try {
      begin_sending();
    } catch (const StartupError& error) {
      log_->error("{}", error.what());
      on_failed("media-failed", kMediaFailed);
    }
    return;
  }
  if (state != GST_WEBRTC_PEER_CONNECTION_STATE_FAILED) return;
  if (is_connected_) return on_failed("ice-failed", "the media connection was lost");
  fail_to_connect("ice-failed", "ICE found no working connection: UDP between you and the server seems blocked");
}

void Viewer::on_pipeline_error(const std::string& what) {
  log_->debug("pipeline failed: {}", what);
  // Recognize DTLS errors by the element name. The DTLS elements fail only on received packets, so ICE is connected
  // even if webrtcbin has not reported it yet.
  if (!is_connected_ && what.starts_with("dtls")) return on_failed("dtls-failed", kNoHandshake);
  on_failed("media-failed", kMediaFailed);
}

void Viewer::fail_to_connect(const std::string& code, const std::string& sentence) {
  if (webrtc_.has_path()) return on_failed("dtls-failed", kNoHandshake);
  on_failed(code, sentence);
}

void Viewer::begin_sending() {
  // RFC 8827, section 6.5. Check this first: nothing feeds the pipeline yet, so no RTP has been sent.
  if (!matches_any(media_.fingerprints, webrtc_.remote_certificate()))
    return on_failed("certificate-mismatch",
                     "the DTLS certificate does not match the fingerprint in the offer; another party may have "
                     "intercepted the connection");
  webrtc_.connected(rtp_, metrics_.all);  // before the state changes, because it may throw
  is_connected_ = true;
  const TimePoint now = Clock::now();
  connected_after_ = now - born_;
  enter(ViewerState::connected);
  network_.begin(now);
  timeout_.reset();
  metrics_.connected.add();
  observer_.on_connected(id_);
  pipeline_.settle_latency();  // otherwise rtpsession sends sender reports without NTP time
  rungs_->start();
  log_->info("connected after {:.0f} ms", milliseconds_since(born_));
}

Watching Viewer::watching(TimePoint now) {
  rungs_->settle();
  if (network_.on_rung(rungs_->rung())) send_news();
  Watching watching = network_.watching(now);
  watching.viewer = id_;
  watching.channel = media_.channel;
  watching.rung = rungs_->rung();
  watching.next = rungs_->next();
  return watching;
}

void Viewer::look(TimePoint now) {
  if (!is_connected_ || is_closing_) return;
  network_.look(now);
  send_news();
  const auto report = webrtc_.report();
  if (!report || !report->is_new) return;
  network_.hear(report->reception, now);
  webrtc_.repeat(network_.loses_retransmissions());
}

void Viewer::send_news() {
  if (const auto news = network_.news(); news && observer_.try_send(id_, *news)) network_.told(*news);
}

ViewerFigures Viewer::figures() const {
  const auto sent = rtp_.sent();
  ViewerFigures figures{.client = id_,
                        .codec = media_.codec,
                        .state = state_,
                        .since = born_,
                        .connected_after = connected_after_,
                        .bytes = sent.bytes,
                        .packets = sent.packets,
                        .pictures = sent.pictures,
                        .pictures_skipped = sent.pictures_skipped,
                        .pictures_skipped_for_network = sent.pictures_skipped_for_network};
  network_.describe(figures);
  return figures;
}

}  // namespace cs
