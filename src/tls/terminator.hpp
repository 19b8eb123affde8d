// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"
#include "loop/disk_thread.hpp"
#include "network/peer.hpp"
#include "network/pending_connections.hpp"
#include "network/per_client_counter.hpp"
#include "tls/deadlines.hpp"
#include "tls/identity.hpp"
#include "tls/session.hpp"

namespace cs {

/// Time limits of the connections through a TlsTerminator. The defaults are those of production.
struct TlsTimeouts {
  Clock::duration handshake = std::chrono::seconds(10);      ///< for the whole handshake
  Clock::duration read = std::chrono::seconds(10);           ///< for the client to read some data, as in HttpTimeouts
  Clock::duration linger = std::chrono::seconds(3);          ///< for the client to close after the server has closed
  Clock::duration goodbye = std::chrono::milliseconds(300);  ///< for data in transit when the TlsTerminator stops
};

/// Terminates TLS in front of the HTTP server: accepts connections, decrypts them, and forwards the plain data to a
/// socket on loopback, where the HTTP server listens. Runs on its own thread, "tls". Main thread only.
class TlsTerminator {
 public:
  struct Config {
    Fd listener;  ///< listening socket for clients, non-blocking
    TlsFiles files;
    std::size_t max_connections;  ///< beyond it, closing or handshaking connections are evicted, or new ones refused
    std::size_t max_per_address;  ///< per client network; more are refused
    /// Returns the client network of an address, for max_per_address; empty: no such limit (a proxy). Any thread.
    std::function<std::string(const std::string& address)> client_network;
    TlsTimeouts timeouts = {};
  };

  /// Throws StartupError if a file is invalid or a socket cannot be created.
  TlsTerminator(Config config, Metrics& metrics);

  /// Sends the remaining replies of the HTTP server, for at most TlsTimeouts::goodbye.
  ~TlsTerminator();
  TlsTerminator(const TlsTerminator&) = delete;
  TlsTerminator& operator=(const TlsTerminator&) = delete;

  /// Returns the loopback socket for the HTTP server to listen on. Call once.
  [[nodiscard]] Fd take_inner() { return std::move(inner_); }

  /// Returns the addresses of the client connection that is forwarded from this loopback port; empty if there is none.
  /// Any thread.
  [[nodiscard]] ConnectionEnds client_behind(int port) const;

  /// Rereads the files on a separate thread. Existing connections keep the old identity. If the files are invalid or
  /// are still being read, new connections keep it too, and the error is logged and counted.
  void reload();

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

  void use(std::shared_ptr<const TlsIdentity> identity);
  void run(const std::stop_token& stop);
  void expire(TimePoint now);
  [[nodiscard]] int time_to_wait(TimePoint now) const;

  // Sessions, in terminator_sessions.cpp.
  void accept_some();
  [[nodiscard]] bool accept_one();
  [[nodiscard]] bool admit(const std::string& network);
  void on_event(std::uint64_t key, std::uint32_t events);
  void advance(Entry& entry);
  [[nodiscard]] bool connect_to_server(Entry& entry);
  void watch(Entry& entry);
  void linger(Entry& entry);
  void poll_client(Entry& entry) const;
  void end(std::uint64_t number);
  void fail(std::uint64_t number, const char* reason);
  void drop(std::uint64_t number, const char* reason);

  const TlsFiles files_;
  const std::size_t max_connections_;
  const Clock::duration goodbye_time_;
  const std::function<std::string(const std::string&)> client_network_;
  Metrics& metrics_;
  const Log log_;
  Metric& connections_;
  Metric& refused_;
  Metric& of_address_refused_;
  const Fd listener_;
  const Fd epoll_;
  const Fd wake_;
  Fd inner_;
  int inner_port_ = 0;

  mutable std::mutex mutex_;
  std::shared_ptr<const TlsIdentity> identity_;      // guarded by mutex_
  std::unordered_map<int, ConnectionEnds> by_port_;  // guarded by mutex_

  // tls thread only.
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  PerClientCounter per_client_;          // all connections
  PendingConnections<Entry> beginning_;  // handshake not complete
  PendingConnections<Entry> ending_;     // closed by the HTTP server
  Deadlines handshakes_;
  Deadlines unread_;     // data for the client waits
  Deadlines lingering_;  // closed by the HTTP server, not yet by the client
  bool accepting_ = true;
  TimePoint accept_again_;

  std::jthread thread_;
  std::atomic<bool> is_reading_ = false;  // a reload is reading the files
  DiskThread reader_{"certificates"};     // last member: its jobs use all others
};

}  // namespace cs
