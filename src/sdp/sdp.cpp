// SPDX-License-Identifier: MIT
#include "sdp/sdp.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace cs {
namespace {

constexpr std::string_view kRtpmap = "rtpmap";
constexpr std::string_view kFmtp = "fmtp";

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

SdpMessage parse_sdp(std::string_view text) {
  GstSDPMessage* raw = nullptr;
  if (text.empty() || gst_sdp_message_new(&raw) != GST_SDP_OK) return nullptr;
  SdpMessage message(raw);
  const auto* bytes = reinterpret_cast<const guint8*>(text.data());
  if (gst_sdp_message_parse_buffer(bytes, static_cast<guint>(text.size()), raw) != GST_SDP_OK) return nullptr;
  return message;
}

SdpSection::SdpSection(const GstSDPMessage& message, unsigned index)
    : message_(&message), media_(gst_sdp_message_get_media(&message, index)), index_(index) {
  for (unsigned i = 0; i < gst_sdp_media_attributes_len(media_); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media_, i);
    const std::string_view key = view(attribute->key);
    if (key != kRtpmap && key != kFmtp) continue;
    const std::string_view value = view(attribute->value);
    const auto blank = std::min(value.find(' '), value.size());
    const auto type = parse_number<int>(value.substr(0, blank), 0, 127);
    if (!type) continue;
    auto& place = (key == kRtpmap ? rtpmaps_ : fmtps_).at(static_cast<std::size_t>(*type));
    if (!place) place = value.substr(blank);
  }
}

std::string_view SdpSection::media() const {
  return view(gst_sdp_media_get_media(media_));
}

std::string_view SdpSection::protocol() const {
  return view(gst_sdp_media_get_proto(media_));
}

bool SdpSection::is_rejected() const {
  return gst_sdp_media_get_port(media_) == 0 && !own("bundle-only");
}

std::vector<int> SdpSection::payload_types() const {
  std::vector<int> result;
  for (unsigned i = 0; i < gst_sdp_media_formats_len(media_); ++i)
    if (const auto type = parse_number<int>(view(gst_sdp_media_get_format(media_, i)), 35, 127))
      result.push_back(*type);
  return result;
}

std::size_t SdpSection::formats() const {
  return gst_sdp_media_formats_len(media_);
}

std::size_t SdpSection::attributes() const {
  return gst_sdp_media_attributes_len(media_) + gst_sdp_message_attributes_len(message_);
}

std::vector<std::string_view> SdpSection::all_own(std::string_view key) const {
  std::vector<std::string_view> result;
  for (unsigned i = 0; i < gst_sdp_media_attributes_len(media_); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media_, i);
    if (view(attribute->key) == key) result.push_back(view(attribute->value));
  }
  return result;
}

std::vector<std::string_view> SdpSection::all(std::string_view key) const {
  std::vector<std::string_view> result = all_own(key);
  for (unsigned i = 0; i < gst_sdp_message_attributes_len(message_); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_message_get_attribute(message_, i);
    if (view(attribute->key) == key) result.push_back(view(attribute->value));
  }
  return result;
}

std::optional<std::string_view> SdpSection::first(std::string_view key) const {
  const auto values = all(key);
  if (values.empty()) return std::nullopt;
  return values.front();
}

std::optional<std::string_view> SdpSection::own(std::string_view key) const {
  for (unsigned i = 0; i < gst_sdp_media_attributes_len(media_); ++i) {
    const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media_, i);
    if (view(attribute->key) == key) return view(attribute->value);
  }
  return std::nullopt;
}

std::optional<std::string_view> SdpSection::of_payload(std::string_view key, int payload_type) const {
  if (payload_type < 0 || payload_type > 127 || (key != kRtpmap && key != kFmtp)) return std::nullopt;
  return (key == kRtpmap ? rtpmaps_ : fmtps_).at(static_cast<std::size_t>(payload_type));
}

std::string SdpSection::mapping(int payload_type) const {
  const auto parts = words(of_payload(kRtpmap, payload_type).value_or(""));
  return parts.size() == 1 ? upper_case(parts.front()) : "";
}

bool SdpSection::wants_to_receive() const {
  // The section's direction takes precedence over the session's.
  for (const bool own_only : {true, false}) {
    const auto says = [&](std::string_view direction) {
      return own_only ? own(direction).has_value() : first(direction).has_value();
    };
    if (says("recvonly") || says("sendrecv")) return true;
    if (says("sendonly") || says("inactive")) return false;
  }
  return true;
}

std::vector<SdpSection> sections(const GstSDPMessage& message) {
  std::vector<SdpSection> result;
  for (unsigned i = 0; i < gst_sdp_message_medias_len(&message); ++i) result.emplace_back(message, i);
  return result;
}

std::string with_candidates(const std::string& sdp, std::span<const Candidate> candidates, bool all) {
  const SdpMessage message = parse_sdp(sdp);
  if (!message) return sdp;
  constexpr std::string_view prefix = "candidate:";
  std::set<unsigned> trickled;
  for (const Candidate& candidate : candidates) {
    if (candidate.mline_index >= gst_sdp_message_medias_len(message.get()) || !candidate.text.starts_with(prefix))
      continue;
    auto* media = const_cast<GstSDPMedia*>(gst_sdp_message_get_media(message.get(), candidate.mline_index));
    gst_sdp_media_add_attribute(media, "candidate", candidate.text.c_str() + prefix.size());
    trickled.insert(candidate.mline_index);
  }
  for (const unsigned index : trickled)
    if (all)
      gst_sdp_media_add_attribute(const_cast<GstSDPMedia*>(gst_sdp_message_get_media(message.get(), index)),
                                  "end-of-candidates", "");
  gchar* text = gst_sdp_message_as_text(message.get());
  std::string result(text);
  g_free(text);
  return result;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  for (auto start = text.find_first_not_of(" \t"); start != text.npos;) {
    const auto end = std::min(text.find_first_of(" \t", start), text.size());
    result.push_back(text.substr(start, end - start));
    start = text.find_first_not_of(" \t", end);
  }
  return result;
}

}  // namespace cs
