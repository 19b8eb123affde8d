// SPDX-License-Identifier: MIT
// Offers for tests: the files in tests/offers, and a short one to change.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "cubestream/error_codes.hpp"
#include "sdp/media_selection.hpp"

namespace cs::test {

inline constexpr FrameFormat k720p30 = {};

inline std::string file(const std::string& name) {
  std::ifstream stream(CS_TEST_DIR "/offers/" + name);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

/// The channels of a server with these codecs.
inline std::vector<Channel> channels(const std::vector<Codec>& codecs, const FrameFormat& format = k720p30) {
  std::vector<Channel> result;
  for (const Codec codec : codecs)
    result.push_back({{.codec = codec, .format = format, .bitrate_kbps = 2500}, nullptr});
  return result;
}

inline const std::vector<Codec> kOnlyH264 = {Codec::h264};
inline const std::vector<Codec> kBoth = {Codec::h264, Codec::vp8};

inline NegotiatedMedia chosen(const std::string& sdp, const FrameFormat& format = k720p30,
                              const std::vector<Codec>& codecs = kOnlyH264) {
  const auto result = select_media(Offer(sdp), channels(codecs, format));
  if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
    ADD_FAILURE() << refusal->code << ": " << refusal->message;
    return {};
  }
  return std::get<NegotiatedMedia>(result);
}

inline OfferRefusal refused(const std::string& sdp, const std::vector<Codec>& codecs = kOnlyH264) {
  const auto result = select_media(Offer(sdp), channels(codecs));
  if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
    EXPECT_EQ(error_code(refusal->code).of, ErrorCode::Of::offer) << "kErrorCodes has no row " << refusal->code;
    return *refusal;
  }
  ADD_FAILURE() << "payload type " << std::get<NegotiatedMedia>(result).payload.type << " was selected";
  return {};
}

/// Replaces each `from` with `to`; `from` must occur.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

inline const std::string kFingerprint =
    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB";

/// An offer with one video section, the payload types `types` and the additional lines `lines`.
inline std::string offer(const std::string& types, const std::string& lines,
                         const std::string& direction = "recvonly") {
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF " + types +
         "\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " +
         kFingerprint + "\r\na=setup:actpass\r\na=mid:0\r\na=" + direction + "\r\n" + lines;
}

inline const std::string kH264 = "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n";

}  // namespace cs::test
