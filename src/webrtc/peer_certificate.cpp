// SPDX-License-Identifier: MIT
#include "webrtc/peer_certificate.hpp"

#include "ice/webrtc_internals.hpp"

namespace cs {
namespace {

using Shared = std::shared_ptr<PeerCertificate>;

/// Runs on the thread of the DTLS handshake, the only thread that sets the property.
void on_peer_pem(GObject* decoder, GParamSpec* /*spec*/, void* shared) {
  gchar* raw = nullptr;
  g_object_get(decoder, "peer-pem", &raw, nullptr);
  if (const auto pem = adopt(raw)) (*static_cast<Shared*>(shared))->show(pem.get());
}

}  // namespace

Shared PeerCertificate::watch(GstElement* webrtcbin) {
  auto certificate = std::make_shared<PeerCertificate>();
  const auto decoder = find_element(webrtcbin, WebRtcElement::dtls_decoder);
  if (!decoder) return certificate;
  const auto destroy = [](void* shared, GClosure*) { delete static_cast<Shared*>(shared); };
  g_signal_connect_data(decoder.get(), "notify::peer-pem", G_CALLBACK(on_peer_pem), new Shared(certificate), destroy,
                        GConnectFlags{});
  return certificate;
}

std::string PeerCertificate::pem() const {
  const std::lock_guard lock(mutex_);
  return has_conflict_ ? "" : first_;
}

void PeerCertificate::show(const std::string& pem) {
  const std::lock_guard lock(mutex_);
  if (first_.empty()) first_ = pem;
  if (first_ != pem) has_conflict_ = true;
}

}  // namespace cs
