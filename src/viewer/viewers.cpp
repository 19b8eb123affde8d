// SPDX-License-Identifier: MIT
#include "viewer/viewers.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/thread_role.hpp"
#include "viewer/rehearsal_offer.hpp"

namespace cs {
namespace {

// RFC 6455, section 7.4.1, and the registry it founded.
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kInternalError = 1011;
constexpr std::uint16_t kTryAgainLater = 1013;

constexpr std::chrono::seconds kRehearsalPatience{10};

constexpr NeededElement kNeeded[] = {{"appsrc", "gstreamer1.0-plugins-base"},
                                     {"appsink", "gstreamer1.0-plugins-base"},
                                     {"videoconvert", "gstreamer1.0-plugins-base"},
                                     {"rtph264pay", "gstreamer1.0-plugins-good"},
                                     {"rtpvp8pay", "gstreamer1.0-plugins-good"},
                                     {"rtpbin", "gstreamer1.0-plugins-good"},
                                     {"webrtcbin", "gstreamer1.0-plugins-bad"},
                                     {"dtlssrtpenc", "gstreamer1.0-plugins-bad"},
                                     {"srtpenc", "gstreamer1.0-plugins-bad"},
                                     {"sctpenc", "gstreamer1.0-plugins-bad"},
                                     {"nicesink", "gstreamer1.0-nice"}};

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
      refused_(metrics.get("viewers_refused_total")) {
  for (const Channel& channel : channels_) streams_.push_back(channel.stream);
}

void Viewers::on_event(const ClientEvent& event) {
  assert_on(ThreadRole::main);
  std::visit([&](const auto& what) { handle(event.client, what); }, event.what);
}

void Viewers::handle(ClientId id, const ClientJoined& joined) {
  joined_.add();
  clients_[id] = Client{.address = joined.address, .viewer = nullptr};
  make_log(name_of(id))->info("came from {}", joined.address);
}

void Viewers::handle(ClientId id, const ClientLeft& left) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  make_log(name_of(id))->info("left: {}", left.reason);
  retire(std::move(client->second.viewer));
  clients_.erase(client);
}

void Viewers::handle(ClientId id, const ClientTrickled& trickled) {
  const auto client = clients_.find(id);
  if (client != clients_.end() && client->second.viewer) client->second.viewer->add_candidate(trickled.candidate);
}

void Viewers::handle(ClientId id, const ClientOffered& offered) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  retire(std::move(client->second.viewer));  // a second offer replaces the first session
  if (watching() >= config_.max_viewers)
    return refuse(id, "too-many-viewers",
                  "this server shows its picture to at most " + std::to_string(config_.max_viewers) +
                      " viewers at a time, and that many are here; try again later",
                  kTryAgainLater);
  const auto choice = choose(offered.sdp, streams_);
  if (const auto* no = std::get_if<OfferRefusal>(&choice)) return refuse(id, no->code, no->message, kPolicyViolation);

  const Viewer::Handlers handlers{
      .on_answer = [this, id](const std::string& sdp) { tell(id, SendAnswer{sdp}); },
      .on_candidate = [this, id](const Candidate& candidate) { tell(id, SendCandidate{candidate}); },
      .on_over = [this, id](const std::string& code,
                            const std::string& message) { dismiss(id, code, message, kInternalError); },
      .on_can_go = [this] { end_departed(); }};
  try {
    const auto& chosen = std::get<OfferChoice>(choice);
    client->second.viewer = std::make_unique<Viewer>(name_of(id), chosen, config_.ice,
                                                     *channels_[chosen.stream].broadcast, handlers, loop_, metrics_);
    client->second.viewer->answer(offered.sdp);
  } catch (const Fatal& fatal) {
    make_log(name_of(id))->error("{}", fatal.what());
    refuse(id, "server-error", "the server could not make room for you; try again", kInternalError);
  }
}

void Viewers::tell(ClientId id, decltype(ServerEvent::what) what) {
  if (to_clients_.try_push({id, std::move(what)})) return;
  // Its door is clogged. A session that misses a message cannot be saved, and closing goes through all the same.
  make_log(name_of(id))->warn("a message could not be sent to it, so it has to come again");
  close(id, kTryAgainLater, "the server is busy");
}

void Viewers::close(ClientId id, std::uint16_t code, const std::string& reason) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  retire(std::move(client->second.viewer));
  clients_.erase(client);  // so whatever it still says is not heard, and it is closed once: that bounds the reserve
  if (!to_clients_.try_push_reserved({id, SendClose{code, reason}}))
    make_log(name_of(id))->error("its connection could not be closed");
}

void Viewers::refuse(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code) {
  refused_.add();
  make_log(name_of(id))->info("refused ({}): {}", code, message);
  dismiss(id, code, message, close_code);
}

void Viewers::dismiss(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code) {
  // With the queue full the close code alone has to say it.
  static_cast<void>(to_clients_.try_push({id, SendError{code, message}}));
  close(id, close_code, code);
}

void Viewers::retire(std::unique_ptr<Viewer> viewer) {
  if (!viewer) return;
  viewer->retire();
  departing_.push_back(std::move(viewer));
  end_departed();
}

void Viewers::end_departed() {
  // Not at once: we may be inside a call of one of them.
  end_departed_ = std::make_unique<Timer>(std::chrono::milliseconds(0), Timer::Repeat::once, [this] {
    std::erase_if(departing_, [](const auto& viewer) { return viewer->can_go(); });
  });
}

int Viewers::watching() const {
  return static_cast<int>(
      std::ranges::count_if(clients_, [](const auto& entry) { return entry.second.viewer != nullptr; }));
}

void Viewers::rehearse() {
  const auto choice = choose(kRehearsalOffer, streams_);
  if (const auto* no = std::get_if<OfferRefusal>(&choice))
    throw Fatal("the rehearsal's offer is refused: " + no->message);
  bool answered = false;
  std::string failure;
  bool late = false;
  const Timer patience(kRehearsalPatience, Timer::Repeat::once, [&] { late = true; });
  const auto& chosen = std::get<OfferChoice>(choice);
  Viewer viewer("rehearsal", chosen, config_.ice, *channels_[chosen.stream].broadcast,
                {.on_answer = [&](const std::string&) { answered = true; },
                 .on_candidate = [](const Candidate&) {},
                 .on_over = [&](const std::string&, const std::string& message) { failure = message; },
                 .on_can_go = [] {}},
                loop_, metrics_);
  viewer.answer(kRehearsalOffer);
  while ((!answered || !viewer.can_go()) && failure.empty() && !late) g_main_context_iteration(nullptr, TRUE);
  if (!answered)
    throw Fatal("webrtcbin does not answer an offer: " + (late ? std::string("nothing came within 10 s") : failure));
}

}  // namespace cs
