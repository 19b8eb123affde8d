// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cs {

/// Hash of a DTLS certificate from the a=fingerprint attribute (RFC 8122, section 5).
struct Fingerprint {
  GChecksumType hash = G_CHECKSUM_SHA256;  ///< SHA-256, SHA-384 or SHA-512
  std::string digest;                      ///< lower-case hexadecimal, without colons

  bool operator==(const Fingerprint&) const = default;
};

/// Whether the hash function of an a=fingerprint value is too weak to identify a certificate: all except SHA-256,
/// SHA-384 and SHA-512. Pure.
[[nodiscard]] bool has_weak_hash(std::string_view value);

/// Parses the value of an a=fingerprint attribute, case-insensitively. Returns nothing when the hash function is weak
/// or unknown, or the digest is malformed or has the wrong length. Pure.
[[nodiscard]] std::optional<Fingerprint> read_fingerprint(std::string_view value);

/// Whether a certificate in PEM format matches one of the fingerprints (RFC 8827, section 6.5). False if the text is
/// not a certificate. Pure.
[[nodiscard]] bool matches_any(std::span<const Fingerprint> fingerprints, std::string_view certificate_pem);

}  // namespace cs
