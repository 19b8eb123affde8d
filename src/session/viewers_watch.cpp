// SPDX-License-Identifier: MIT
// Viewers: periodic statistics, adaptation and removal of viewers that are gone.
#include <utility>

#include "cubestream/close_codes.hpp"
#include "session/viewers.hpp"

namespace cs {

ViewerFigures Viewers::figures_of(const Sessions::value_type& entry) {
  ViewerFigures figures = entry.second.viewer->figures();
  figures.client = entry.first;
  return figures;
}

void Viewers::publish() {
  ViewerList list;
  list.reserve(sessions_.size());
  for (const auto& session : sessions_) list.push_back(figures_of(session));
  config_.on_figures(std::move(list));
}

void Viewers::adapt() {
  const TimePoint now = Clock::now();
  adapted_at_ = now;
  std::vector<Watching> watching;
  watching.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) {
    if (!session.viewer->is_connected()) continue;
    watching.push_back(session.viewer->watching(now));
    watching.back().viewer = id;
  }
  const auto [moves, rates] = adaptation_.update(std::move(watching), now);
  for (const auto& [channel, rung, kbps] : rates) channels_[channel].rungs[rung].set_bitrate(kbps);
  for (const auto& [id, rung] : moves) sessions_.at(id).viewer->move_to(rung);
}

void Viewers::check_sessions() {
  if (departing_.size() > 0) end_departed();
  const TimePoint now = Clock::now();
  std::vector<std::pair<ClientId, PeerLiveness::Life>> gone;
  for (const auto& [id, session] : sessions_) {
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
        close(id, kNormalClosure, "closed");
        break;
      case PeerLiveness::Life::vanished:
        end(id, "vanished",
            "no packet from the client for " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(config_.silence).count()) + " s");
        dismiss(id, "vanished",
                "the server received no packet from this viewer for a while; the network connection seems broken",
                kInternalError);
        break;
    }
  }
  publish();
}

}  // namespace cs
