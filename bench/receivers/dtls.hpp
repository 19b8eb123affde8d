// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>
#include <srtp2/srtp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cs::bench {

/// The certificate shared by all receivers, created at start.
class DtlsContext {
 public:
  DtlsContext();
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }  ///< SHA-256, as in SDP

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string fingerprint_;
};

/// One end of DTLS-SRTP (RFC 5764) over a transport of the caller. Decrypts RTP only on request. One thread.
class Dtls {
 public:
  enum class Role { client, server };
  using Send = std::function<void(std::span<const std::uint8_t> datagram)>;

  Dtls(const DtlsContext& context, Role role, Send send);
  ~Dtls();
  Dtls(const Dtls&) = delete;
  Dtls& operator=(const Dtls&) = delete;

  /// Call when the transport is connected. A client then starts the handshake.
  void begin();
  void receive(std::span<const std::uint8_t> datagram);
  /// Retransmits lost handshake messages when due. Call it periodically until is_up().
  void on_time();

  [[nodiscard]] bool is_up() const { return srtp_ != nullptr; }

  /// Encrypts an RTCP packet in place, which grows; `packet` needs SRTP_MAX_TRAILER_LEN + 4 spare bytes.
  [[nodiscard]] bool protect_rtcp(std::uint8_t* packet, int& size);

  /// Decrypts an RTP packet; empty if it is not authentic. Pass the peer's packets in order.
  [[nodiscard]] std::vector<std::uint8_t> unprotect_rtp(std::span<const std::uint8_t> packet);

  /// Sends close_notify.
  void close();

 private:
  void advance();
  void flush();
  void take_keys();

  const Role role_;
  const Send send_;
  SSL* ssl_;
  BIO* incoming_;
  BIO* outgoing_;
  srtp_t srtp_ = nullptr;  // outgoing
  srtp_t peer_srtp_ = nullptr;
};

}  // namespace cs::bench
