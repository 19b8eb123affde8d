// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "access/access_config.hpp"
#include "base/fd.hpp"
#include "base/latest_value.hpp"
#include "base/metrics.hpp"
#include "cubestream/api.hpp"
#include "cubestream/control_mode.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/viewer_figures.hpp"
#include "http/timeouts.hpp"
#include "input/input_reports.hpp"
#include "input/input_slot.hpp"
#include "loop/inbox.hpp"
#include "network/ice_servers.hpp"
#include "network/ip_prefix.hpp"
#include "server/tls_upstream.hpp"

namespace cs {

/// Minimum of WebServerConfig::max_silent.
inline constexpr std::size_t kLeastSilent = 32;

struct WebServerConfig {
  std::string host;                            ///< an address, a host name, or "0.0.0.0" or "::" for all addresses
  int port = 8080;                             ///< 0: any free port
  Fd listener = Fd();                          ///< a non-blocking listening socket, instead of host and port
  std::optional<TlsUpstream> tls = {};         ///< the TLS terminator in front of `listener`, if there is one
  std::vector<IpPrefix> trusted_proxies = {};  ///< whose X-Forwarded-For header is trusted
  std::size_t max_connections;                 ///< requests in progress and WebSockets together; more get 503
  std::size_t max_silent = kLeastSilent;       ///< WebSockets without an offer; one more evicts one of them
  std::size_t max_per_address;                 ///< connections of one client network, see client_network()
  std::size_t max_whep_sessions;
  FrameFormat format = {};  ///< of the stream, for /config.json, /api/status and /readyz
  /// The scene. Call from_viewers.wake() after a change. Null: its size is that of `format`, and nothing changes. Must
  /// outlive the web server.
  const LatestValue<SceneState>* scene = nullptr;
  /// The viewers, for /api/status; null: it lists none. Must outlive the web server.
  const LatestValue<ViewerList>* viewers = nullptr;
  IceServers ice_servers = {};        ///< sent to clients in /config.json and in WHEP's Link header fields
  std::vector<ApiEndpoint> api = {};  ///< endpoints that the main thread answers
  AccessConfig access = {};
  ServerTimeouts timeouts = {};
  /// Input of clients goes there; null: no client may send input. Must outlive the web server.
  InputSlot* input = nullptr;
  ControlMode control = ControlMode::automatic;
  Clock::duration control_idle = std::chrono::seconds(60);
  /// What became of input, for the clients. Null: they hear nothing of it. Must outlive the web server.
  InputReports* reports = nullptr;
  /// Called on the net thread, once, when it has failed and serves no more clients. `why`: a sentence.
  std::function<void(const std::string& why)> on_failed = [](const std::string&) {};
};

/// The queues to and from the main thread for API requests. Null: the main thread answers none.
struct ApiInboxes {
  Inbox<ApiQuestion>* questions = nullptr;
  Inbox<ApiAnswer>* answers = nullptr;
};

/// Serves the page, the signalling WebSocket /ws, WHEP at /whep, the API, /metrics, /healthz and /readyz on its own
/// thread, "net". Clients and viewers exchange events through the two inboxes. Main thread only.
class WebServer {
 public:
  /// Starts to listen. Throws StartupError.
  WebServer(WebServerConfig config, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers, Metrics& metrics,
            ApiInboxes api = {});
  /// Closes every WebSocket with 1001 and answers pending requests with 503. Waits until the data is sent, at most
  /// ServerTimeouts::goodbye.
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// The address or host name, and the port, that it listens on.
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] int port() const { return port_; }

 private:
  struct Waker;

  Inbox<ServerEvent>& from_viewers_;
  std::string host_;
  const ApiInboxes api_;
  InputReports* const reports_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace cs
