// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.hpp"
#include "tls/identity.hpp"

namespace cs {

/// One connection through a TlsTerminator: what the client sends encrypted goes on in clear to the server, and back.
/// The end of either side is passed on once all before it is out. Never blocks; one thread.
class TlsSession {
 public:
  enum class Step {
    on,      ///< poll for what is wanted, then advance() again
    secure,  ///< the handshake is done: connect() to the HTTP server
    over     ///< nothing is left to do
  };
  enum class Failure { none, plain_http, handshake };

  TlsSession(Fd client, Ssl ssl);

  /// Goes as far as it can.
  [[nodiscard]] Step advance();

  /// The way to the server, which may still be connecting.
  void connect(Fd server) { server_ = std::move(server); }

  [[nodiscard]] int client() const { return client_.get(); }

  /// What the client was sent waits for it to take what came before.
  [[nodiscard]] bool has_unread() const { return !out_.waiting().empty(); }
  /// Bytes for the client that were taken so far.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  /// Which of EPOLLIN and EPOLLOUT to poll the client for. Of the server, every change counts.
  [[nodiscard]] std::uint32_t wants_of_client() const { return read_wants_ | write_wants_; }

  /// The HTTP server said all that they will, and it is on its way; the client has had enough time when it does not
  /// hang up.
  [[nodiscard]] bool is_ending() const { return server_end_; }
  [[nodiscard]] Failure failure() const { return failure_; }

 private:
  /// Bytes on their way.
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
  std::uint32_t read_wants_ = 0;   // of the client's socket, so that OpenSSL can read
  std::uint32_t write_wants_ = 0;  // the same, to write
  std::uint64_t taken_ = 0;
  bool secure_ = false;
  bool broken_ = false;
  bool client_end_ = false;
  bool server_end_ = false;
  bool told_client_ = false;
  bool told_server_ = false;
  Failure failure_ = Failure::none;
};

}  // namespace cs
