// SPDX-License-Identifier: MIT
#include "tls/probe.hpp"

#include <openssl/err.h>

#include "tls/certificate.hpp"

namespace cs {

std::string ask_by_tls(int socket, std::string_view request, std::size_t limit) {
  const std::unique_ptr<SSL_CTX, SslDeleter> context(SSL_CTX_new(TLS_client_method()));
  const Ssl ssl(context ? SSL_new(context.get()) : nullptr);
  std::string answer;
  if (ssl && SSL_set_fd(ssl.get(), socket) == 1 && SSL_connect(ssl.get()) == 1 &&
      SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())) > 0) {
    answer.resize(limit);
    const int got = SSL_read(ssl.get(), answer.data(), static_cast<int>(limit));
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  ERR_clear_error();
  return answer;
}

}  // namespace cs
