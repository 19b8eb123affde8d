// SPDX-License-Identifier: MIT
#include "viewer/offer.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "gst/ref.hpp"
#include "viewer/candidate.hpp"
#include "viewer/h264_format.hpp"
#include "viewer/offer_filter.hpp"
#include "viewer/sdp.hpp"

namespace cs {
namespace {

using test::must;

const std::set<std::string_view> kKnownKeys = {
    "bundle-only", "candidate", "end-of-candidates", "extmap",      "fingerprint", "fmtp",
    "group",       "ice-lite",  "ice-pwd",           "ice-options", "ice-ufrag",   "inactive",
    "mid",         "recvonly",  "rtcp-fb",           "rtcp-mux",    "rtcp-rsize",  "max-message-size",
    "rtpmap",      "sctp-port", "sendonly",          "sendrecv",    "setup"};
const std::set<std::string, std::less<>> kKnownParameters = {"APT",    "LEVEL-ASYMMETRY-ALLOWED", "MAX-FR",
                                                             "MAX-FS", "PACKETIZATION-MODE",      "PROFILE-LEVEL-ID"};
const std::set<std::string, std::less<>> kKnownFeedback = {"ccm fir", "goog-remb", "nack", "nack pli", "transport-cc"};

std::string_view view(const char* text) {
  return text == nullptr ? "" : text;
}

/// GLib keeps each name for ever: none may be a client's own.
void must_be_known(std::string_view key, std::string_view value) {
  must(kKnownKeys.contains(key), "an attribute that is passed on is known");
  const std::string_view rest = value.substr(std::min(value.find(' '), value.size()));
  if (key == "fmtp") {
    for (std::string_view left = rest; !left.empty();) {
      const std::string_view parameter = test::cut(left, ";");
      const auto name = words(parameter.substr(0, parameter.find('=')));
      must(name.size() == 1 && kKnownParameters.contains(upper_case(name.front())),
           "a parameter that is passed on is known");
    }
  }
  if (key == "rtcp-fb")
    must(kKnownFeedback.contains(rest.substr(std::min<std::size_t>(1, rest.size()))),
         "feedback that is passed on is known");
}

/// The caps of what is sent, without the SSRC; see viewer/rtp_sink.cpp.
Ref<GstCaps> caps_of(const OfferChoice& choice) {
  auto caps = adopt(gst_caps_from_string(codec_row(choice.codec).rtp));
  gst_caps_set_simple(caps.get(), "payload", G_TYPE_INT, choice.payload.type, nullptr);
  return caps;
}

/// Whether webrtcbin would send that into this section: it takes the first that has it, whatever its direction.
bool takes(const GstSDPMedia* media, const GstCaps* sent) {
  for (guint i = 0; i < gst_sdp_media_formats_len(media); ++i) {
    const auto caps = adopt(gst_sdp_media_get_caps_from_media(media, std::atoi(gst_sdp_media_get_format(media, i))));
    if (!caps) continue;
    gst_structure_set_name(gst_caps_get_structure(caps.get(), 0), "application/x-rtp");
    if (gst_caps_can_intersect(caps.get(), sent)) return true;
  }
  return false;
}

void look(const GstSDPMessage& offer, const OfferChoice& choice) {
  const auto sent = caps_of(choice);
  for (guint i = 0; i < gst_sdp_message_attributes_len(&offer); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_message_get_attribute(&offer, i);
    must_be_known(view(attribute->key), view(attribute->value));
  }
  for (guint i = 0; i < gst_sdp_message_medias_len(&offer); ++i) {
    const GstSDPMedia* media = gst_sdp_message_get_media(&offer, i);
    for (guint j = 0; j < gst_sdp_media_attributes_len(media); ++j) {
      const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, j);
      must_be_known(view(attribute->key), view(attribute->value));
    }
    const SdpSection section(offer, i);
    const bool is_chosen = i == choice.mline_index;
    const auto has = [&](const char* direction) { return section.own(direction).has_value(); };
    must(section.media() == "application" ||
             (has("recvonly") == is_chosen && has("inactive") != is_chosen && !has("sendrecv") && !has("sendonly")),
         "what was chosen is received, all else is inactive");
    if (section.media() == "video")
      must(takes(media, sent.get()) == is_chosen, "GStreamer finds what was chosen, and nowhere else");
  }
}

void look(std::string_view sdp, const OfferChoice& choice, std::span<const Channel> channels) {
  must(choice.channel < channels.size() && channels[choice.channel].stream.codec == choice.codec,
       "the codec is the channel's");
  must(choice.payload.type >= 0 && choice.payload.type <= 127, "a payload type has seven bits");
  must(!test::has_control(choice.mid) && !test::has_control(choice.payload.parameters), "the answer stays in its line");
  must(extension_id(choice, kPlayoutDelay) >= 0 && extension_id(choice, kPlayoutDelay) <= 14,
       "the extension has the short form");
  std::set<int> ids;
  for (const auto& [uri, id] : choice.extensions)
    must(id >= 1 && id <= 255 && ids.insert(id).second && !test::has_control(uri), "extensions have their own numbers");

  const SdpMessage message = parse_sdp(sdp);
  must(message && choice.mline_index < gst_sdp_message_medias_len(message.get()), "what was chosen is in the offer");
  filter_offer(*message, choice, [](std::string_view candidate) {
    return flaw_of(candidate) == CandidateFlaw::none ? std::optional(plain_candidate(candidate)) : std::nullopt;
  });
  look(*message, choice);

  const auto again = choose(*message, channels);
  const auto* same = std::get_if<OfferChoice>(&again);
  must(same != nullptr && same->mline_index == choice.mline_index && same->payload.type == choice.payload.type &&
           same->payload.parameters == choice.payload.parameters && same->codec == choice.codec &&
           same->mid == choice.mid,
       "what is passed on is chosen again");

  const auto text = adopt(gst_sdp_message_as_text(message.get()));
  const std::array<Candidate, 3> candidates = {
      {{"candidate:1 1 udp 1 192.0.2.1 9 typ host", choice.mline_index}, {"none", 0}, {"candidate:x", 99}}};
  must(parse_sdp(with_candidates(text.get(), candidates, true)) != nullptr, "candidates keep a description whole");
}

}  // namespace

void fuzz(std::string_view input) {
  static const bool started = gst_init_check(nullptr, nullptr, nullptr) == TRUE;
  must(started, "GStreamer starts");
  const std::array<Channel, 2> channels = {
      {{.stream = {.codec = Codec::h264, .format = {}, .bitrate_kbps = 2500}, .broadcast = nullptr},
       {.stream = {.codec = Codec::vp8, .format = {}, .bitrate_kbps = 2500}, .broadcast = nullptr}}};
  for (const auto first : {std::size_t{0}, std::size_t{1}}) {
    const auto some = std::span(channels).subspan(first);
    const auto result = choose(input, some);
    if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
      must(!refusal->code.empty() && refusal->message.size() > 20, "what is refused has a sentence");
      must(!test::has_control(refusal->message), "a refusal is one line");
    } else {
      look(input, std::get<OfferChoice>(result), some);
    }
  }
  if (const auto format = read_h264_format(input); format && profile_rank(format->profile))
    must(read_h264_format("profile-level-id=" + profile_level_id(format->profile, format->level_idc)).has_value(),
         "a profile can be said and read again");
}

}  // namespace cs
