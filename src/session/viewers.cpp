// SPDX-License-Identifier: MIT
#include "session/viewers.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "cubestream/close_codes.hpp"
#include "log/log.hpp"
#include "network/peer.hpp"
#include "rtp/inbound_filter.hpp"
#include "session/disconnect_reason.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kAdaptEvery{200};
constexpr std::chrono::milliseconds kSettleWithin{300};  // when the server stops
constexpr std::size_t kMostDeparting = 32;  // limit of closed viewers that still hold threads and descriptors

/// All error codes of refusals. Most of them come from select_media().
constexpr std::string_view kRefusals[] = {
    "too-many-viewers", "too-many-pending", "too-many-offers", "no-room",   "server-error", "bad-sdp",
    "no-codec",         "no-video",         "not-receiving",   "h264-mode", "h264-profile", "weak-fingerprint"};

constexpr NeededElement kNeeded[] = {
    {"appsrc", "gstreamer1.0-plugins-base"},     {"appsink", "gstreamer1.0-plugins-base"},
    {"rtpbin", "gstreamer1.0-plugins-good"},     {"webrtcbin", "gstreamer1.0-plugins-bad"},
    {"dtlssrtpenc", "gstreamer1.0-plugins-bad"}, {"srtpenc", "gstreamer1.0-plugins-bad"},
    {"sctpenc", "gstreamer1.0-plugins-bad"},     {"nicesink", "gstreamer1.0-nice"}};

IpAddress::Reach reach_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address.substr(0, address.find('%')));
  return parsed ? parsed->reach() : IpAddress::Reach::everywhere;
}

/// What the pending sessions of a client are counted for: its network. Clients on this machine have no network; they
/// are counted by address.
std::string admission_key(const std::string& address) {
  std::string network = client_network(address);
  return network.empty() ? address : network;
}

std::vector<std::vector<Rung>> ladders_of(const std::vector<Channel>& channels) {
  std::vector<std::vector<Rung>> ladders(channels.size());
  for (std::size_t i = 0; i < channels.size(); ++i)
    for (const RungStream& rung : channels[i].rungs) ladders[i].push_back(rung.rung);
  return ladders;
}

std::string name_of(ClientId id) {
  return "viewer " + std::to_string(id);
}

}  // namespace

std::span<const NeededElement> viewer_elements() {
  return kNeeded;
}

Viewers::Viewers(Config config, std::vector<Channel> channels, Inbox<ServerEvent>& to_clients, Loop& loop,
                 Metrics& metrics)
    : config_(std::move(config)),
      channels_(std::move(channels)),
      to_clients_(to_clients),
      loop_(loop),
      metrics_(metrics),
      joined_(metrics.get("clients_joined_total")),
      orphans_(metrics.get("viewers_orphaned_total")),
      admission_(config_.max_viewers),
      adaptation_(ladders_of(channels_)),
      departing_(config_.depart_within, metrics.get("viewers_departing"), metrics.get("viewers_departed_late_total")) {
  // Create all counters at start: a counter that appears with its first event hides that event from rate().
  const auto prepare = [&](const char* name, Labels labels) { static_cast<void>(metrics.get(name, labels)); };
  for (const DisconnectReason& reason : kLeaveReasons)
    prepare("viewers_left_total", {{"reason", std::string(reason.word)}});
  for (const std::string_view code : kRefusals) prepare("viewers_refused_total", {{"reason", std::string(code)}});
  for (const Channel& channel : channels_) {
    const std::string codec(encoding_name(channel.stream.codec));
    prepare("viewers_joined_total", {{"codec", codec}});
    for (const auto state : {ViewerState::connecting, ViewerState::connected, ViewerState::orphaned})
      prepare("viewers", {{"codec", codec}, {"state", std::string(name_of(state))}});
    for (const RungStream& rung : channel.rungs)
      prepare("viewers_shown", {{"codec", codec}, {"size", text_of(rung.rung.format.size)}});
  }
  for (const char* reason : InboundFilter::kReasons)
    prepare("viewer_inbound_packets_dropped_total", {{"reason", reason}});
  for (const char* direction : {"down", "up"}) prepare("viewer_moves_total", {{"direction", direction}});
}

Viewers::~Viewers() {
  while (!sessions_.empty()) end(sessions_.begin()->first, "stopping", "the server is stopping");
  // The main loop no longer runs, so iterate it here to receive the last results of webrtcbin.
  const TimePoint deadline = Clock::now() + kSettleWithin;
  const Timer turns(std::chrono::milliseconds(10), Timer::Repeat::forever, [] {});
  while (departing_.size() > 0 && Clock::now() < deadline) {
    g_main_context_iteration(nullptr, TRUE);
    departing_.sweep(Clock::now());
  }
}

void Viewers::on_event(const ClientEvent& event) {
  assert_on(ThreadRole::main);
  std::visit([&](const auto& what) { handle(event.client, what); }, event.what);
}

void Viewers::handle(ClientId id, const ClientJoined& joined) {
  joined_.add();
  clients_[id] = {.address = joined.address, .reached_at = joined.reached_at};
  make_log(name_of(id))->info("joined from {}", joined.address);
}

void Viewers::handle(ClientId id, const ClientWantsStamp& wish) {
  const auto client = clients_.find(id);
  if (client != clients_.end()) set_stamp_wish(client->second, wish.on);
}

void Viewers::set_stamp_wish(Client& client, bool on) {
  if (std::exchange(client.wants_stamp, on) == on) return;
  const int before = std::exchange(stamps_wanted_, stamps_wanted_ + (on ? 1 : -1));
  if (before == 0 || stamps_wanted_ == 0) config_.on_stamp_wanted(stamps_wanted_ > 0);
}

bool Viewers::remove_client(ClientId id) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return false;
  set_stamp_wish(client->second, false);
  clients_.erase(client);
  return true;
}

void Viewers::handle(ClientId id, const ClientLeft& left) {
  if (!remove_client(id)) return;
  const auto session = sessions_.find(id);
  const bool keeps_streaming =
      session != sessions_.end() && !left.said_goodbye && session->second.viewer->is_connected();
  if (!keeps_streaming) {
    if (session == sessions_.end()) return make_log(name_of(id))->info("left: {}; no session", left.reason);
    return end(id, left.said_goodbye ? "closed" : "disconnected", left.reason);
  }
  session->second.viewer->orphan();
  orphans_.add();
  session->second.orphan_until = Clock::now() + config_.grace;
  make_log(name_of(id))
      ->info("signalling connection lost ({}); streaming continues for {} s", left.reason,
             std::chrono::duration_cast<std::chrono::seconds>(config_.grace).count());
}

void Viewers::handle(ClientId id, const ClientTrickled& trickled) {
  const auto session = sessions_.find(id);
  if (session != sessions_.end()) session->second.viewer->add_candidate(trickled.candidate);
}

void Viewers::handle(ClientId id, const ClientOffered& offered) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  end(id, "replaced", "the client sent a new offer");
  const std::string& address = client->second.address;
  if (!admission_.may_offer(client_network(address), Clock::now()))
    return refuse(id, "too-many-offers", "too many offers from your network; try again in a few seconds",
                  kTryAgainLater);
  // Check the offer before another session is ended for it.
  Offer offer(offered.sdp);
  const auto choice = select_media(offer, channels_);
  if (const auto* no = std::get_if<OfferRefusal>(&choice)) return refuse(id, no->code, no->message, kPolicyViolation);
  const std::string network = admission_key(address);
  auto decision = admission_.ask(network);
  if (departing_.size() >= kMostDeparting)
    decision = Admission::Decision::too_many_pending;
  else if (decision != Admission::Decision::admitted && make_room(decision, network))
    decision = admission_.ask(network);
  if (decision == Admission::Decision::full)
    return refuse(id, "too-many-viewers",
                  "this server accepts at most " + std::to_string(config_.max_viewers) +
                      (config_.max_viewers == 1 ? " viewer" : " viewers") + " at a time and is full; try again later",
                  kTryAgainLater);
  if (decision == Admission::Decision::too_many_pending)
    return refuse(id, "too-many-pending", "too many connections are being established; try again in a few seconds",
                  kTryAgainLater);
  if (const std::string shortage = config_.shortage(); !shortage.empty()) {
    make_log(name_of(id))->warn("{}", shortage);
    return refuse(id, "no-room", "the server has no resources for another viewer; try again later", kTryAgainLater);
  }
  begin(id, std::get<NegotiatedMedia>(choice), std::move(offer), offered.wants_whole_answer);
}

void Viewers::begin(ClientId id, const NegotiatedMedia& choice, Offer offer, bool whole) {
  const std::string address = clients_.at(id).address;
  const std::string network = admission_key(address);
  const Viewer::Handlers handlers{
      .on_answer = [this, id](const SendAnswer& answer) { send(id, answer); },
      .on_candidate = [this, id](const Candidate& candidate) { send(id, SendCandidate{candidate}); },
      .on_connected =
          [this, network] {
            admission_.connected(network);
            if (++watching_ == 1) config_.on_watched(true);
          },
      // Not send(), which may end the session.
      .on_network =
          [this, id](const SendNetwork& news) {
            return !clients_.contains(id) || to_clients_.try_push({id, news});
          },
      .on_limited = [this] { adapt_now_.wake(); },
      .on_over = [this, id](const std::string& code,
                            const std::string& message) { dismiss(id, code, message, kInternalError); },
      .on_closed = [this] { end_departed(); }};
  try {
    auto viewer = std::make_unique<Viewer>(name_of(id), choice,
                                           TransportSetup{.ice = config_.ice,
                                                          .identity = identity_,
                                                          .peer = reach_of(address),
                                                          .reached_at = IpAddress::parse(clients_.at(id).reached_at)},
                                           channels_[choice.channel], handlers, loop_, metrics_);
    Viewer& new_viewer = *viewer;
    sessions_[id] = Session{.address = address, .network = network, .viewer = std::move(viewer), .orphan_until = {}};
    admission_.begin(network);
    metrics_.get("viewers_joined_total", {{"codec", std::string(encoding_name(choice.codec))}}).add();
    if (!check_timer_)
      check_timer_ = std::make_unique<Timer>(config_.look_every, Timer::Repeat::forever, [this] { check_sessions(); });
    if (!adapt_timer_) adapt_timer_ = std::make_unique<Timer>(kAdaptEvery, Timer::Repeat::forever, [this] { adapt(); });
    publish();
    new_viewer.answer(std::move(offer), whole);
  } catch (const StartupError& error) {
    make_log(name_of(id))->error("{}", error.what());
    refuse(id, "server-error", "the server could not create the session; try again", kInternalError);
  }
}

void Viewers::end(ClientId id, std::string_view reason, const std::string& words) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  const DisconnectReason& row = leave_reason(reason);
  const TimePoint now = Clock::now();
  session->second.viewer->look(now);
  make_log(name_of(id))
      ->log(row.is_fault ? LogLevel::warn : LogLevel::info, "{}",
            leave_line(row, words, session->second.address, figures_of(*session), now));
  metrics_.get("viewers_left_total", {{"reason", std::string(row.word)}}).add();
  std::unique_ptr<Viewer> viewer = std::move(session->second.viewer);
  admission_.end(session->second.network, viewer->is_connected());
  if (viewer->is_connected() && --watching_ == 0) config_.on_watched(false);
  sessions_.erase(session);
  viewer->close();
  departing_.add(std::move(viewer), now);
  publish();
  end_departed();
}

bool Viewers::make_room(Admission::Decision decision, const std::string& network) {
  if (decision == Admission::Decision::full && displace_orphan()) return true;
  // Ids increase, so the first match is the oldest session.
  const TimePoint now = Clock::now();
  const bool of_its_own = admission_.is_crowded(network);
  const auto pending = std::ranges::find_if(sessions_, [&](const Sessions::value_type& entry) {
    const auto& [address, from, viewer, orphan_until] = entry.second;
    if (viewer->is_connected() || (of_its_own && from != network)) return false;
    return admission_.gives_way(from, now - viewer->born(), network);
  });
  if (pending == sessions_.end() || !config_.shortage().empty()) return false;
  dismiss(pending->first, "displaced",
          "the session was replaced because it had no media connection yet and other viewers are waiting; try again",
          kTryAgainLater);
  return true;
}

bool Viewers::displace_orphan() {
  const auto orphan = std::ranges::find_if(
      sessions_, [](const Sessions::value_type& entry) { return entry.second.orphan_until.has_value(); });
  if (orphan == sessions_.end() || !config_.shortage().empty()) return false;
  end(orphan->first, "displaced", "replaced by a new viewer, because its signalling connection was lost");
  return true;
}

void Viewers::send(ClientId id, ServerMessage what) {
  if (!clients_.contains(id) || to_clients_.try_push({id, std::move(what)})) return;
  // The queue is full. A session that misses a message cannot continue. The close message uses the reserve of the
  // queue.
  end(id, "busy", "the message queue is full; the client has to reconnect");
  close(id, kTryAgainLater, "the server is busy");
}

void Viewers::close(ClientId id, std::uint16_t code, const std::string& reason) {
  // Further events of the client are ignored and it is closed only once, which limits the use of the reserve.
  if (!remove_client(id)) return;
  if (!to_clients_.try_push_reserved({id, SendClose{code, reason}}))
    make_log(name_of(id))->error("could not close the connection: the message queue is full");
}

void Viewers::refuse(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code) {
  metrics_.get("viewers_refused_total", {{"reason", code}}).add();
  make_log(name_of(id))->info("refused ({}): {}", code, message);
  dismiss(id, code, message, close_code);
}

void Viewers::dismiss(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code) {
  end(id, code, message);
  // When the queue is full, the client receives only the close code and reason.
  if (clients_.contains(id)) static_cast<void>(to_clients_.try_push({id, SendError{code, message}}));
  close(id, close_code, code);
}

void Viewers::end_departed() {
  // Deferred, because this may run inside a call of one of these viewers.
  end_departed_ =
      std::make_unique<Timer>(std::chrono::milliseconds(0), Timer::Repeat::once, [this] { sweep_departed(); });
}

void Viewers::sweep_departed() {
  const std::size_t before = departing_.size();
  if (const std::size_t late = departing_.sweep(Clock::now()); late > 0)
    make_log("main")->error(
        "GStreamer did not finish {} closed viewers in time; they are destroyed now, which may leak file descriptors",
        late);
  if (departing_.size() < before) memory_trim_.freed();
  if (sessions_.empty()) adapt_timer_.reset();
  if (sessions_.empty() && departing_.size() == 0) check_timer_.reset();
}

}  // namespace cs
