// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tls/tls_files.hpp"

namespace cs::test {

/// A self-signed certificate and its key in two files, which the destructor removes.
struct Certificate {
  Certificate() : Certificate(EVP_EC_gen("P-256"), EVP_sha256()) {}
  /// Takes ownership of `new_key`. `hash`: digest of the signature; null for Ed25519, which defines its own.
  Certificate(EVP_PKEY* new_key, const EVP_MD* hash) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(new_key, &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), hash);
    std::string folder = testing::TempDir() + "tls-XXXXXX";
    files = {.certificate = std::string(mkdtemp(folder.data())) + "/cert.pem", .key = folder + "/key.pem"};
    std::FILE* file = std::fopen(files.certificate.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(files.key.c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~Certificate() { std::filesystem::remove_all(std::filesystem::path(files.key).parent_path()); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  TlsFiles files;
};

}  // namespace cs::test
