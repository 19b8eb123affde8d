// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.hpp"
#include "tls/certificate.hpp"

namespace cs {

/// One connection through a TlsTerminator: decrypts the client's data for the HTTP server and encrypts the replies.
/// Passes on the end of either direction after all data before it. Never blocks; one thread.
class TlsSession {
 public:
  enum class Step {
    on,      ///< poll for wants_of_client(), then call advance() again
    secure,  ///< the handshake is done: connect() to the HTTP server
    over     ///< nothing is left to do
  };
  enum class Failure { none, plain_http, handshake };

  TlsSession(Fd client, Ssl ssl);

  /// Transfers as much as possible without blocking.
  [[nodiscard]] Step advance();

  /// Sets the socket to the HTTP server, which may still be connecting.
  void connect(Fd server);

  [[nodiscard]] int client() const { return client_.get(); }

  /// Whether data for the client waits, because its socket is full.
  [[nodiscard]] bool has_unread() const { return !out_.waiting().empty(); }
  /// Number of bytes written to the client so far.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  /// Which of EPOLLIN and EPOLLOUT to poll the client's socket for. The server's socket is polled edge-triggered for
  /// both.
  [[nodiscard]] std::uint32_t wants_of_client() const { return read_wants_ | write_wants_; }

  /// Whether the HTTP server has closed its side. A time limit applies to the client from then on.
  [[nodiscard]] bool is_ending() const { return server_end_; }
  [[nodiscard]] Failure failure() const { return failure_; }

 private:
  /// Buffer of one direction.
  struct Pipe {
    std::array<char, 16 * 1024> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] std::string_view waiting() const { return {bytes.data() + begin, end - begin}; }
  };

  [[nodiscard]] Step shake_hands();
  [[nodiscard]] bool read_client();
  [[nodiscard]] bool write_server();
  [[nodiscard]] bool read_server();
  [[nodiscard]] bool write_client();
  [[nodiscard]] bool pass_on_ends();
  [[nodiscard]] std::uint32_t want(int result);

  const Fd client_;
  const Ssl ssl_;
  Fd server_;
  Pipe in_;
  Pipe out_;
  std::uint32_t read_wants_ = 0;   // poll events of the client's socket that SSL_read waits for
  std::uint32_t write_wants_ = 0;  // the same for SSL_write
  std::uint64_t taken_ = 0;
  bool secure_ = false;
  bool broken_ = false;
  bool client_end_ = false;
  bool server_end_ = false;
  bool sent_client_end_ = false;
  bool sent_server_end_ = false;
  Failure failure_ = Failure::none;
};

}  // namespace cs
