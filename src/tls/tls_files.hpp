// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Paths of the server's certificate and key, in PEM; both empty: no TLS.
struct TlsFiles {
  std::string certificate;  ///< certificate chain, the server's own certificate first
  std::string key;          ///< private key, not encrypted

  [[nodiscard]] bool empty() const { return certificate.empty() && key.empty(); }
};

}  // namespace cs
