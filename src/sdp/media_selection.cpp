// SPDX-License-Identifier: MIT
#include "sdp/media_selection.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace cs {
namespace {

constexpr std::size_t kMostFormats = 128;     // number of payload types that exist
constexpr std::size_t kMostCharacters = 256;  // of ICE credentials (RFC 8839, section 5.4)
constexpr std::size_t kMostAttributes = 512;  // Chromium's video section has about 200

OfferRefusal bad_sdp(const std::string& why) {
  return {"bad-sdp", "the offer cannot be answered: " + why};
}

std::string number_of(const SdpSection& section) {
  return "media section " + std::to_string(section.index() + 1);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Returns the error that makes the whole offer unusable, if any.
std::optional<OfferRefusal> error_in(const Offer& offer) {
  if (!offer.is_valid()) return bad_sdp("it is not a session description");
  const std::vector<SdpSection>& all = offer.sections();
  if (all.empty()) return bad_sdp("it has no media section");
  if (gst_sdp_message_attributes_len(&offer.message()) > kMostAttributes)
    return bad_sdp("it has too many session attributes");
  std::set<std::string_view> mids;
  for (const SdpSection& section : all) {
    // webrtcbin compares each entry with each other entry, so limit their number.
    if (section.formats() > kMostFormats || section.attributes() > kMostAttributes)
      return bad_sdp(number_of(section) + " has too many payload types or attributes");
    const auto mid = section.own("mid");
    if (!mid || !is_token(*mid)) return bad_sdp(number_of(section) + " has no mid");
    if (!mids.insert(*mid).second) return bad_sdp("two media sections have the same mid");
  }
  std::set<std::string_view> bundled;  // members of all groups; webrtcbin searches all sections for each member
  for (const std::string_view group : all.front().all("group")) {
    const auto members = words(group);
    if (members.empty() || members.front() != "BUNDLE") continue;
    if (members.size() == 1) return bad_sdp("its bundle group is empty");
    for (const std::string_view member : std::span(members).subspan(1)) {
      if (!mids.contains(member)) return bad_sdp("its bundle group names a media section that does not exist");
      if (!bundled.insert(member).second) return bad_sdp("its bundle groups name a media section twice");
    }
  }
  return std::nullopt;
}

/// Joins names as in "VP8, VP9 and AV1".
std::string list(const std::vector<std::string>& names, const char* conjunction) {
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += &name == &names.back() ? " " + std::string(conjunction) + " " : ", ";
    result += name;
  }
  return result;
}

/// The codecs of a section in the client's order, without those that only carry other codecs.
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
          (offered.empty() ? "this browser offers no known video codec" : "this browser offers " + offered) +
              (sent.size() > 1 ? ", but none of the codecs that this server sends: "
                               : ", but not the codec that this server sends: ") +
              list(sent, "and")};
}

std::map<std::string, int, std::less<>> extensions_of(const SdpSection& section) {
  std::map<std::string, int, std::less<>> result;
  std::set<int> taken;
  for (const std::string_view value : section.all("extmap")) {
    const auto parts = words(value);  // id[/direction] URI [more]
    if (parts.size() < 2) continue;
    const auto slash = std::min(parts[0].find('/'), parts[0].size());
    const std::string_view direction = parts[0].substr(slash);  // from the client's point of view
    const auto id = parse_number<int>(parts[0].substr(0, slash), 1, 255);
    if (!id || direction == "/sendonly" || direction == "/inactive" || !is_token(parts[1])) continue;
    if (!result.contains(parts[1]) && taken.insert(*id).second) result.emplace(parts[1], *id);
  }
  return result;
}

/// The sections of the BUNDLE group of `section`, or only `section` without a group. All use the transport of the
/// first.
std::vector<const SdpSection*> bundle_of(const SdpSection& section, const std::vector<SdpSection>& all) {
  for (const std::string_view group : section.all("group")) {
    const auto mids = words(group);
    if (mids.size() < 2 || mids.front() != "BUNDLE") continue;
    std::vector<const SdpSection*> members;
    for (const std::string_view mid : std::span(mids).subspan(1)) {
      const auto member = std::ranges::find_if(all, [&](const SdpSection& one) { return one.own("mid") == mid; });
      if (member != all.end()) members.push_back(&*member);
    }
    if (std::ranges::find(members, &section) != members.end()) return members;
  }
  return {&section};
}

/// The allowed fingerprints of the peer's certificate; a refusal if there is no usable one.
std::variant<std::vector<Fingerprint>, OfferRefusal> fingerprints_of(const SdpSection& section,
                                                                     const SdpSection& transport) {
  std::vector<Fingerprint> result;
  bool any_strong = false;
  const auto add = [&](const SdpSection& from) {
    for (const std::string_view value : from.all("fingerprint")) {
      any_strong |= !has_weak_hash(value);
      auto fingerprint = read_fingerprint(value);
      if (fingerprint && std::ranges::find(result, *fingerprint) == result.end())
        result.push_back(*std::move(fingerprint));
    }
  };
  add(section);
  if (&transport != &section) add(transport);
  if (!result.empty()) return result;
  if (any_strong) return bad_sdp(number_of(section) + " has a malformed fingerprint");
  return OfferRefusal{"weak-fingerprint",
                      "the fingerprint in the offer uses a weak hash function; sha-256, sha-384 or sha-512 is "
                      "required (RFC 8122)"};
}

/// Reads the transport of the section, whose attributes may be in another section or at session level, into `choice`.
/// Returns a refusal if an attribute is missing.
std::optional<OfferRefusal> describe_transport(const SdpSection& section, const std::vector<SdpSection>& all,
                                               NegotiatedMedia& choice) {
  const auto bundle = bundle_of(section, all);
  const SdpSection& transport = *bundle.front();
  for (const SdpSection* member : bundle) choice.bundled.push_back(member->index());
  // A client may have only the transport of the first section (RFC 8843, section 7.3.1) without indicating it: with the
  // bundle policy "max-bundle", Chromium refuses an answer that rejects that section.
  const bool may_be_needed = !transport.is_rejected() && transport.media() != "application";
  choice.reached_by = may_be_needed ? transport.index() : section.index();
  for (const char* key : {"ice-ufrag", "ice-pwd", "fingerprint", "setup"}) {
    const auto values = transport_values(choice, section, transport, key);
    if (values.empty()) return bad_sdp(number_of(section) + " has no " + key);
    if (values.front().size() > kMostCharacters) return bad_sdp(number_of(section) + " has a very long " + key);
  }
  auto fingerprints = fingerprints_of(section, transport);
  if (auto* refusal = std::get_if<OfferRefusal>(&fingerprints)) return *std::move(refusal);
  choice.fingerprints = std::get<std::vector<Fingerprint>>(std::move(fingerprints));
  return std::nullopt;
}

std::variant<NegotiatedMedia, OfferRefusal> choose_in(const SdpSection& section, const std::vector<SdpSection>& all,
                                                      std::span<const Channel> channels) {
  if (!upper_case(section.protocol()).ends_with("RTP/SAVPF"))
    return bad_sdp("its video section is not encrypted RTP with feedback (UDP/TLS/RTP/SAVPF)");
  std::optional<OfferRefusal> first_refusal;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Stream& stream = channels[i].stream;
    PayloadChoice result = codec_row(stream.codec).choose(section, stream);
    if (auto* payload = std::get_if<Payload>(&result)) {
      NegotiatedMedia choice{.channel = i,
                             .codec = stream.codec,
                             .mline_index = section.index(),
                             .mid = std::string(section.own("mid").value_or("")),
                             .payload = std::move(*payload),
                             .extensions = extensions_of(section),
                             .fingerprints = {},
                             .bundled = {},
                             .reached_by = section.index()};
      if (auto refusal = describe_transport(section, all, choice)) return *std::move(refusal);
      return choice;
    }
    if (auto* refusal = std::get_if<OfferRefusal>(&result); refusal != nullptr && !first_refusal)
      first_refusal = std::move(*refusal);
  }
  return first_refusal ? *std::move(first_refusal) : no_codec(section, channels);
}

}  // namespace

std::vector<std::string_view> transport_values(const NegotiatedMedia& choice, const SdpSection& chosen,
                                               const SdpSection& first, std::string_view key) {
  const bool is_reached_by_first = choice.reached_by == first.index();
  for (auto values : {is_reached_by_first ? first.all_own(key) : chosen.all_own(key),
                      is_reached_by_first ? chosen.all_own(key) : first.all_own(key), chosen.all(key)}) {
    std::erase_if(values, [](std::string_view value) { return value.empty(); });
    if (!values.empty()) return values;
  }
  return {};
}

std::variant<NegotiatedMedia, OfferRefusal> select_media(const Offer& offer, std::span<const Channel> channels) {
  if (auto refusal = error_in(offer)) return *std::move(refusal);

  std::optional<OfferRefusal> first_refusal;
  bool has_video = false;
  for (const SdpSection& section : offer.sections()) {
    if (section.media() != "video" || section.is_rejected()) continue;
    has_video = true;
    if (!section.wants_to_receive()) continue;
    auto result = choose_in(section, offer.sections(), channels);
    if (std::holds_alternative<NegotiatedMedia>(result)) return result;
    if (!first_refusal) first_refusal = std::get<OfferRefusal>(std::move(result));
  }
  if (first_refusal) return *std::move(first_refusal);
  if (has_video)
    return OfferRefusal{"not-receiving",
                        "the offer does not ask to receive video; its video section must be recvonly or sendrecv"};
  return OfferRefusal{"no-video", "the offer has no video section; this server sends only video"};
}

}  // namespace cs
