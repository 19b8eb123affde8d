// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>

#include "tls/tls_files.hpp"

namespace cs {

struct SslDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using Ssl = std::unique_ptr<SSL, SslDeleter>;

/// A certificate with its key, and the TLS settings: TLS 1.2 or newer, HTTP/1.1. Any thread.
class TlsCertificate {
 public:
  /// Reads the files. Throws StartupError that names the invalid file and the reason.
  explicit TlsCertificate(const TlsFiles& files);

  /// Creates a server-side session on a socket; null if out of memory.
  [[nodiscard]] Ssl session(int socket) const;

  [[nodiscard]] std::chrono::system_clock::time_point expires() const { return expires_; }

  /// Whether all browsers accept the type of the key: RSA, or ECDSA on P-256 or P-384.
  [[nodiscard]] bool is_for_browsers() const { return is_for_browsers_; }

  /// Returns the host name and the expiry date for the log: "cube.example, valid until 2027-01-31".
  [[nodiscard]] std::string description() const;

 private:
  std::unique_ptr<SSL_CTX, SslDeleter> context_;
  std::string name_;
  bool is_for_browsers_ = false;
  std::chrono::system_clock::time_point expires_;
};

}  // namespace cs
