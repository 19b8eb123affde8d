// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Where the server's identity lies, in PEM; both empty: it speaks plainly.
struct TlsFiles {
  std::string certificate;  ///< the server's own first, then those that vouch for it
  std::string key;          ///< its private key, without a password

  [[nodiscard]] bool empty() const { return certificate.empty() && key.empty(); }
};

}  // namespace cs
