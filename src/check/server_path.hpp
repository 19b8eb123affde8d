// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace cs {

enum class Transport { udp, tcp, tls };

/// A connection to a STUN or TURN server, for at most `limit` from its construction on. One thread; blocks.
class ServerPath {
 public:
  /// `where`: "host:port". Throws StartupError with the reason if it cannot connect.
  ServerPath(const std::string& where, Transport transport, std::chrono::milliseconds limit);

  /// Sends the request and returns the response, one STUN message. Over UDP it repeats the request until a response
  /// arrives. Throws StartupError on failure or when the time is over.
  [[nodiscard]] std::vector<std::uint8_t> ask(std::span<const std::uint8_t> request);

 private:
  struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
  };
  std::vector<std::uint8_t> ask_by_udp(std::span<const std::uint8_t> request);
  std::vector<std::uint8_t> ask_by_stream(std::span<const std::uint8_t> request);
  [[noreturn]] void fail(GError* error) const;

  const Transport transport_;
  std::unique_ptr<GCancellable, Unref> deadline_;
  std::unique_ptr<GSocketConnection, Unref> connection_;
  std::jthread timer_;  // cancels deadline_
};

}  // namespace cs
