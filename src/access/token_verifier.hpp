// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>

#include "access/digest.hpp"
#include "cubestream/role.hpp"

namespace cs {

/// Says what a token is worth: the administrator's secret, or a signed link's. Keeps neither. Any thread.
class TokenVerifier {
 public:
  enum class Finding { good, wrong, expired };
  struct Result {
    Finding finding = Finding::wrong;
    Role role = Role::view;  ///< of a good one
  };
  /// Whether the secret itself counts. Somebody who guesses may at last guess it, but never a link's signature.
  enum class Secret { counts, counts_not };

  /// `secret`: not empty. Throws StartupError where OpenSSL cannot.
  explicit TokenVerifier(std::string_view secret);

  [[nodiscard]] Result verify(std::string_view token, std::chrono::sys_seconds now, Secret secret) const;

 private:
  const Digest secret_;  // its SHA-256, as what is compared must not tell how long it is
  const Digest link_key_;
};

}  // namespace cs
