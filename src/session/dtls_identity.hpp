// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "gst/ref.hpp"

namespace cs {

/// The DTLS certificate and private key of this process: ECDSA on P-256, which every WebRTC endpoint must support
/// (RFC 8827, section 6.5). GStreamer's default certificate is RSA, to which a client without RSA cipher suites cannot
/// connect. Generated at start, and the same for all viewers. Main thread only.
class DtlsIdentity {
 public:
  /// Throws StartupError when OpenSSL cannot make it.
  DtlsIdentity();

  /// Certificate and key, in PEM form. A secret.
  [[nodiscard]] const std::string& pem() const { return pem_; }

  /// The value of a=fingerprint that announces it (RFC 8122, section 5).
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

 private:
  std::string pem_;
  std::string fingerprint_;
  // GStreamer keeps what it made of a PEM text as long as an element uses it, and its search for it does not see that
  // another thread is about to release it (gstdtlsdec.c, agent_table). This one always uses it.
  Ref<GstElement> keeper_;
};

}  // namespace cs
