// SPDX-License-Identifier: MIT
#include "tls/certificate.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string_view>

#include "base/error.hpp"
#include "process/regular_file.hpp"

namespace cs {
namespace {

/// Returns the reason of OpenSSL's last error and clears its error queue.
std::string last_error() {
  std::array<char, 256> text = {};
  const unsigned long error = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  if (reason != nullptr) return reason;
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

/// Whether OpenSSL rejected the certificate's key or signature as too weak (security level 2).
bool is_too_weak(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  const int reason = ERR_GET_REASON(error);
  return reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL || reason == SSL_R_CA_MD_TOO_WEAK;
}

bool is_key_for_browsers(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return true;
  std::array<char, 64> curve = {};
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) != 1)
    return false;
  return curve.data() == std::string_view("prime256v1") || curve.data() == std::string_view("secp384r1");
}

void use_certificate(SSL_CTX* context, const std::string& path) {
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return;
  if (is_too_weak(ERR_peek_last_error()))
    throw StartupError(
        "CS_TLS_CERT " + path + ": the key or the signature of the certificate is too weak: " + last_error() +
        "; create a certificate with an RSA key of 2048 bits or an ECDSA key on P-256, signed with SHA-256");
  throw StartupError("CS_TLS_CERT " + path + ": not a certificate in PEM format: " + last_error());
}

void check_readable(const char* setting, const std::string& path) {
  if (is_no_regular_file(path))
    throw StartupError(fmt::format("{} {}: cannot read the file: not a regular file", setting, path));
  if (std::ifstream(path).good()) return;
  throw StartupError(fmt::format("{} {}: cannot read the file: {}", setting, path, std::strerror(errno)));
}

/// Returns the first DNS name of the certificate.
std::string name_of(X509* certificate) {
  std::string name;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; name.empty() && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(names.get(), i);
    if (each->type == GEN_DNS)
      name.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(each->d.dNSName)),
                  static_cast<std::size_t>(ASN1_STRING_length(each->d.dNSName)));
  }
  return name.empty() ? "a certificate without a host name" : name;
}

/// ALPN callback: selects HTTP/1.1, because HTTP/2 is not supported.
int select_protocol(SSL* /*session*/, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned in_length, void* /*data*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kHttp11.data(), kHttp11.size(), in, in_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsCertificate::TlsCertificate(const TlsFiles& files) : context_(SSL_CTX_new(TLS_server_method())) {
  if (!context_) throw StartupError("cannot start TLS: " + last_error());
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  // Rejects a key with a password; OpenSSL would ask for the password on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });

  check_readable("CS_TLS_CERT", files.certificate);
  check_readable("CS_TLS_KEY", files.key);
  use_certificate(context, files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    throw StartupError(fmt::format(
        "CS_TLS_KEY {} is not the key of the certificate in {}, or not in PEM format, or has a password: {}", files.key,
        files.certificate, last_error()));
  X509* const certificate = SSL_CTX_get0_certificate(context);
  is_for_browsers_ = is_key_for_browsers(X509_get0_pubkey(certificate));
  name_ = name_of(certificate);
  std::tm until = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until);
  expires_ = std::chrono::system_clock::from_time_t(timegm(&until));
}

Ssl TlsCertificate::session(int socket) const {
  Ssl session(SSL_new(context_.get()));
  if (session && SSL_set_fd(session.get(), socket) == 1) {
    SSL_set_accept_state(session.get());
    return session;
  }
  ERR_clear_error();
  return nullptr;
}

std::string TlsCertificate::description() const {
  return fmt::format("{}, valid until {:%Y-%m-%d}", name_, fmt::gmtime(std::chrono::system_clock::to_time_t(expires_)));
}

}  // namespace cs
