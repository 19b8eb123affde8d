// SPDX-License-Identifier: MIT
#include "signalling/whep_sessions.hpp"

#include <algorithm>
#include <utility>

namespace cs {

WhepSessions::WhepSessions(std::size_t most, ClientRegistry& registry, Metrics& metrics)
    : most_(most), registry_(registry), count_(metrics.get("net_whep_sessions")) {}

std::optional<ClientId> WhepSessions::begin(std::string secret, std::string etag, const std::string& sdp,
                                            const ConnectionEnds& from) {
  const ClientId client = registry_.next_number();
  if (!registry_.tell(client, ClientJoined{from.client, from.server})) {
    client_log(client)->warn("WHEP offer refused: the viewers' inbox is full");
    return std::nullopt;
  }
  client_log(client)->debug("WHEP offer from {}", from.client);
  const WhepSession& session =
      sessions_.emplace(client, WhepSession{client, std::move(secret), std::move(etag)}).first->second;
  count_.add(1);
  if (registry_.tell(client, ClientOffered{sdp, true})) return client;
  end(session, {"refused: the viewers' inbox is full", true});
  return std::nullopt;
}

void WhepSessions::end(const WhepSession& session, ClientLeft left) {
  const ClientId client = session.client;
  client_log(client)->debug("WHEP session closed: {}", left.reason);
  sessions_.erase(client);
  count_.add(-1);
  registry_.tell_left(client, std::move(left));
}

WhepSession* WhepSessions::find(ClientId client) {
  const auto found = sessions_.find(client);
  return found == sessions_.end() ? nullptr : &found->second;
}

WhepSession* WhepSessions::find_open(std::string_view secret) {
  const auto found = std::ranges::find_if(
      sessions_, [&](const auto& entry) { return entry.second.is_open && entry.second.secret == secret; });
  return found == sessions_.end() ? nullptr : &found->second;
}

std::vector<ClientId> WhepSessions::clients() const {
  std::vector<ClientId> clients;
  for (const auto& [client, session] : sessions_) clients.push_back(client);
  std::ranges::sort(clients);
  return clients;
}

}  // namespace cs
