// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/viewer_figures.hpp"
#include "ladder/adaptation.hpp"
#include "network/ip_address.hpp"
#include "session/admission.hpp"
#include "session/viewer.hpp"

namespace cs {

/// A session: the viewer of a client.
struct Session {
  std::string address;
  std::string network;  ///< that its pending sessions are counted for, see admission_key()
  std::unique_ptr<Viewer> viewer;
  std::optional<TimePoint> orphan_until = {};  ///< set: the signalling connection was lost
};

/// All sessions, and the room that they take. Main thread only.
class Sessions {
 public:
  explicit Sessions(int max_viewers) : admission_(max_viewers) {}

  [[nodiscard]] Admission& admission() { return admission_; }

  Session& add(ClientId id, Session session);
  void connected(ClientId id);
  /// `id` must have a session.
  [[nodiscard]] std::unique_ptr<Viewer> remove(ClientId id);

  /// Null: the client has no session.
  [[nodiscard]] Session* find(ClientId id);
  /// From the oldest to the newest.
  [[nodiscard]] const std::map<ClientId, Session>& all() const { return sessions_; }
  [[nodiscard]] bool is_empty() const { return sessions_.empty(); }
  [[nodiscard]] bool has_connected() const { return connected_ > 0; }

  /// The oldest session whose signalling connection was lost.
  [[nodiscard]] std::optional<ClientId> oldest_orphan() const;
  /// The oldest session without a media connection that gives way to a new one of `network`.
  [[nodiscard]] std::optional<ClientId> pending_for(const std::string& network) const;

  [[nodiscard]] ViewerList figures() const;
  /// The network states of the connected viewers.
  [[nodiscard]] std::vector<Watching> watching(TimePoint now) const;

 private:
  Admission admission_;
  std::map<ClientId, Session> sessions_;
  int connected_ = 0;
};

/// What the pending sessions of a client are counted for: its network. Clients on this machine have no network; they
/// are counted by address. Pure.
[[nodiscard]] std::string admission_key(const std::string& address);

/// From where an address can be reached; `everywhere` if it is unknown. A scope id is ignored. Pure.
[[nodiscard]] IpAddress::Reach reach_of(std::string_view address);

}  // namespace cs
