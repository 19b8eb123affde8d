// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace cs {

/// A GCancellable that is cancelled after a time limit. Any thread.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds limit);
  [[nodiscard]] GCancellable* get() const { return cancellable_.get(); }

 private:
  struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
  };
  std::unique_ptr<GCancellable, Unref> cancellable_;
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

enum class Transport { udp, tcp, tls };

/// A connection to a STUN or TURN server. One thread; blocks until the deadline.
class ServerPath {
 public:
  /// `where`: "host:port". Throws StartupError with the reason if it cannot connect.
  ServerPath(const std::string& where, Transport transport, const Deadline& deadline);

  /// Sends the request and returns the response, one STUN message. Over UDP it repeats the request until a response
  /// arrives. Throws StartupError on failure or at the deadline.
  [[nodiscard]] std::vector<std::uint8_t> ask(std::span<const std::uint8_t> request);

 private:
  struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
  };
  std::vector<std::uint8_t> ask_by_udp(std::span<const std::uint8_t> request);
  std::vector<std::uint8_t> ask_by_stream(std::span<const std::uint8_t> request);
  [[noreturn]] void fail(GError* error) const;

  const Transport transport_;
  GCancellable* const deadline_;
  std::unique_ptr<GSocketConnection, Unref> connection_;
};

}  // namespace cs
