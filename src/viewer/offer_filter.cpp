// SPDX-License-Identifier: MIT
#include "viewer/offer_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/sdp.hpp"

namespace cs {
namespace {

using Takes = std::function<bool(std::string_view candidate)>;

constexpr std::string_view kCandidate = "candidate";

/// Passed on with whatever value.
constexpr std::array<std::string_view, 15> kAttributes = {
    "bundle-only",      "end-of-candidates", "fingerprint", "group",    "ice-lite",   "ice-options",
    "ice-pwd",          "ice-ufrag",         "mid",         "rtcp-mux", "rtcp-rsize", "rtpmap",
    "max-message-size", "sctp-port",         "setup"};

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

/// "102 level-asymmetry-allowed=1;packetization-mode=1"
std::optional<std::string> parameters(std::string_view value) {
  const auto blank = std::min(value.find(' '), value.size());
  const auto type = number_within(value.substr(0, blank), 0, 127);
  if (!type) return std::nullopt;
  std::vector<std::string_view> kept;
  for (std::string_view rest = value.substr(blank); !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto parts = words(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (parts.size() != 1) continue;
    const std::string_view name = parts.front().substr(0, parts.front().find('='));
    const bool known = std::ranges::any_of(kParameters, [&](auto row) { return upper_case(row) == upper_case(name); });
    if (known) kept.push_back(parts.front());
  }
  if (kept.empty()) return std::nullopt;
  return std::to_string(*type) + " " + joined(kept, ";");
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
                                    const OfferChoice& choice, const Takes& takes) {
  const std::string_view key = attribute.key;
  const std::string_view value = attribute.value == nullptr ? "" : attribute.value;
  const bool is_chosen = section.index() == choice.mline_index;
  if (is_in(kAttributes, key)) return std::string(value);
  if (key == kCandidate)
    return takes(std::string(kCandidate) + ':' + std::string(value)) ? std::optional(std::string(value)) : std::nullopt;
  if (is_in(kDirections, key)) {
    const bool stays = is_chosen || key == "inactive" || section.media() == "application";
    return stays ? std::optional(std::string(value)) : std::nullopt;
  }
  if (key == "rtcp-fb") return feedback(value);
  if (key == "extmap") return extension(value);
  if (key == "fmtp" && is_chosen) return parameters(value);
  return std::nullopt;
}

void filter_section(GstSDPMessage& offer, unsigned index, const OfferChoice& choice, const Takes& takes) {
  const SdpSection section(offer, index);
  auto* media = const_cast<GstSDPMedia*>(gst_sdp_message_get_media(&offer, index));  // the message may be written
  std::vector<Attribute> kept;
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, i);
    if (auto value = value_of(*attribute, section, choice, takes)) kept.push_back({attribute->key, *std::move(value)});
  }
  const auto is_inactive = [](const Attribute& attribute) { return attribute.key == "inactive"; };
  if (index != choice.mline_index && section.media() != "application" && std::ranges::none_of(kept, is_inactive))
    kept.push_back({"inactive", ""});
  for (guint i = gst_sdp_media_attributes_len(media); i-- > 0;) gst_sdp_media_remove_attribute(media, i);
  for (const auto& [key, value] : kept) gst_sdp_media_add_attribute(media, key.c_str(), value.c_str());
}

}  // namespace

void filter_offer(GstSDPMessage& offer, const OfferChoice& choice, const Takes& takes) {
  for (guint i = 0; i < gst_sdp_message_medias_len(&offer); ++i) filter_section(offer, i, choice, takes);
  for (guint i = gst_sdp_message_attributes_len(&offer); i-- > 0;) {
    const std::string_view key = gst_sdp_message_get_attribute(&offer, i)->key;  // a candidate stands in a section
    if (!is_in(kAttributes, key) && !is_in(kDirections, key)) gst_sdp_message_remove_attribute(&offer, i);
  }
}

}  // namespace cs
