// SPDX-License-Identifier: MIT
#include "viewer/offer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "viewer/sdp.hpp"

namespace cs {
namespace {

constexpr std::size_t kMostFormats = 128;     // as many as there are
constexpr std::size_t kMostAttributes = 512;  // Chromium's video has about 200

OfferRefusal bad_sdp(const std::string& why) {
  return {"bad-sdp", "the offer cannot be answered: " + why};
}

std::string number_of(const SdpSection& section) {
  return "media section " + std::to_string(section.index() + 1);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// A missing mid ends webrtcbin 1.22 with an assertion, the other flaws leave it without an answer.
std::optional<OfferRefusal> flaw(const std::vector<SdpSection>& all) {
  if (all.empty()) return bad_sdp("it holds no media section");
  std::set<std::string_view> mids;
  for (const SdpSection& section : all) {
    // webrtcbin compares each with each.
    if (section.formats() > kMostFormats || section.attributes() > kMostAttributes)
      return bad_sdp(number_of(section) + " has more payload types or attributes than any browser's");
    const auto mid = section.own("mid");
    if (!mid || !is_token(*mid)) return bad_sdp(number_of(section) + " has no mid");
    if (!mids.insert(*mid).second) return bad_sdp("two media sections have the same mid");
    if (section.is_rejected() || section.own("bundle-only")) continue;  // they need no transport of their own
    for (const char* key : {"ice-ufrag", "ice-pwd", "fingerprint", "setup"})
      if (section.first(key).value_or("").empty()) return bad_sdp(number_of(section) + " has no " + key);
  }
  for (const std::string_view group : all.front().all("group")) {
    const auto members = words(group);
    if (members.empty() || members.front() != "BUNDLE") continue;
    if (members.size() == 1) return bad_sdp("its bundle group names nothing");
    for (std::size_t i = 1; i < members.size(); ++i)
      if (!mids.contains(members[i])) return bad_sdp("its bundle group names a media section that does not exist");
  }
  return std::nullopt;
}

/// "VP8, VP9 and AV1"
std::string list(const std::vector<std::string>& names, const char* conjunction) {
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += &name == &names.back() ? " " + std::string(conjunction) + " " : ", ";
    result += name;
  }
  return result;
}

/// The codecs of a section in the client's order, without what only carries others.
std::string offered_codecs(const SdpSection& section) {
  constexpr std::array<std::string_view, 5> carriers = {"RTX", "RED", "ULPFEC", "FLEXFEC-03", "FLEXFEC"};
  std::vector<std::string> names;
  for (const int type : section.payload_types()) {
    std::string name = section.mapping(type);
    name.resize(std::min(name.find('/'), name.size()));
    const bool plain = name.size() <= 16 && std::all_of(name.begin(), name.end(), [](char c) {
                         return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
                       });
    if (name.empty() || !plain || names.size() == 8 || std::find(names.begin(), names.end(), name) != names.end() ||
        std::find(carriers.begin(), carriers.end(), name) != carriers.end())
      continue;
    names.push_back(std::move(name));
  }
  return list(names, "and");
}

OfferRefusal no_codec(const SdpSection& section, std::span<const Channel> channels) {
  const std::string offered = offered_codecs(section);
  std::vector<std::string> sent;
  for (const Channel& channel : channels) sent.emplace_back(encoding_name(channel.stream.codec));
  return {"no-codec",
          (offered.empty() ? "this browser offers no video codec that we know" : "this browser offers " + offered) +
              (sent.size() > 1 ? ", but none of those that this server sends: "
                               : ", but not the one codec that this server sends: ") +
              list(sent, "and")};
}

std::map<std::string, int, std::less<>> extensions_of(const SdpSection& section) {
  std::map<std::string, int, std::less<>> result;
  std::set<int> taken;
  for (const std::string_view value : section.all("extmap")) {
    const auto parts = words(value);  // id[/direction] URI [more]
    if (parts.size() < 2) continue;
    const auto slash = std::min(parts[0].find('/'), parts[0].size());
    const std::string_view direction = parts[0].substr(slash);  // as the client sees it
    const auto id = number_within(parts[0].substr(0, slash), 1, 255);
    if (!id || direction == "/sendonly" || direction == "/inactive" || !is_token(parts[1])) continue;
    if (!result.contains(parts[1]) && taken.insert(*id).second) result.emplace(parts[1], *id);
  }
  return result;
}

std::variant<OfferChoice, OfferRefusal> choose_in(const SdpSection& section, std::span<const Channel> channels) {
  if (!upper_case(section.protocol()).ends_with("RTP/SAVPF"))
    return bad_sdp("its video section is not encrypted RTP with feedback (UDP/TLS/RTP/SAVPF)");
  std::optional<OfferRefusal> first_refusal;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Stream& stream = channels[i].stream;
    PayloadChoice result = codec_row(stream.codec).choose(section, stream);
    if (auto* payload = std::get_if<Payload>(&result))
      return OfferChoice{.channel = i,
                         .codec = stream.codec,
                         .mline_index = section.index(),
                         .mid = std::string(section.own("mid").value_or("")),
                         .payload = std::move(*payload),
                         .extensions = extensions_of(section)};
    if (auto* refusal = std::get_if<OfferRefusal>(&result); refusal != nullptr && !first_refusal)
      first_refusal = std::move(*refusal);
  }
  return first_refusal ? *std::move(first_refusal) : no_codec(section, channels);
}

}  // namespace

std::variant<OfferChoice, OfferRefusal> choose(std::string_view sdp, std::span<const Channel> channels) {
  if (!sdp.starts_with("v=0") || sdp.find('\0') != sdp.npos) return bad_sdp("it is not a session description");
  const SdpMessage message = parse_sdp(sdp);
  if (!message) return bad_sdp("it is not a session description");
  return choose(*message, channels);
}

std::variant<OfferChoice, OfferRefusal> choose(const GstSDPMessage& offer, std::span<const Channel> channels) {
  const std::vector<SdpSection> all = sections(offer);
  if (auto refusal = flaw(all)) return *std::move(refusal);

  std::optional<OfferRefusal> first_refusal;
  bool has_video = false;
  for (const SdpSection& section : all) {
    if (section.media() != "video" || section.is_rejected()) continue;
    has_video = true;
    if (!section.wants_to_receive()) continue;
    auto result = choose_in(section, channels);
    if (std::holds_alternative<OfferChoice>(result)) return result;
    if (!first_refusal) first_refusal = std::get<OfferRefusal>(std::move(result));
  }
  if (first_refusal) return *std::move(first_refusal);
  if (has_video)
    return OfferRefusal{"not-receiving",
                        "the offer does not ask to receive video; its video section must be recvonly or sendrecv"};
  return OfferRefusal{"no-video", "the offer has no video section, and video is all that this server sends"};
}

}  // namespace cs
