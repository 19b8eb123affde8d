// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "gst/ref.hpp"

namespace cs {

/// The certificate that a peer presents in the DTLS handshake, in PEM format. GStreamer reports each certificate before
/// the peer has proved that it owns the key, and stores only the latest. A second handshake could present a different
/// certificate than the first, whose keys are in use. So the first certificate counts, and a different one invalidates
/// it. Any thread.
class PeerCertificate {
 public:
  /// Records the certificates of `webrtcbin`. Call it after the answer was created and before the handshake starts.
  static std::shared_ptr<PeerCertificate> watch(GstElement* webrtcbin);

  /// The certificate; empty when the peer presented none or different ones.
  [[nodiscard]] std::string pem() const;

  /// Called for each certificate that the peer presents.
  void show(const std::string& pem);

 private:
  mutable std::mutex mutex_;
  std::string first_;          // guarded by mutex_
  bool has_conflict_ = false;  // guarded by mutex_
};

}  // namespace cs
