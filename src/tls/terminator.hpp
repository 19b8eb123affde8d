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

#include "base/disk_thread.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "network/peer.hpp"
#include "network/pending_connections.hpp"
#include "network/per_client_counter.hpp"
#include "tls/deadlines.hpp"
#include "tls/identity.hpp"
#include "tls/session.hpp"

namespace cs {

/// Time limits of the connections through a TlsTerminator. The defaults are those of production.
struct TlsTimeouts {
  Clock::duration handshake = std::chrono::seconds(10);  ///< for the whole handshake
  Clock::duration read = std::chrono::seconds(10);       ///< for the client to take the next piece, as in HttpTimeouts
  Clock::duration linger = std::chrono::seconds(3);      ///< for the client to hang up after the last piece
  Clock::duration goodbye =
      std::chrono::milliseconds(300);  ///< for what is still on its way when the TlsTerminator ends
};

/// TLS before the HTTP server: accepts connections, takes the encryption off, and passes what is inside on to a socket
/// on loopback, where the HTTP server listen as if clients spoke plainly. On a thread of its own, "tls". Main thread
/// only.
class TlsTerminator {
 public:
  struct Config {
    Fd listener;  ///< where clients come; it does not block
    TlsFiles files;
    std::size_t max_connections;  ///< more are refused, unless some are ending or only begin
    std::size_t max_per_address;  ///< of one client's network; more are refused
    /// Whose an address is, for counting; empty: that of many, which has no limit of its own. Any thread.
    std::function<std::string(const std::string& address)> client_network;
    TlsTimeouts timeouts = {};
  };

  /// Throws StartupError: what is wrong with the files, or which socket cannot be.
  TlsTerminator(Config config, Metrics& metrics);

  /// Lets what the HTTP server said last go out, for TlsTimeouts::goodbye at most.
  ~TlsTerminator();
  TlsTerminator(const TlsTerminator&) = delete;
  TlsTerminator& operator=(const TlsTerminator&) = delete;

  /// The socket for the HTTP server to listen on; once.
  [[nodiscard]] Fd take_inner() { return std::move(inner_); }

  /// Both ends of the connection of the client whose words come from that port of this machine; empty: they are not of
  /// a client of ours. Any thread.
  [[nodiscard]] ConnectionEnds client_behind(int port) const;

  /// Reads the files again, on a thread of its own. Existing connections keep the old identity. So do new ones if the
  /// files cannot be used, or are still being read; either is logged as an error and counted.
  void reload();

 private:
  struct Entry {
    std::uint64_t number;
    ConnectionEnds ends;
    std::string network;  // whose that is
    std::string crowd;    // the same, but of networks of many the address
    std::unique_ptr<TlsSession> session;
    int port = 0;  // of ours, on the way to the server; 0: not there yet
    std::uint32_t polled = 0;
    std::uint64_t taken = 0;  // as the session had it when it was looked at last
  };

  void use(std::shared_ptr<const TlsIdentity> identity);
  void run(const std::stop_token& stop);
  void end_the_late(TimePoint now);
  [[nodiscard]] int time_to_wait(TimePoint now) const;

  // Sessions come and go.
  void accept_some();
  [[nodiscard]] bool accept_one();
  [[nodiscard]] bool admit(const std::string& network);
  void hear(std::uint64_t key, std::uint32_t events);
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

  // The tls thread's.
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  PerClientCounter per_client_;          // of them all
  PendingConnections<Entry> beginning_;  // whose handshake is not done
  PendingConnections<Entry> ending_;     // to whom the HTTP server will say no more
  Deadlines handshakes_;
  Deadlines unread_;  // of whom it is awaited that they take what they are sent
  Deadlines lingering_;
  bool accepting_ = true;
  TimePoint accept_again_;

  std::jthread thread_;
  std::atomic<bool> is_reading_ = false;  // the files
  DiskThread reader_{"certificates"};     // last: its jobs use all of this
};

}  // namespace cs
