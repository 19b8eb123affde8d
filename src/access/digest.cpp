// SPDX-License-Identifier: MIT
#include "access/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cs {

std::optional<Digest> sha256(std::string_view text) {
  Digest digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.bytes.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != digest.bytes.size())
    return std::nullopt;
  return digest;
}

std::optional<Digest> hmac_sha256(std::string_view key, std::string_view text) {
  Digest digest;
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), digest.bytes.data(), &size) == nullptr ||
      size != digest.bytes.size())
    return std::nullopt;
  return digest;
}

bool is_same(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

}  // namespace cs
