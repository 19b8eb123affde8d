// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "base/inbox.hpp"
#include "base/latest_value.hpp"
#include "base/metrics.hpp"
#include "cubestream/access_config.hpp"
#include "cubestream/api.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/ice_servers.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/viewer_figures.hpp"
#include "http/timeouts.hpp"
#include "network/ip_prefix.hpp"
#include "network/peer.hpp"

namespace cs {

/// Somebody else takes the encryption off, and passes what clients say on to our listener, on loopback.
struct TlsUpstream {
  /// Whose words come from that port of 127.0.0.1; empty: they are of no client of theirs. Any thread.
  std::function<ConnectionEnds(int port)> client_behind;
  bool is_on_loopback = false;  ///< clients are on this machine, too
};

/// So many WebSockets may be silent at a time in any case.
inline constexpr std::size_t kLeastSilent = 32;

struct WebServerConfig {
  std::string host;                     ///< an address, "0.0.0.0" or "::" for all, or a host name
  int port = 8080;                      ///< 0: any free one
  Fd listener = Fd();                   ///< one that listens already, in place of host and port; it does not block
  std::optional<TlsUpstream> tls = {};  ///< what stands before `listener`, if anything does
  std::vector<IpPrefix> trusted_proxies = {};  ///< whose X-Forwarded-For is believed
  std::size_t max_connections;                 ///< requests under way and WebSockets together; more are refused
  std::size_t max_silent =
      kLeastSilent;             ///< WebSockets that have not offered yet; beyond it one gives way to who comes
  std::size_t max_per_address;  ///< connections of one client's network, see client_network(); more are refused
  std::size_t max_whep_sessions;
  FrameFormat format = {};  ///< of the pictures, for /config.json, /api/status and /readyz
  /// Who watches, for /api/status; null: nobody says. Must outlive the HTTP server.
  const LatestValue<ViewerList>* viewers = nullptr;
  IceServers ice_servers = {};        ///< what who may watch learns of them, by /config.json and WHEP's Links
  std::vector<ApiEndpoint> api = {};  ///< what is asked of the main thread
  AccessConfig access = {};
  ServerTimeouts timeouts = {};
  /// The net thread has failed and serves no client any more. `why` is a sentence. Called on the net thread, once.
  std::function<void(const std::string& why)> on_failed = [](const std::string&) {};
};

/// The way of its questions and answers; in both, the HTTP server take the net thread's side. Null: nobody answers.
struct ApiInboxes {
  Inbox<ApiQuestion>* questions = nullptr;
  Inbox<ApiAnswer>* answers = nullptr;
};

/// The HTTP server of the service: serves the page, the signalling WebSocket /ws, WHEP at /whep and what machines ask
/// (/metrics, /healthz, /readyz, /api/status), from a thread of its own, "net", and passes on what else the API is
/// asked. Clients and viewers talk through the two inboxes; in both, this takes the net thread's side. Main thread
/// only.
class WebServer {
 public:
  /// Listens when it returns; throws StartupError when that cannot be.
  WebServer(WebServerConfig config, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers, Metrics& metrics,
            ApiInboxes api = {});

  /// Says goodbye to every client (WebSocket close 1001, 503 to whose offer waits) and waits for it to go out, for
  /// ServerTimeouts::goodbye at most.
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
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace cs
