// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "gst/ref.hpp"

namespace cs {

/// The certificate that a peer shows in its DTLS handshake, in PEM form. GStreamer tells each that is shown, before it
/// is proved that the peer has its key, and keeps the latest: a second handshake could show one that the first, whose
/// keys are used, did not have. So the first one counts, and another one after it spoils it. Any thread.
class PeerCertificate {
 public:
  /// Hears the certificates of a `webrtcbin` that has made its answer and has not begun its handshake.
  static std::shared_ptr<PeerCertificate> watch(GstElement* webrtcbin);

  /// Empty: none was shown, or more than one.
  [[nodiscard]] std::string pem() const;

  void show(const std::string& pem);

 private:
  mutable std::mutex mutex_;
  std::string first_;       // guarded by mutex_
  bool is_spoilt_ = false;  // guarded by mutex_
};

}  // namespace cs
