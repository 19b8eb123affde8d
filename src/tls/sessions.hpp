// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "network/peer.hpp"
#include "network/pending_connections.hpp"
#include "network/per_client_counter.hpp"
#include "tls/deadlines.hpp"
#include "tls/epoll.hpp"
#include "tls/loopback_backend.hpp"
#include "tls/reloadable_certificate.hpp"
#include "tls/session.hpp"

namespace cs {

/// Time limits of the connections through a TlsTerminator. The defaults are those of production.
struct TlsTimeouts {
  Clock::duration handshake = std::chrono::seconds(10);      ///< for the whole handshake
  Clock::duration read = std::chrono::seconds(10);           ///< for the client to read some data, as in HttpTimeouts
  Clock::duration linger = std::chrono::seconds(3);          ///< for the client to close after the server has closed
  Clock::duration goodbye = std::chrono::milliseconds(300);  ///< for data in transit when the TlsTerminator stops
};

/// Bounds of the connections through a TlsTerminator.
struct TlsLimits {
  std::size_t max_connections;  ///< beyond it, closing or handshaking connections are evicted, or new ones refused
  std::size_t max_per_address;  ///< per client network; more are refused
  /// Returns the client network of an address, for max_per_address; empty: no such limit (a proxy). Any thread.
  std::function<std::string(const std::string& address)> client_network;
};

/// All TLS sessions: admits new connections, advances sessions when epoll reports their sockets, and ends those that
/// miss a deadline. One thread.
class TlsSessions {
 public:
  /// Events with smaller keys are not for sessions.
  static constexpr std::uint64_t kFirstKey = 2;

  /// All references must outlive this object.
  TlsSessions(TlsLimits limits, const TlsTimeouts& timeouts, Epoll& epoll, const ReloadableCertificate& certificate,
              LoopbackBackend& backend, Metrics& metrics);
  ~TlsSessions();
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;

  /// Begins a session with an accepted client, or closes the connection if a limit is reached.
  void begin(Fd client);

  /// Handles an event of epoll. `key`: from kFirstKey.
  void on_event(std::uint64_t key, std::uint32_t events);

  /// Ends the sessions that have missed a deadline.
  void expire(TimePoint now);
  /// The earliest deadline; nullopt if there is none.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::uint64_t number;
    ConnectionEnds ends;
    std::string network;     // client network; empty: no limit per network
    std::string slot_owner;  // client network, or the address if that is empty
    std::unique_ptr<TlsSession> session;
    int port = 0;              // local port of the connection to the HTTP server; 0: not connected
    std::uint32_t polled = 0;  // events that epoll watches on the client's socket
    std::uint64_t taken = 0;   // session->taken() at the last watch()
  };

  [[nodiscard]] bool admit(const std::string& network);
  void advance(Entry& entry);
  [[nodiscard]] bool connect_to_server(Entry& entry);
  void watch(Entry& entry);
  void linger(Entry& entry);
  void poll_client(Entry& entry);
  void end(std::uint64_t number);
  void fail(std::uint64_t number, const char* reason);
  void drop(std::uint64_t number, const char* reason);

  const TlsLimits limits_;
  Epoll& epoll_;
  const ReloadableCertificate& certificate_;
  LoopbackBackend& backend_;
  Metrics& metrics_;
  Metric& connections_;
  Metric& refused_;
  Metric& of_address_refused_;

  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  PerClientCounter per_client_;          // all connections
  PendingConnections<Entry> beginning_;  // handshake not complete
  PendingConnections<Entry> ending_;     // closed by the HTTP server
  Deadlines handshakes_;
  Deadlines unread_;     // data for the client waits
  Deadlines lingering_;  // closed by the HTTP server, not yet by the client
};

}  // namespace cs
