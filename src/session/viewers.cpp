// SPDX-License-Identifier: MIT
#include "session/viewers.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "cubestream/close_codes.hpp"
#include "cubestream/error_codes.hpp"
#include "log/log.hpp"
#include "network/peer.hpp"
#include "session/disconnect_reason.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kAdaptEvery{200};
constexpr std::size_t kMostDeparting = 32;  // limit of closed viewers that still hold threads and descriptors

std::string name_of(ClientId id) {
  return "viewer " + std::to_string(id);
}

}  // namespace

Viewers::Viewers(Config config, std::vector<Channel> channels, Inbox<ServerEvent>& to_clients, Loop& loop,
                 Metrics& metrics)
    : config_(std::move(config)),
      channels_(std::move(channels)),
      loop_(loop),
      metrics_(metrics, channels_),
      clients_(to_clients, config_.on_stamp_wanted),
      adaptation_(ladders_of(channels_)),
      sessions_(config_.max_viewers),
      departing_(config_.depart_within, metrics) {}

Viewers::~Viewers() {
  while (!sessions_.is_empty()) end(sessions_.all().begin()->first, "stopping", "the server is stopping");
}

void Viewers::set_scene(Size scene) {
  assert_on(ThreadRole::main);
  scene_ = scene;
  for (const auto& [id, session] : sessions_.all()) session.viewer->set_scene(scene);
}

void Viewers::on_event(const ClientEvent& event) {
  assert_on(ThreadRole::main);
  std::visit([&](const auto& what) { handle(event.client, what); }, event.what);
}

void Viewers::handle(ClientId id, const ClientJoined& joined) {
  metrics_.clients_joined.add();
  clients_.add(id, joined);
  make_log(name_of(id))->info("joined from {}", joined.address);
}

void Viewers::handle(ClientId id, const ClientLeft& left) {
  if (!clients_.remove(id)) return;
  Session* session = sessions_.find(id);
  if (session == nullptr) return make_log(name_of(id))->info("left: {}; no session", left.reason);
  if (left.said_goodbye || !session->viewer->is_connected())
    return end(id, left.said_goodbye ? "closed" : "disconnected", left.reason);
  session->viewer->orphan();
  metrics_.orphaned.add();
  session->orphan_until = Clock::now() + config_.grace;
  make_log(name_of(id))
      ->info("signalling connection lost ({}); streaming continues for {} s", left.reason,
             std::chrono::duration_cast<std::chrono::seconds>(config_.grace).count());
}

void Viewers::handle(ClientId id, const ClientTrickled& trickled) {
  if (Session* session = sessions_.find(id)) session->viewer->add_candidate(trickled.candidate);
}

void Viewers::handle(ClientId id, const ClientOffered& offered) {
  const Clients::Client* client = clients_.find(id);
  if (client == nullptr) return;
  end(id, "replaced", "the client sent a new offer");
  const std::string& address = client->address;
  Admission& admission = sessions_.admission();
  if (!admission.may_offer(client_network(address), Clock::now()))
    return refuse(id, {"too-many-offers", "too many offers from your network; try again in a few seconds"});
  // Check the offer before another session is ended for it.
  Offer offer(offered.sdp);
  const auto media = select_media(offer, channels_);
  if (const auto* no = std::get_if<OfferRefusal>(&media)) return refuse(id, {no->code, no->message});
  const std::string network = admission_key(address);
  auto decision = admission.ask(network);
  if (departing_.size() >= kMostDeparting)
    decision = Admission::Decision::too_many_pending;
  else if (decision != Admission::Decision::admitted && make_room(decision, network))
    decision = admission.ask(network);
  if (decision == Admission::Decision::full)
    return refuse(id, {"too-many-viewers", "this server accepts at most " + std::to_string(config_.max_viewers) +
                                               (config_.max_viewers == 1 ? " viewer" : " viewers") +
                                               " at a time and is full; try again later"});
  if (decision == Admission::Decision::too_many_pending)
    return refuse(id, {"too-many-pending", "too many connections are being established; try again in a few seconds"});
  if (const std::string shortage = config_.shortage(); !shortage.empty()) {
    make_log(name_of(id))->warn("{}", shortage);
    return refuse(id, {"no-room", "the server has no resources for another viewer; try again later"});
  }
  begin(id, std::get<NegotiatedMedia>(media), std::move(offer), offered.wants_whole_answer);
}

void Viewers::begin(ClientId id, const NegotiatedMedia& media, Offer offer, bool whole) {
  const Clients::Client& client = *clients_.find(id);
  const std::string network = admission_key(client.address);
  try {
    auto viewer =
        std::make_unique<Viewer>(id, name_of(id), media,
                                 TransportSetup{.ice = config_.ice,
                                                .identity = identity_,
                                                .peer = reach_of(client.address),
                                                .reached_at = IpAddress::parse(client.reached_at)},
                                 channels_[media.channel], static_cast<ViewerObserver&>(*this), loop_, metrics_);
    if (scene_) viewer->set_scene(*scene_);
    const Session& session =
        sessions_.add(id, {.address = client.address, .network = network, .viewer = std::move(viewer)});
    metrics_.joined(media.codec).add();
    if (!check_timer_)
      check_timer_ = std::make_unique<Timer>(config_.look_every, Timer::Repeat::forever, [this] { check_sessions(); });
    if (!adapt_timer_) adapt_timer_ = std::make_unique<Timer>(kAdaptEvery, Timer::Repeat::forever, [this] { adapt(); });
    publish();
    session.viewer->answer(std::move(offer), whole);
  } catch (const StartupError& error) {
    make_log(name_of(id))->error("{}", error.what());
    refuse(id, {"server-error", "the server could not create the session; try again"});
  }
}

void Viewers::on_connected(ClientId viewer) {
  const bool is_first = !sessions_.has_connected();
  sessions_.connected(viewer);
  if (is_first) config_.on_watched(true);
}

void Viewers::on_failed(ClientId viewer, const std::string& code, const std::string& sentence) {
  dismiss(viewer, {code, sentence});
}

void Viewers::end(ClientId id, std::string_view reason, const std::string& words) {
  const Session* session = sessions_.find(id);
  if (session == nullptr) return;
  const DisconnectReason& row = leave_reason(reason);
  const TimePoint now = Clock::now();
  session->viewer->look(now);
  make_log(name_of(id))
      ->log(row.is_fault ? LogLevel::warn : LogLevel::info, "{}",
            leave_line(row, words, session->address, session->viewer->figures(), now));
  metrics_.left(row.word).add();
  const bool was_connected = session->viewer->is_connected();
  departing_.add(sessions_.remove(id));
  if (was_connected && !sessions_.has_connected()) config_.on_watched(false);
  publish();
  if (!sessions_.is_empty()) return;
  stop_timers_ = std::make_unique<Timer>(std::chrono::milliseconds(0), Timer::Repeat::once, [this] {
    if (!sessions_.is_empty()) return;
    adapt_timer_.reset();
    check_timer_.reset();
  });
}

bool Viewers::make_room(Admission::Decision decision, const std::string& network) {
  const auto orphan = decision == Admission::Decision::full ? sessions_.oldest_orphan() : std::nullopt;
  const auto pending = orphan ? std::nullopt : sessions_.pending_for(network);
  if ((!orphan && !pending) || !config_.shortage().empty()) return false;
  if (orphan)
    end(*orphan, "displaced", "replaced by a new viewer, because its signalling connection was lost");
  else
    dismiss(
        *pending,
        {"displaced",
         "the session was replaced because it had no media connection yet and other viewers are waiting; try again"});
  return true;
}

void Viewers::send(ClientId viewer, ServerMessage message) {
  if (clients_.try_send(viewer, std::move(message))) return;
  // A session that misses a message cannot continue.
  end(viewer, "busy", "the message queue is full; the client has to reconnect");
  clients_.close(viewer, error_code("busy").close_code, "busy");
}

bool Viewers::try_send(ClientId viewer, const SendNetwork& news) {
  return clients_.try_send(viewer, news);
}

void Viewers::refuse(ClientId id, const SendError& error) {
  metrics_.refused(error.code).add();
  make_log(name_of(id))->info("refused ({}): {}", error.code, error.message);
  dismiss(id, error);
}

void Viewers::dismiss(ClientId id, const SendError& error) {
  end(id, error.code, error.message);
  clients_.close(id, error);
}

void Viewers::adapt() {
  const TimePoint now = Clock::now();
  adapted_at_ = now;
  const auto [moves, rates] = adaptation_.update(sessions_.watching(now), now);
  for (const auto& [channel, rung, kbps] : rates) channels_[channel].rungs[rung].set_bitrate(kbps);
  for (const auto& [id, rung] : moves) sessions_.find(id)->viewer->move_to(rung);
}

void Viewers::check_sessions() {
  const TimePoint now = Clock::now();
  std::vector<std::pair<ClientId, PeerLiveness::Life>> gone;
  for (const auto& [id, session] : sessions_.all()) {
    if (!session.viewer->is_connected()) continue;
    session.viewer->look(now);
    const auto life = session.viewer->liveness().judge(now, config_.silence);
    const bool expired = session.orphan_until && now > *session.orphan_until;
    if (life != PeerLiveness::Life::alive || expired) gone.emplace_back(id, life);
  }
  for (const auto& [id, life] : gone) {
    switch (life) {
      case PeerLiveness::Life::alive:
        end(id, "orphan-expired", "the signalling connection was not restored in time");
        break;
      case PeerLiveness::Life::closed:
        end(id, "closed", "the client closed the media connection");
        clients_.close(id, kNormalClosure, "closed");
        break;
      case PeerLiveness::Life::vanished:
        end(id, "vanished",
            "no packet from the client for " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(config_.silence).count()) + " s");
        clients_.close(
            id, {"vanished",
                 "the server received no packet from this viewer for a while; the network connection seems broken"});
        break;
    }
  }
  publish();
}

}  // namespace cs
