// SPDX-License-Identifier: MIT
#include "receivers/dtls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

namespace cs::bench {
namespace {

constexpr int kMtu = 1200;
constexpr std::size_t kRecordHead = 13;  // RFC 6347, section 4.1
constexpr std::size_t kKey = 16;         // RFC 5764, section 4.1.2: SRTP_AES128_CM_HMAC_SHA1_80
constexpr std::size_t kSalt = 14;
constexpr unsigned kFirstTimeoutUs = 50'000;  // as in browsers; the default of OpenSSL and RFC 6347 is one second

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

}  // namespace

DtlsContext::DtlsContext() : context_(SSL_CTX_new(DTLS_method()), &SSL_CTX_free) {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, FreeCertificate> certificate(X509_new());
  check(key && certificate, "no key");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30L * 24 * 3600);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("receivers"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0, "cannot sign");
  check(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1, "cannot use the certificate");
  check(SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1, "cannot use the key");
  check(SSL_CTX_set_tlsext_use_srtp(context_.get(), "SRTP_AES128_CM_SHA1_80") == 0, "no SRTP");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER,
                     [](int, X509_STORE_CTX*) { return 1; });  // both ends belong to the bench

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned size = 0;
  X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size);
  for (unsigned i = 0; i < size; ++i) {
    std::array<char, 4> text = {};
    std::snprintf(text.data(), text.size(), i == 0 ? "%02X" : ":%02X", digest.at(i));
    fingerprint_ += text.data();
  }
}

Dtls::Dtls(const DtlsContext& context, Role role, Send send)
    : role_(role),
      send_(std::move(send)),
      ssl_(SSL_new(context.get())),
      incoming_(BIO_new(BIO_s_mem())),
      outgoing_(BIO_new(BIO_s_mem())) {
  SSL_set_bio(ssl_, incoming_, outgoing_);
  SSL_set_options(ssl_, SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(ssl_, kMtu);
  BIO_set_mem_eof_return(incoming_, -1);
  BIO_set_mem_eof_return(outgoing_, -1);
  DTLS_set_timer_cb(ssl_, [](SSL*, unsigned last_us) { return last_us == 0 ? kFirstTimeoutUs : 2 * last_us; });
  if (role == Role::client)
    SSL_set_connect_state(ssl_);
  else
    SSL_set_accept_state(ssl_);
}

Dtls::~Dtls() {
  for (srtp_t session : {srtp_, peer_srtp_})
    if (session != nullptr) srtp_dealloc(session);
  SSL_free(ssl_);
}

void Dtls::begin() {
  if (role_ == Role::client) advance();
}

void Dtls::receive(std::span<const std::uint8_t> datagram) {
  BIO_write(incoming_, datagram.data(), static_cast<int>(datagram.size()));
  advance();
}

void Dtls::on_time() {
  DTLSv1_handle_timeout(ssl_);
  flush();
}

void Dtls::advance() {
  if (!is_up()) {
    const int result = SSL_do_handshake(ssl_);
    ERR_clear_error();
    if (result == 1) take_keys();
  } else {
    std::array<char, 256> ignored = {};
    while (SSL_read(ssl_, ignored.data(), ignored.size()) > 0) {
    }
    ERR_clear_error();
  }
  flush();
}

void Dtls::flush() {
  // Sends one datagram per record: together they may exceed the path's MTU.
  std::vector<std::uint8_t> waiting(static_cast<std::size_t>(BIO_ctrl_pending(outgoing_)));
  if (waiting.empty()) return;
  BIO_read(outgoing_, waiting.data(), static_cast<int>(waiting.size()));
  for (std::span<const std::uint8_t> rest(waiting); rest.size() >= kRecordHead;) {
    const std::size_t length = kRecordHead + (static_cast<std::size_t>(rest[11]) << 8U | rest[12]);
    send_(rest.first(std::min(length, rest.size())));
    rest = rest.subspan(std::min(length, rest.size()));
  }
}

void Dtls::take_keys() {
  constexpr std::string_view label = "EXTRACTOR-dtls_srtp";
  std::array<std::uint8_t, 2 * (kKey + kSalt)> material = {};
  check(SSL_export_keying_material(ssl_, material.data(), material.size(), label.data(), label.size(), nullptr, 0, 0) ==
            1,
        "no keys");
  const auto session = [&](std::size_t side, srtp_ssrc_type_t direction) {
    std::array<std::uint8_t, kKey + kSalt> key = {};
    std::copy_n(material.begin() + static_cast<std::ptrdiff_t>(side * kKey), kKey, key.begin());
    std::copy_n(material.begin() + static_cast<std::ptrdiff_t>(2 * kKey + side * kSalt), kSalt, key.begin() + kKey);
    srtp_policy_t policy = {};
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    policy.ssrc.type = direction;
    policy.key = key.data();
    policy.window_size = 128;
    srtp_t made = nullptr;
    check(srtp_create(&made, &policy) == srtp_err_status_ok, "no SRTP session");
    return made;
  };
  const std::size_t ours = role_ == Role::client ? 0 : 1;
  peer_srtp_ = session(1 - ours, ssrc_any_inbound);
  srtp_ = session(ours, ssrc_any_outbound);
}

std::vector<std::uint8_t> Dtls::unprotect_rtp(std::span<const std::uint8_t> packet) {
  std::vector<std::uint8_t> plain(packet.begin(), packet.end());
  int size = static_cast<int>(plain.size());
  const bool good = peer_srtp_ != nullptr && srtp_unprotect(peer_srtp_, plain.data(), &size) == srtp_err_status_ok;
  plain.resize(good ? static_cast<std::size_t>(size) : 0);
  return plain;
}

bool Dtls::protect_rtcp(std::uint8_t* packet, int& size) {
  return srtp_ != nullptr && srtp_protect_rtcp(srtp_, packet, &size) == srtp_err_status_ok;
}

void Dtls::close() {
  SSL_shutdown(ssl_);
  flush();
}

}  // namespace cs::bench
