// SPDX-License-Identifier: MIT
#include "sdp/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace cs {
namespace {

struct HashName {
  std::string_view name;
  GChecksumType hash;
};
constexpr std::array<HashName, 3> kHashes = {
    {{"sha-256", G_CHECKSUM_SHA256}, {"sha-384", G_CHECKSUM_SHA384}, {"sha-512", G_CHECKSUM_SHA512}}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

std::optional<GChecksumType> hash_of(std::string_view value) {
  const std::string name = lower(value.substr(0, value.find(' ')));
  const auto* const row = std::ranges::find(kHashes, name, &HashName::name);
  return row == kHashes.end() ? std::nullopt : std::optional(row->hash);
}

/// Converts "4A:BC" to "4abc"; empty if malformed.
std::string digest_of(std::string_view text) {
  if (text.ends_with(':')) return "";
  std::string digest;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 && text[i] == ':') continue;
    if (i % 3 == 2 || g_ascii_isxdigit(text[i]) == FALSE) return "";
    digest += lower(text[i]);
  }
  return digest;
}

using Bytes = std::unique_ptr<guchar, decltype(&g_free)>;

/// DER encoding of the certificate; empty if the text is not PEM (RFC 7468, section 5).
std::pair<Bytes, gsize> der_of(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::pair<Bytes, gsize> none{Bytes(nullptr, g_free), 0};
  const auto begin = pem.find(kBegin);
  if (begin == pem.npos) return none;
  const auto end = pem.find(kEnd, begin);
  if (end == pem.npos) return none;
  const std::string base64(pem.substr(begin + kBegin.size(), end - begin - kBegin.size()));
  gsize size = 0;
  Bytes bytes(g_base64_decode(base64.c_str(), &size), g_free);
  return {std::move(bytes), size};
}

}  // namespace

bool has_weak_hash(std::string_view value) {
  return !hash_of(value);
}

std::optional<Fingerprint> read_fingerprint(std::string_view value) {
  const auto hash = hash_of(value);
  if (!hash) return std::nullopt;
  std::string digest = digest_of(value.substr(std::min(value.find(' ') + 1, value.size())));
  if (std::cmp_not_equal(digest.size(), 2 * g_checksum_type_get_length(*hash))) return std::nullopt;
  return Fingerprint{*hash, std::move(digest)};
}

bool matches_any(std::span<const Fingerprint> fingerprints, std::string_view certificate_pem) {
  const auto [der, size] = der_of(certificate_pem);
  if (size == 0) return false;
  return std::ranges::any_of(fingerprints, [&, &bytes = der, length = size](const Fingerprint& announced) {
    const std::unique_ptr<gchar, decltype(&g_free)> digest(
        g_compute_checksum_for_data(announced.hash, bytes.get(), length), g_free);
    return announced.digest == digest.get();
  });
}

}  // namespace cs
