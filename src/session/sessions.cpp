// SPDX-License-Identifier: MIT
#include "session/sessions.hpp"

#include <algorithm>
#include <utility>

#include "network/peer.hpp"

namespace cs {

Session& Sessions::add(ClientId id, Session session) {
  admission_.begin(session.network);
  return sessions_.insert_or_assign(id, std::move(session)).first->second;
}

void Sessions::connected(ClientId id) {
  admission_.connected(sessions_.at(id).network);
  ++connected_;
}

std::unique_ptr<Viewer> Sessions::remove(ClientId id) {
  const auto session = sessions_.find(id);
  std::unique_ptr<Viewer> viewer = std::move(session->second.viewer);
  admission_.end(session->second.network, viewer->is_connected());
  if (viewer->is_connected()) --connected_;
  sessions_.erase(session);
  return viewer;
}

Session* Sessions::find(ClientId id) {
  const auto session = sessions_.find(id);
  return session == sessions_.end() ? nullptr : &session->second;
}

std::optional<ClientId> Sessions::oldest_orphan() const {
  for (const auto& [id, session] : sessions_)
    if (session.orphan_until) return id;
  return std::nullopt;
}

std::optional<ClientId> Sessions::pending_for(const std::string& network) const {
  const TimePoint now = Clock::now();
  const bool of_its_own = admission_.is_crowded(network);
  for (const auto& [id, session] : sessions_) {
    if (session.viewer->is_connected() || (of_its_own && session.network != network)) continue;
    if (admission_.gives_way(session.network, now - session.viewer->born(), network)) return id;
  }
  return std::nullopt;
}

ViewerList Sessions::figures() const {
  ViewerList list;
  list.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) list.push_back(session.viewer->figures());
  return list;
}

std::vector<Watching> Sessions::watching(TimePoint now) const {
  std::vector<Watching> watching;
  watching.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_)
    if (session.viewer->is_connected()) watching.push_back(session.viewer->watching(now));
  return watching;
}

std::string admission_key(const std::string& address) {
  std::string network = client_network(address);
  return network.empty() ? address : network;
}

IpAddress::Reach reach_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address.substr(0, address.find('%')));
  return parsed ? parsed->reach() : IpAddress::Reach::everywhere;
}

}  // namespace cs
