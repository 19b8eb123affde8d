// SPDX-License-Identifier: MIT
#include "sdp/offer_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

using Taken = std::function<std::optional<std::string>(std::string_view candidate)>;

constexpr std::string_view kCandidate = "candidate";
constexpr std::string_view kFingerprint = "fingerprint";
constexpr std::string_view kRtcpFb = "rtcp-fb";

/// Section attributes that are passed on with any value.
constexpr std::array<std::string_view, 3> kAttributes = {"end-of-candidates", "mid", "rtcp-rsize"};

/// Transport attributes that are passed on with any value.
constexpr std::array<std::string_view, 5> kTransport = {kFingerprint, "ice-options", "ice-pwd", "ice-ufrag", "setup"};

/// Session attributes that are passed on with any value.
constexpr std::array<std::string_view, 1> kSession = {"ice-lite"};

/// Known parameters of a=fmtp (RFC 6184, section 8.1; RFC 7741, section 6.1; RFC 4588, section 8.1).
constexpr std::array<std::string_view, 6> kParameters = {"apt",    "level-asymmetry-allowed", "max-fr",
                                                         "max-fs", "packetization-mode",      "profile-level-id"};

/// Known feedback types of a=rtcp-fb (RFC 4585, section 4.2; RFC 5104, section 7).
constexpr std::array<std::string_view, 5> kFeedback = {"ccm fir", "goog-remb", "nack", "nack pli", "transport-cc"};

bool is_in(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// The payload type at the start of `value`, if this is the section's first line with `key` for that payload type. Only
/// the first line counts, here and in GStreamer, so later lines must not be passed on when the first is dropped.
std::optional<int> type_of(std::string_view key, std::string_view value, const SdpSection& section) {
  const auto blank = std::min(value.find(' '), value.size());
  const auto type = parse_number<int>(value.substr(0, blank), 0, 127);
  if (!type || section.of_payload(key, *type)->data() != value.data() + blank) return std::nullopt;
  return type;
}

/// For example "102 H264/90000". GStreamer also accepts malformed payload types such as "102x".
std::optional<std::string> mapping(std::string_view value, const SdpSection& section) {
  const auto type = type_of("rtpmap", value, section);
  if (!type) return std::nullopt;
  const auto parts = words(value.substr(std::min(value.find(' '), value.size())));
  return parts.size() == 1 ? std::optional(std::to_string(*type) + " " + std::string(parts.front())) : std::nullopt;
}

/// For example "102 level-asymmetry-allowed=1;packetization-mode=1".
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

/// For example "102 nack pli".
std::optional<std::string> feedback(std::string_view value) {
  auto parts = words(value);
  if (parts.size() < 2 || (parts.front() != "*" && !parse_number<int>(parts.front(), 0, 127))) return std::nullopt;
  const std::string type(parts.front());
  parts.erase(parts.begin());
  const std::string kind = joined(parts, " ");
  if (!is_in(kFeedback, kind)) return std::nullopt;
  return type + " " + kind;
}

/// For example "5/sendrecv urn:ietf:params:rtp-hdrext:sdes:mid".
std::optional<std::string> extension(std::string_view value) {
  const auto parts = words(value);
  if (parts.size() < 2 || !parse_number<int>(parts[0].substr(0, parts[0].find('/')), 1, 255)) return std::nullopt;
  return std::string(value);
}

struct Attribute {
  std::string key;
  std::string value;
};

/// The value to pass on for an attribute of the section; nothing to drop the attribute.
std::optional<std::string> value_of(const GstSDPAttribute& attribute, const SdpSection& section, const Taken& taken) {
  const std::string_view key = attribute.key;
  const std::string_view value = attribute.value == nullptr ? "" : attribute.value;
  if (is_in(kAttributes, key)) return std::string(value);
  if (key == kCandidate) {
    auto candidate = taken(std::string(kCandidate) + ':' + std::string(value));
    return candidate ? std::optional(candidate->substr(kCandidate.size() + 1)) : std::nullopt;
  }
  if (key == kRtcpFb) return feedback(value);
  if (key == "extmap") return extension(value);
  if (key == "rtpmap") return mapping(value, section);
  if (key == "fmtp") return parameters(value, section);
  return std::nullopt;
}

/// Adds the candidates of the section whose transport the chosen section uses.
void add_candidates(const SdpSection& transport, const Taken& taken, std::vector<Attribute>& to) {
  for (const std::string_view value : transport.all_own(kCandidate))
    if (const auto candidate = taken(std::string(kCandidate) + ':' + std::string(value)))
      to.push_back({std::string(kCandidate), candidate->substr(kCandidate.size() + 1)});
}

std::vector<Attribute> attributes_of(const Offer& offer, const NegotiatedMedia& choice, const Taken& taken) {
  const SdpSection& section = offer.sections().at(choice.mline_index);
  const SdpSection& transport =
      offer.sections().at(choice.bundled.empty() ? choice.mline_index : choice.bundled.front());
  const GstSDPMedia* media = gst_sdp_message_get_media(&offer.message(), choice.mline_index);
  std::vector<Attribute> kept;
  // The fingerprints of all places are valid.
  for (const SdpSection* place : {&section, &transport})
    for (const std::string_view value : place->all(kFingerprint))
      if (!value.empty() && std::ranges::find(kept, std::string(value), &Attribute::value) == kept.end())
        kept.push_back({std::string(kFingerprint), std::string(value)});
  for (const std::string_view key : kTransport) {
    if (key == kFingerprint) continue;
    for (const std::string_view value : transport_values(choice, section, transport, key))
      kept.push_back({std::string(key), std::string(value)});
  }
  // In a bundle only the first section has rtcp-mux (RFC 8843, section 9.1), and webrtcbin answers with it only if this
  // section has it.
  if (section.own("rtcp-mux") || transport.own("rtcp-mux")) kept.push_back({"rtcp-mux", ""});
  std::set<std::string> feedback_seen;
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, i);
    auto value = value_of(*attribute, section, taken);
    // Drop repeated feedback lines: webrtcbin searches all of them for each payload type.
    const bool is_repeated =
        value && std::string_view(attribute->key) == kRtcpFb && !feedback_seen.insert(*value).second;
    if (value && !is_repeated) kept.push_back({attribute->key, *std::move(value)});
  }
  if (transport.index() != section.index()) add_candidates(transport, taken, kept);
  // webrtcbin ignores a session-level direction, and ignores both if a section has two.
  kept.push_back({"recvonly", ""});
  return kept;
}

/// The answer section for a section without video. Port 0 rejects it.
std::string unserved(const Offer& offer, unsigned index, int port) {
  const SdpSection& section = offer.sections().at(index);
  const GstSDPMedia* media = gst_sdp_message_get_media(&offer.message(), index);
  const char* format = gst_sdp_media_formats_len(media) > 0 ? gst_sdp_media_get_format(media, 0) : "0";
  std::string text = "m=" + std::string(section.media()) + " " + std::to_string(port) + " " +
                     std::string(section.protocol()) + " " + format + "\r\nc=IN IP4 0.0.0.0\r\n";
  if (const auto mid = section.own("mid")) text += "a=mid:" + std::string(*mid) + "\r\n";
  // Firefox requires an rtpmap for the format, even in a rejected section.
  const auto type = parse_number<int>(format, 0, 127);
  if (const auto name = type ? section.of_payload("rtpmap", *type) : std::nullopt)
    text += "a=rtpmap:" + std::string(format) + std::string(*name) + "\r\n";
  return text + (section.media() == "application" ? "" : "a=inactive\r\n");
}

/// The transport attributes of webrtcbin's answer as SDP lines.
std::string transport_lines(const GstSDPMessage& answer) {
  std::string lines;
  const GstSDPMedia* media = gst_sdp_message_get_media(&answer, 0);
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, i);
    const std::string_view key = attribute->key;
    if (!is_in(kTransport, key) && key != "rtcp-mux") continue;
    lines.append("a=").append(key);
    if (attribute->value != nullptr && *attribute->value != '\0') lines.append(":").append(attribute->value);
    lines += "\r\n";
  }
  return lines;
}

}  // namespace

SdpMessage reduce_offer(const Offer& offer, const NegotiatedMedia& choice, const Taken& taken) {
  const GstSDPMessage& whole = offer.message();
  GstSDPMessage* raw = nullptr;
  gst_sdp_message_new(&raw);
  SdpMessage reduced(raw);
  gst_sdp_message_set_version(raw, "0");
  if (const GstSDPOrigin* from = gst_sdp_message_get_origin(&whole); from->sess_id != nullptr)
    gst_sdp_message_set_origin(raw, from->username, from->sess_id, from->sess_version, from->nettype, from->addrtype,
                               from->addr);
  gst_sdp_message_set_session_name(raw, "-");
  gst_sdp_message_add_time(raw, "0", "0", nullptr);
  gst_sdp_message_add_attribute(raw, "group", ("BUNDLE " + choice.mid).c_str());
  for (guint i = 0; i < gst_sdp_message_attributes_len(&whole); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_message_get_attribute(&whole, i);
    if (is_in(kSession, std::string_view(attribute->key)))
      gst_sdp_message_add_attribute(raw, attribute->key, attribute->value);
  }

  const GstSDPMedia* from = gst_sdp_message_get_media(&whole, choice.mline_index);
  GstSDPMedia* media = nullptr;
  gst_sdp_media_new(&media);
  gst_sdp_media_set_media(media, gst_sdp_media_get_media(from));
  gst_sdp_media_set_port_info(media, 9, 0);
  gst_sdp_media_set_proto(media, gst_sdp_media_get_proto(from));
  gst_sdp_media_add_connection(media, "IN", "IP4", "0.0.0.0", 0, 0);
  std::set<std::string_view> formats;
  for (guint i = 0; i < gst_sdp_media_formats_len(from); ++i)
    if (const char* format = gst_sdp_media_get_format(from, i); formats.insert(format).second)
      gst_sdp_media_add_format(media, format);
  for (const auto& [key, value] : attributes_of(offer, choice, taken))
    gst_sdp_media_add_attribute(media, key.c_str(), value.c_str());
  gst_sdp_message_add_media(raw, media);
  gst_sdp_media_free(media);
  return reduced;
}

std::string answer_to(const Offer& offer, const NegotiatedMedia& choice, const GstSDPMessage& webrtcbins_answer) {
  const auto text = adopt(gst_sdp_message_as_text(&webrtcbins_answer));
  const std::string_view whole = text.get();
  const auto section = std::min(whole.find("m="), whole.size());  // "m=" cannot occur earlier
  std::string answer;
  const bool is_bundled = [&] {
    for (const std::string_view group : offer.sections().at(choice.mline_index).all("group"))
      if (const auto mids = words(group);
          !mids.empty() && mids.front() == "BUNDLE" && std::ranges::find(mids, choice.mid) != mids.end())
        return true;
    return false;
  }();
  // The section whose transport the client uses is accepted, but inactive.
  const unsigned first = choice.reached_by;
  std::string mids = choice.mid;
  if (first != choice.mline_index) mids = std::string(offer.sections().at(first).own("mid").value_or("")) + " " + mids;
  for (std::string_view head = whole.substr(0, section); !head.empty();) {
    const std::string_view line = head.substr(0, std::min(head.find('\n') + 1, head.size()));
    if (!line.starts_with("a=group:"))
      answer += line;
    else if (is_bundled)
      answer += "a=group:BUNDLE " + mids + "\r\n";
    head.remove_prefix(line.size());
  }
  for (unsigned i = 0; i < offer.sections().size(); ++i) {
    if (i == choice.mline_index)
      answer += whole.substr(section);
    else if (i == first)
      answer += unserved(offer, i, 9) + transport_lines(webrtcbins_answer);
    else
      answer += unserved(offer, i, 0);
  }
  return answer;
}

}  // namespace cs
