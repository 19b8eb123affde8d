// SPDX-License-Identifier: MIT
#include "webrtc/negotiation.hpp"

#include <string_view>
#include <utility>

#include "sdp/offer_filter.hpp"

namespace cs {
namespace {

/// Returns the only media section of the answer, or null when it is not sendonly.
GstSDPMedia* sending_section(GstSDPMessage* sdp) {
  if (gst_sdp_message_medias_len(sdp) != 1) return nullptr;
  auto* media = const_cast<GstSDPMedia*>(gst_sdp_message_get_media(sdp, 0));  // we own the message
  return gst_sdp_media_get_attribute_val(media, "sendonly") != nullptr ? media : nullptr;
}

/// Writes the a=fmtp line of the chosen payload into the answer. webrtcbin omits the H.264 profile; with the profile in
/// the caps it requires the offer's level, which the stream may exceed (RFC 6184, section 8.2.2).
void declare_parameters(GstSDPMedia* media, const Payload& chosen) {
  const std::string payload = std::to_string(chosen.type) + " ";
  for (guint i = gst_sdp_media_attributes_len(media); i-- > 0;) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, i);
    if (std::string_view(attribute->key) == "fmtp" && std::string_view(attribute->value).starts_with(payload))
      gst_sdp_media_remove_attribute(media, i);
  }
  if (!chosen.parameters.empty()) gst_sdp_media_add_attribute(media, "fmtp", (payload + chosen.parameters).c_str());
}

/// Adds the RTP header extensions that our packets carry, with the offer's ids (RFC 8285, section 5).
void declare_extensions(GstSDPMedia* media, const NegotiatedMedia& choice) {
  for (const std::string_view uri : {kPlayoutDelay, kTransportWide})
    if (const int id = extension_id(choice, uri); id != 0)
      gst_sdp_media_add_attribute(media, "extmap", (std::to_string(id) + " " + std::string(uri)).c_str());
}

/// Replaces the fingerprint: webrtcbin computes it from the PEM text, which also contains the private key.
void declare_certificate(GstSDPMedia* media, const std::string& fingerprint) {
  for (guint i = gst_sdp_media_attributes_len(media); i-- > 0;)
    if (std::string_view(gst_sdp_media_get_attribute(media, i)->key) == "fingerprint")
      gst_sdp_media_remove_attribute(media, i);
  gst_sdp_media_add_attribute(media, "fingerprint", fingerprint.c_str());
}

/// Removes the a=ssrc lines from the local description. webrtcbin already knows its SSRCs, and GStreamer would create
/// GLib quarks from these lines, which are never freed; see reduce_offer().
void forget_ssrcs(GstSDPMedia* media) {
  for (guint i = gst_sdp_media_attributes_len(media); i-- > 0;)
    if (std::string_view(gst_sdp_media_get_attribute(media, i)->key).starts_with("ssrc"))
      gst_sdp_media_remove_attribute(media, i);
}

}  // namespace

Negotiation::Negotiation(Connection connection, Offer offer, NegotiatedMedia media)
    : connection_(std::move(connection)), offer_(std::move(offer)), media_(std::move(media)) {}

void Negotiation::begin() {
  SdpMessage reduced =
      reduce_offer(*offer_, media_, [&](std::string_view candidate) { return connection_.ice.taken(candidate); });
  const auto offer = adopt(gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_OFFER, reduced.release()));
  under_way_ = true;
  GstPromise* promise =
      make_promise<Negotiation>(connection_.loop, weak_from_this(), [](Negotiation& self, const PromiseResult& result) {
        if (!result.error.empty()) return self.refuse_for(result.error);
        self.create_answer();
      });
  g_signal_emit_by_name(connection_.webrtcbin, "set-remote-description", offer.get(), promise);
}

void Negotiation::create_answer() {
  connection_.log->debug("offer set");
  GstPromise* promise = make_promise<Negotiation>(
      connection_.loop, weak_from_this(), [](Negotiation& self, const PromiseResult& result) { self.accept(result); });
  g_signal_emit_by_name(connection_.webrtcbin, "create-answer", nullptr, promise);
}

void Negotiation::accept(const PromiseResult& result) {
  if (!result.error.empty()) return refuse_for(result.error);
  if (!result.description) return refuse("webrtcbin created no answer");
  connection_.log->debug("answer created");
  // An inactive answer would connect but never send video.
  GstSDPMedia* media = sending_section(result.description->sdp);
  if (media == nullptr)
    return refuse("the answer would send no video, because the offered codec settings do not match");
  declare_parameters(media, media_.payload);
  declare_extensions(media, media_);
  declare_certificate(media, connection_.guard.fingerprint());
  const std::string text = answer_to(*offer_, media_, *result.description->sdp);
  forget_ssrcs(media);
  if (const std::string why = connection_.guard.install(); !why.empty()) return refuse(why);
  GstPromise* promise = make_promise<Negotiation>(
      connection_.loop, weak_from_this(), [](Negotiation& self, const PromiseResult& set) { self.finish(set); });
  g_signal_emit_by_name(connection_.webrtcbin, "set-local-description", result.description.get(), promise);
  connection_.observer.on_answer(text);
}

/// The local description is set, and the gathering of candidates has started.
void Negotiation::finish(const PromiseResult& result) {
  if (!result.error.empty()) return refuse_for(result.error);
  if (const std::string why = connection_.ice.complaint(); !why.empty()) connection_.observer.on_failed("no-port", why);
  settle();
}

void Negotiation::refuse_for(const std::string& error) {
  // The error may quote the offer, including a=ice-pwd, so it is logged at debug level only.
  connection_.log->debug("webrtcbin error: {}", error);
  refuse("webrtcbin rejected it");
}

void Negotiation::refuse(const std::string& why) {
  connection_.observer.on_failed("bad-offer", "the server could not answer this offer: " + why);
  settle();
}

void Negotiation::settle() {
  under_way_ = false;
  offer_.reset();
  connection_.observer.on_settled();
}

}  // namespace cs
