// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cubestream/signalling.hpp"

namespace cs {

/// What a viewer reports. Called on the main thread, except on_limited(). A call may close the viewer, but must not
/// destroy it.
class ViewerObserver {
 public:
  /// The answer or a candidate. If it cannot be queued, the session ends.
  virtual void send(ClientId viewer, ServerMessage message) = 0;
  /// The network state changed. False: the message could not be queued and is sent again later.
  [[nodiscard]] virtual bool try_send(ClientId viewer, const SendNetwork& news) = 0;
  virtual void on_connected(ClientId viewer) = 0;
  /// The session failed: an error code and a sentence for the client.
  virtual void on_failed(ClientId viewer, const std::string& code, const std::string& sentence) = 0;
  /// After close(): the viewer can be destroyed, but not from inside this call.
  virtual void on_closed() = 0;
  /// The network capacity decreased. Any thread.
  virtual void on_limited() = 0;

 protected:
  ViewerObserver() = default;
  ~ViewerObserver() = default;
  ViewerObserver(const ViewerObserver&) = default;
  ViewerObserver& operator=(const ViewerObserver&) = default;
};

}  // namespace cs
