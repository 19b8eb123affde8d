// SPDX-License-Identifier: MIT
#include "viewer/offer_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/sdp.hpp"

namespace cs {
namespace {

using Taken = std::function<std::optional<std::string>(std::string_view candidate)>;

constexpr std::string_view kCandidate = "candidate";
constexpr std::string_view kRtcpFb = "rtcp-fb";

/// Passed on with whatever value.
constexpr std::array<std::string_view, 14> kAttributes = {
    "bundle-only", "end-of-candidates", "fingerprint", "group", "ice-lite",
    "ice-options", "ice-pwd",           "ice-ufrag",   "mid",   "rtcp-mux",
    "rtcp-rsize",  "max-message-size",  "sctp-port",   "setup"};

constexpr std::array<std::string_view, 4> kDirections = {"sendrecv", "sendonly", "recvonly", "inactive"};

/// a=fmtp (RFC 6184, section 8.1; RFC 7741, section 6.1; RFC 4588, section 8.1).
constexpr std::array<std::string_view, 6> kParameters = {"apt",    "level-asymmetry-allowed", "max-fr",
                                                         "max-fs", "packetization-mode",      "profile-level-id"};

/// a=rtcp-fb (RFC 4585, section 4.2; RFC 5104, section 7).
constexpr std::array<std::string_view, 5> kFeedback = {"ccm fir", "goog-remb", "nack", "nack pli", "transport-cc"};

bool is_in(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string joined(const std::vector<std::string_view>& parts, std::string_view between) {
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : between).append(part);
  return text;
}

/// The payload type that "102 …" is of, where this is the section's first line of that kind for it: none other counts,
/// with us and with GStreamer alike, and it must not be found because the first was not passed on.
std::optional<int> type_of(std::string_view key, std::string_view value, const SdpSection& section) {
  const auto blank = std::min(value.find(' '), value.size());
  const auto type = number_within(value.substr(0, blank), 0, 127);
  if (!type || section.of_payload(key, *type)->data() != value.data() + blank) return std::nullopt;
  return type;
}

/// "102 H264/90000". GStreamer finds a payload type where others see none, in "102x" for instance.
std::optional<std::string> mapping(std::string_view value, const SdpSection& section, const OfferChoice& choice) {
  const auto type = type_of("rtpmap", value, section);
  if (!type) return std::nullopt;
  // webrtcbin would send into the first section that has what we send, inactive or not.
  const bool is_other_video = section.index() != choice.mline_index && section.media() == "video";
  if (is_other_video && *type == choice.payload.type) return std::nullopt;
  const auto parts = words(value.substr(std::min(value.find(' '), value.size())));
  return parts.size() == 1 ? std::optional(std::to_string(*type) + " " + std::string(parts.front())) : std::nullopt;
}

/// "102 level-asymmetry-allowed=1;packetization-mode=1"
std::optional<std::string> parameters(std::string_view value, const SdpSection& section) {
  const auto type = type_of("fmtp", value, section);
  if (!type) return std::nullopt;
  std::string kept;
  for (std::string_view rest = value.substr(std::min(value.find(' '), value.size())); !rest.empty();) {
    const std::string_view parameter = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto name = words(parameter.substr(0, equals));
    const bool is_known = name.size() == 1 && std::ranges::any_of(kParameters, [&](auto row) {
                            return upper_case(row) == upper_case(name.front());
                          });
    if (!is_known) continue;
    kept.append(kept.empty() ? " " : ";").append(name.front());
    if (equals < parameter.size()) kept.append("=").append(joined(words(parameter.substr(equals + 1)), " "));
  }
  return kept.empty() ? std::nullopt : std::optional(std::to_string(*type) + kept);
}

/// "102 nack pli"
std::optional<std::string> feedback(std::string_view value) {
  auto parts = words(value);
  if (parts.size() < 2 || (parts.front() != "*" && !number_within(parts.front(), 0, 127))) return std::nullopt;
  const std::string type(parts.front());
  parts.erase(parts.begin());
  const std::string kind = joined(parts, " ");
  if (!is_in(kFeedback, kind)) return std::nullopt;
  return type + " " + kind;
}

/// "5/sendrecv urn:ietf:params:rtp-hdrext:sdes:mid"
std::optional<std::string> extension(std::string_view value) {
  const auto parts = words(value);
  if (parts.size() < 2 || !number_within(parts[0].substr(0, parts[0].find('/')), 1, 255)) return std::nullopt;
  return std::string(value);
}

struct Attribute {
  std::string key;
  std::string value;
};

/// What is passed on of an attribute of a section, of the chosen one or another; nothing: it is not passed on.
std::optional<std::string> value_of(const GstSDPAttribute& attribute, const SdpSection& section,
                                    const OfferChoice& choice, const Taken& taken) {
  const std::string_view key = attribute.key;
  const std::string_view value = attribute.value == nullptr ? "" : attribute.value;
  const bool is_chosen = section.index() == choice.mline_index;
  if (is_in(kAttributes, key)) return std::string(value);
  if (key == kCandidate) {
    auto candidate = taken(std::string(kCandidate) + ':' + std::string(value));
    return candidate ? std::optional(candidate->substr(kCandidate.size() + 1)) : std::nullopt;
  }
  if (is_in(kDirections, key))  // filter_section() says what the others have
    return section.media() == "application" ? std::optional(std::string(value)) : std::nullopt;
  if (key == kRtcpFb) return feedback(value);
  if (key == "extmap") return extension(value);
  if (key == "rtpmap") return mapping(value, section, choice);
  if (key == "fmtp" && is_chosen) return parameters(value, section);
  return std::nullopt;
}

void filter_section(GstSDPMessage& offer, unsigned index, const OfferChoice& choice, const Taken& taken) {
  const SdpSection section(offer, index);
  auto* media = const_cast<GstSDPMedia*>(gst_sdp_message_get_media(&offer, index));  // the message may be written
  std::vector<Attribute> kept;
  std::set<std::string> feedback_seen;
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, i);
    auto value = value_of(*attribute, section, choice, taken);
    // Of feedback once is enough, and webrtcbin looks through all of it for each payload type.
    const bool is_again = value && std::string_view(attribute->key) == kRtcpFb && !feedback_seen.insert(*value).second;
    if (value && !is_again) kept.push_back({attribute->key, *std::move(value)});
  }
  for (guint i = gst_sdp_media_formats_len(media); i-- > 0;) {
    const std::string format = gst_sdp_media_get_format(media, i);
    for (guint before = 0; before < i; ++before)
      if (format == gst_sdp_media_get_format(media, before)) {
        gst_sdp_media_remove_format(media, i);
        break;
      }
  }
  // webrtcbin knows no direction but a section's own, and takes none where there are two. Of the chosen one it is this,
  // whatever else the client would like: we only send.
  if (section.media() != "application") kept.push_back({index == choice.mline_index ? "recvonly" : "inactive", ""});
  for (guint i = gst_sdp_media_attributes_len(media); i-- > 0;) gst_sdp_media_remove_attribute(media, i);
  for (const auto& [key, value] : kept) gst_sdp_media_add_attribute(media, key.c_str(), value.c_str());
}

}  // namespace

void filter_offer(GstSDPMessage& offer, const OfferChoice& choice, const Taken& taken) {
  for (guint i = 0; i < gst_sdp_message_medias_len(&offer); ++i) filter_section(offer, i, choice, taken);
  for (guint i = gst_sdp_message_attributes_len(&offer); i-- > 0;) {
    const std::string_view key = gst_sdp_message_get_attribute(&offer, i)->key;  // a candidate stands in a section
    if (!is_in(kAttributes, key)) gst_sdp_message_remove_attribute(&offer, i);
  }
}

}  // namespace cs
