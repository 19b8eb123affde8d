// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "tls/identity.hpp"
#include "tls/session.hpp"

namespace cs {

/// TLS before the doors: accepts connections, takes the encryption off, and passes what is inside on to a socket on
/// loopback, where the doors listen as if clients spoke plainly. On a thread of its own, "tls". Main thread only.
class TlsFront {
 public:
  struct Config {
    Fd listener;  ///< where clients come; it does not block
    TlsFiles files;
    std::size_t max_connections;  ///< more are refused
  };

  /// Throws Fatal: what is wrong with the files, or which socket cannot be.
  TlsFront(Config config, Metrics& metrics);

  /// Lets what the doors said last go out, for a second at most.
  ~TlsFront();
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  /// The socket for the doors to listen on; once.
  [[nodiscard]] Fd take_inner() { return std::move(inner_); }

  /// The IP address of the client whose words come from that port of this machine; empty: they are not of a client of
  /// ours. Any thread.
  [[nodiscard]] std::string client_behind(int port) const;

  /// Reads the files again. Who is connected goes on with the old identity, and so do all when the new one is no good,
  /// which is logged.
  void reload();

 private:
  /// An end of a session that may come, and when.
  struct Deadline {
    std::uint64_t session;
    TimePoint at;
  };
  struct Entry {
    std::unique_ptr<TlsSession> session;
    std::string address;  // of the client
    int port = 0;         // of ours, on the way to the doors; 0: not there yet
    std::uint32_t polled_client = 0;
    std::uint32_t polled_doors = 0;
    bool lingers = false;
  };

  void use(std::shared_ptr<const TlsIdentity> identity);
  void run(const std::stop_token& stop);
  void accept_some();
  [[nodiscard]] bool accept_one();
  void advance(std::uint64_t number);
  [[nodiscard]] bool connect_to_doors(Entry& entry);
  void end(std::uint64_t number, const char* failure = nullptr);
  void poll_for(std::uint64_t number, Entry& entry);
  void poll_one(std::uint64_t key, int fd, std::uint32_t wanted, std::uint32_t& polled) const;
  void end_the_late(std::deque<Deadline>& deadlines, TimePoint now, bool linger);
  [[nodiscard]] int time_to_wait(TimePoint now) const;
  [[nodiscard]] std::size_t strangers() const { return entries_.size() - secure_; }

  const TlsFiles files_;
  const std::size_t max_connections_;
  Metrics& metrics_;
  const Log log_;
  Metric& connections_;
  Metric& refused_;
  const Fd listener_;
  const Fd epoll_;
  const Fd wake_;
  Fd inner_;
  int inner_port_ = 0;

  mutable std::mutex mutex_;
  std::shared_ptr<const TlsIdentity> identity_;   // guarded by mutex_
  std::unordered_map<int, std::string> by_port_;  // guarded by mutex_

  // The tls thread's.
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::size_t secure_ = 0;           // of the entries, those whose handshake is done
  std::deque<Deadline> handshakes_;  // in the order of their time, as are the next
  std::deque<Deadline> lingering_;
  bool accepting_ = true;
  TimePoint accept_again_;

  std::jthread thread_;
};

}  // namespace cs
