// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "access/digest.hpp"
#include "access/role.hpp"

namespace cs {

/// Verifies a token: the administrator's secret, or the token of a signed link. Stores neither. Any thread.
class TokenVerifier {
 public:
  enum class Finding { good, wrong, expired };
  struct Result {
    Finding finding = Finding::wrong;
    Role role = Role::view;  ///< valid if `finding` is good
    std::string name = {};   ///< of a signed link; empty: none
  };
  /// Whether the secret itself is accepted. An attacker may guess the secret, but not the signature of a link.
  enum class Secret { counts, counts_not };

  /// `secret`: not empty. Throws StartupError if OpenSSL fails.
  explicit TokenVerifier(std::string_view secret);

  [[nodiscard]] Result verify(std::string_view token, std::chrono::sys_seconds now, Secret secret) const;

 private:
  const Digest secret_;  // its SHA-256, so that comparing does not reveal its length
  const Digest link_key_;
};

}  // namespace cs
