// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "gst/ref.hpp"

namespace cs {

/// The DTLS certificate and private key of this process: ECDSA on P-256, which every WebRTC endpoint must support
/// (RFC 8827, section 6.5). GStreamer's default certificate is RSA, and clients without RSA cipher suites cannot
/// connect to it. Generated at start and used for all viewers. Main thread only.
class DtlsIdentity {
 public:
  /// Throws StartupError when OpenSSL cannot create the certificate.
  DtlsIdentity();

  /// Certificate and private key in PEM format. Secret.
  [[nodiscard]] const std::string& pem() const { return pem_; }

  /// Value of the a=fingerprint attribute of the certificate (RFC 8122, section 5).
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

 private:
  std::string pem_;
  std::string fingerprint_;
  // GStreamer caches the parsed certificate of a PEM text while an element uses it. The cache lookup races with the
  // release on another thread (gstdtlsdec.c, agent_table). This element holds the entry for the life of the process.
  Ref<GstElement> keeper_;
};

}  // namespace cs
