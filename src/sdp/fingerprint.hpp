// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cs {

/// The hash of a DTLS certificate that a session description announces: a=fingerprint (RFC 8122, section 5).
struct Fingerprint {
  GChecksumType hash = G_CHECKSUM_SHA256;  ///< SHA-256, SHA-384 or SHA-512
  std::string digest;                      ///< lower-case hexadecimal, without colons

  bool operator==(const Fingerprint&) const = default;
};

/// Whether the hash function of an a=fingerprint value is one that is too weak to identify a certificate: anything but
/// SHA-256, SHA-384 and SHA-512. Pure.
[[nodiscard]] bool has_weak_hash(std::string_view value);

/// Reads the value of an a=fingerprint attribute, in upper or lower case. Nothing: the hash function is weak or
/// unknown, or the digest is malformed or of the wrong length. Pure.
[[nodiscard]] std::optional<Fingerprint> read_fingerprint(std::string_view value);

/// Whether a certificate in PEM form has one of these fingerprints (RFC 8827, section 6.5). False for text that is no
/// certificate. Pure.
[[nodiscard]] bool matches_any(std::span<const Fingerprint> fingerprints, std::string_view certificate_pem);

}  // namespace cs
