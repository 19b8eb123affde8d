// SPDX-License-Identifier: MIT
#include "webrtc/dtls_identity.hpp"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

struct OpensslDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpensslDeleter>;

// The clock of a client may be slow and the process may run for years. Browsers check neither date.
constexpr long kDay = 24 * 60 * 60;
constexpr long kValidFor = 3650 * kDay;

void require(bool done) {
  if (done) return;
  ERR_clear_error();
  throw StartupError("OpenSSL cannot create the DTLS certificate");
}

Owned<X509> certificate_for(EVP_PKEY* key) {
  Owned<X509> certificate(X509_new());
  require(certificate != nullptr);
  std::uint64_t serial = 0;
  require(fill_with_random(std::as_writable_bytes(std::span(&serial, 1))));
  const Owned<X509_NAME> name(X509_NAME_new());
  static constexpr unsigned char kName[] = "cubestream";
  require(name && X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_ASC, kName, -1, -1, 0) == 1 &&
          X509_set_version(certificate.get(), 2) == 1 &&  // the value 2 means X.509 version 3
          ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U) == 1 &&
          X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay) != nullptr &&
          X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidFor) != nullptr &&
          X509_set_subject_name(certificate.get(), name.get()) == 1 &&
          X509_set_issuer_name(certificate.get(), name.get()) == 1 && X509_set_pubkey(certificate.get(), key) == 1 &&
          X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

std::string pem_of(X509* certificate, EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio && PEM_write_bio_X509(bio.get(), certificate) == 1 &&
          PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned size = 0;
  require(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1);
  std::string text = "sha-256";
  char separator = ' ';
  for (const unsigned char byte : std::span(digest).first(size)) {
    text += fmt::format("{}{:02X}", separator, byte);
    separator = ':';
  }
  return text;
}

}  // namespace

DtlsIdentity::DtlsIdentity() {
  assert_on(ThreadRole::main);
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  const Owned<X509> certificate = certificate_for(key.get());
  pem_ = pem_of(certificate.get(), key.get());
  fingerprint_ = fingerprint_of(certificate.get());
  GstElement* const keeper = gst_element_factory_make("dtlsdec", nullptr);
  if (keeper == nullptr) return;  // not installed; the check for required elements reports it
  keeper_ = sink(keeper);
  g_object_set(keeper, "pem", pem_.c_str(), nullptr);
}

}  // namespace cs
