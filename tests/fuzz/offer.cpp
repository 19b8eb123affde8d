// SPDX-License-Identifier: MIT
#include "sdp/media_selection.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cubestream/error_codes.hpp"
#include "fuzz/fuzz.hpp"
#include "gst/ref.hpp"
#include "ice/candidate.hpp"
#include "sdp/h264_format.hpp"
#include "sdp/offer_filter.hpp"
#include "sdp/sdp.hpp"

namespace cs {
namespace {

using test::must;

const std::set<std::string_view> kKnownKeys = {
    "candidate", "end-of-candidates", "extmap",      "fingerprint", "fmtp", "group",
    "ice-lite",  "ice-pwd",           "ice-options", "ice-ufrag",   "mid",  "recvonly",
    "rtcp-fb",   "rtcp-mux",          "rtcp-rsize",  "rtpmap",      "setup"};
const std::set<std::string, std::less<>> kKnownParameters = {"APT",    "LEVEL-ASYMMETRY-ALLOWED", "MAX-FR",
                                                             "MAX-FS", "PACKETIZATION-MODE",      "PROFILE-LEVEL-ID"};
const std::set<std::string, std::less<>> kKnownFeedback = {"ccm fir", "goog-remb", "nack", "nack pli", "transport-cc"};

std::string_view view(const char* text) {
  return text == nullptr ? "" : text;
}

/// GLib never frees interned names, so none may come from a client.
void must_be_known(std::string_view key, std::string_view value) {
  must(kKnownKeys.contains(key), "a forwarded attribute is known");
  const std::string_view rest = value.substr(std::min(value.find(' '), value.size()));
  if (key == "fmtp") {
    for (std::string_view left = rest; !left.empty();) {
      const std::string_view parameter = test::cut(left, ";");
      const auto name = words(parameter.substr(0, parameter.find('=')));
      must(name.size() == 1 && kKnownParameters.contains(upper_case(name.front())), "a forwarded parameter is known");
    }
  }
  if (key == "rtcp-fb")
    must(kKnownFeedback.contains(rest.substr(std::min<std::size_t>(1, rest.size()))), "forwarded feedback is known");
}

/// The caps of the sent stream without the SSRC; see rtp/rtp_sink.cpp.
Ref<GstCaps> caps_of(const NegotiatedMedia& choice) {
  auto caps = adopt(gst_caps_from_string(codec_row(choice.codec).rtp));
  gst_caps_set_simple(caps.get(), "payload", G_TYPE_INT, choice.payload.type, nullptr);
  return caps;
}

/// Whether webrtcbin would send the stream in this section. It takes the first section with matching caps, whatever its
/// direction.
bool takes(const GstSDPMedia* media, const GstCaps* sent) {
  for (guint i = 0; i < gst_sdp_media_formats_len(media); ++i) {
    const auto caps = adopt(gst_sdp_media_get_caps_from_media(media, std::atoi(gst_sdp_media_get_format(media, i))));
    if (!caps) continue;
    gst_structure_set_name(gst_caps_get_structure(caps.get(), 0), "application/x-rtp");
    if (gst_caps_can_intersect(caps.get(), sent)) return true;
  }
  return false;
}

void check(const GstSDPMessage& reduced, const NegotiatedMedia& choice) {
  const auto sent = caps_of(choice);
  for (guint i = 0; i < gst_sdp_message_attributes_len(&reduced); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_message_get_attribute(&reduced, i);
    must_be_known(view(attribute->key), view(attribute->value));
  }
  must(gst_sdp_message_medias_len(&reduced) == 1, "webrtcbin gets one section");
  const GstSDPMedia* media = gst_sdp_message_get_media(&reduced, 0);
  for (guint j = 0; j < gst_sdp_media_attributes_len(media); ++j) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, j);
    must_be_known(view(attribute->key), view(attribute->value));
  }
  const SdpSection section(reduced, 0);
  must(section.media() == "video" && section.own("recvonly") && gst_sdp_media_get_port(media) == 9,
       "the section is recvonly video");
  for (const char* key : {"ice-ufrag", "ice-pwd", "fingerprint", "setup"})
    must(!section.own(key).value_or("").empty(), "the section has ICE and DTLS attributes");
  must(takes(media, sent.get()), "GStreamer finds the selected format");
}

/// Creates an answer as webrtcbin would for the one section.
SdpMessage answer_of(const NegotiatedMedia& choice) {
  return parse_sdp("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE " + choice.mid +
                   "\r\nm=video 9 UDP/TLS/RTP/SAVPF " + std::to_string(choice.payload.type) +
                   "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + choice.mid + "\r\na=sendonly\r\n");
}

void check_answer(const Offer& offer, const NegotiatedMedia& choice) {
  const SdpMessage answer = parse_sdp(answer_to(offer, choice, *answer_of(choice)));
  must(answer && gst_sdp_message_medias_len(answer.get()) == offer.sections().size(),
       "an answer has as many sections as its offer");
  for (unsigned i = 0; i < offer.sections().size(); ++i) {
    const GstSDPMedia* media = gst_sdp_message_get_media(answer.get(), i);
    const SdpSection section(*answer, i);
    const SdpSection& offered = offer.sections()[i];
    must(section.media() == offered.media() && section.own("mid") == offered.own("mid"), "sections keep their order");
    const bool is_needed = i == choice.mline_index || (!choice.bundled.empty() && i == choice.bundled.front());
    must(gst_sdp_media_get_port(media) == 0 || is_needed, "unused sections are rejected");
    must(gst_sdp_media_get_port(media) != 0 || i != choice.mline_index, "the selected section is accepted");
    must(gst_sdp_media_formats_len(media) > 0, "a rejected section has a format too");
  }
}

void check(const Offer& offer, const NegotiatedMedia& choice, std::span<const Channel> channels) {
  must(choice.channel < channels.size() && channels[choice.channel].stream.codec == choice.codec,
       "the codec is that of the channel");
  must(!choice.fingerprints.empty(), "there is a certificate to compare with");
  must(choice.payload.type >= 0 && choice.payload.type <= 127, "a payload type has seven bits");
  must(!test::has_control(choice.mid) && !test::has_control(choice.payload.parameters),
       "the answer cannot contain extra lines");
  must(extension_id(choice, kPlayoutDelay) >= 0 && extension_id(choice, kPlayoutDelay) <= 14,
       "the extension ID fits the one-byte form");
  std::set<int> ids;
  for (const auto& [uri, id] : choice.extensions)
    must(id >= 1 && id <= 255 && ids.insert(id).second && !test::has_control(uri), "extension IDs are unique");

  must(offer.is_valid() && choice.mline_index < offer.sections().size(), "the selected section is in the offer");
  const Offer reduced(reduce_offer(offer, choice, [](std::string_view candidate) {
    return flaw_of(candidate) == CandidateFlaw::none ? std::optional(plain_candidate(candidate)) : std::nullopt;
  }));
  check(reduced.message(), choice);
  check_answer(offer, choice);

  const auto again = select_media(reduced, channels);
  const auto* same = std::get_if<NegotiatedMedia>(&again);
  must(same != nullptr && same->mline_index == 0 && same->payload.type == choice.payload.type &&
           same->payload.parameters == choice.payload.parameters && same->codec == choice.codec &&
           same->mid == choice.mid && same->fingerprints == choice.fingerprints,
       "the reduced offer gives the same selection");

  const auto text = adopt(gst_sdp_message_as_text(&offer.message()));
  const std::array<Candidate, 3> candidates = {
      {{"candidate:1 1 udp 1 192.0.2.1 9 typ host", choice.mline_index}, {"none", 0}, {"candidate:x", 99}}};
  must(parse_sdp(with_candidates(text.get(), candidates, true)) != nullptr, "a description with candidates is valid");
}

}  // namespace

void fuzz(std::string_view input) {
  static const bool started = gst_init_check(nullptr, nullptr, nullptr) == TRUE;
  must(started, "GStreamer starts");
  const std::array<Channel, 2> channels = {
      {{.stream = {.codec = Codec::h264, .format = {}, .bitrate_kbps = 2500}, .broadcast = nullptr},
       {.stream = {.codec = Codec::vp8, .format = {}, .bitrate_kbps = 2500}, .broadcast = nullptr}}};
  const Offer offer(input);
  for (const auto first : {std::size_t{0}, std::size_t{1}}) {
    const auto some = std::span(channels).subspan(first);
    const auto result = select_media(offer, some);
    if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
      must(error_code(refusal->code).of == ErrorCode::Of::offer, "the code of a refusal is in the table");
      must(refusal->message.size() > 20, "a refusal has a sentence");
      must(!test::has_control(refusal->message), "a refusal is one line");
    } else {
      check(offer, std::get<NegotiatedMedia>(result), some);
    }
  }
  if (const auto format = read_h264_format(input); format && profile_rank(format->profile))
    must(read_h264_format("profile-level-id=" + profile_level_id(format->profile, format->level_idc)).has_value(),
         "a serialised profile can be parsed");
}

}  // namespace cs
