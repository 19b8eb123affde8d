// SPDX-License-Identifier: MIT
#include "viewer/offer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "cubestream/h264_level.hpp"
#include "viewer/h264_format.hpp"
#include "viewer/sdp.hpp"

namespace cs {
namespace {

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

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

/// A payload type's codec, upper case, with its clock: "H264/90000".
std::string mapping(const SdpSection& section, int payload_type) {
  const auto parts = words(section.of_payload("rtpmap", payload_type).value_or(""));
  return parts.size() == 1 ? upper(parts.front()) : "";
}

/// "VP8, VP9 and AV1": the codecs of a section in the client's order, without what only carries others.
std::string offered_codecs(const SdpSection& section) {
  constexpr std::array<std::string_view, 5> carriers = {"RTX", "RED", "ULPFEC", "FLEXFEC-03", "FLEXFEC"};
  std::vector<std::string> names;
  for (const int type : section.payload_types()) {
    std::string name = mapping(section, type);
    name.resize(std::min(name.find('/'), name.size()));
    const bool plain = name.size() <= 16 && std::all_of(name.begin(), name.end(), [](char c) {
                         return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
                       });
    if (name.empty() || !plain || names.size() == 8 || std::find(names.begin(), names.end(), name) != names.end() ||
        std::find(carriers.begin(), carriers.end(), name) != carriers.end())
      continue;
    names.push_back(std::move(name));
  }
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += &name == &names.back() ? " and " : ", ";
    result += name;
  }
  return result;
}

OfferRefusal no_h264(const SdpSection& section) {
  const std::string codecs = offered_codecs(section);
  return {"no-h264", (codecs.empty() ? "this browser offers no video codec that we know, and"
                                     : "this browser offers " + codecs + " but") +
                         std::string(" not H.264, the only codec this server encodes; in Firefox, wait until its "
                                     "OpenH264 plug-in is installed (about:addons, Plugins) and reload, or use Chrome, "
                                     "Edge or Safari")};
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

std::variant<OfferChoice, OfferRefusal> choose_in(const SdpSection& section, int level_idc) {
  if (!upper(section.protocol()).ends_with("RTP/SAVPF"))
    return bad_sdp("its video section is not encrypted RTP with feedback (UDP/TLS/RTP/SAVPF)");

  struct Candidate {
    std::tuple<int, bool> rank;  // less is better
    int payload_type;
    unsigned profile;
  };
  std::optional<Candidate> best;
  bool has_h264 = false;
  bool has_mode_1 = false;
  for (const int type : section.payload_types()) {
    if (mapping(section, type) != "H264/90000") continue;
    has_h264 = true;
    const auto format = read_h264_format(section.of_payload("fmtp", type).value_or(""));
    if (!format || format->packetization_mode != 1) continue;
    has_mode_1 = true;
    const auto profile = profile_rank(format->profile);
    if (!profile) continue;
    const bool too_small = format->level_idc < level_idc && !format->level_asymmetry_allowed;
    const Candidate candidate = {{*profile, too_small}, type, format->profile};
    if (!best || candidate.rank < best->rank) best = candidate;
  }
  if (!has_h264) return no_h264(section);
  if (!has_mode_1)
    return OfferRefusal{"h264-mode",
                        "this browser offers H.264 with packetization mode 0 only, which cannot carry large pictures; "
                        "this server needs packetization-mode=1"};
  if (!best)
    return OfferRefusal{"h264-profile",
                        "this browser offers H.264, but in none of the profiles Baseline, Main and High, one of which "
                        "this server needs"};

  OfferChoice choice;
  choice.mline_index = section.index();
  choice.mid = section.own("mid").value_or("");
  choice.payload_type = best->payload_type;
  choice.profile_level_id = profile_level_id(best->profile, level_idc);
  choice.extensions = extensions_of(section);
  return choice;
}

}  // namespace

std::variant<OfferChoice, OfferRefusal> choose(std::string_view sdp, const PictureFormat& format, int bitrate_kbps) {
  if (!sdp.starts_with("v=0") || sdp.find('\0') != sdp.npos) return bad_sdp("it is not a session description");
  const SdpMessage message = parse_sdp(sdp);
  if (!message) return bad_sdp("it is not a session description");
  const std::vector<SdpSection> all = sections(*message);
  if (auto refusal = flaw(all)) return *std::move(refusal);

  const int level_idc = h264_level(format, bitrate_kbps).value_or(kH264Levels.back()).idc;
  std::optional<OfferRefusal> first_refusal;
  bool has_video = false;
  for (const SdpSection& section : all) {
    if (section.media() != "video" || section.is_rejected()) continue;
    has_video = true;
    if (!section.wants_to_receive()) continue;
    auto result = choose_in(section, level_idc);
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
