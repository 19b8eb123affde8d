// SPDX-License-Identifier: MIT
#include "signalling/whep_status.hpp"

#include <sys/random.h>

#include "base/text.hpp"

#include <array>

namespace cs {
namespace {

struct Row {
  std::string_view code;
  WhepStatus status;
};

// Draft-ietf-wish-whep-03, section 4.2.3, reserves 406 for servers that make their own offer, and players react to
// that. A well-formed offer that this server does not support gets 422, as in RFC 9725, sections 4.4.2 and 4.4.3.
constexpr Row kRows[] = {{"bad-sdp", {400, 0}},
                         {"bad-offer", {400, 0}},
                         {"no-video", {422, 0}},
                         {"not-receiving", {422, 0}},
                         {"no-codec", {422, 0}},
                         {"h264-mode", {422, 0}},
                         {"h264-profile", {422, 0}},
                         {"weak-fingerprint", {422, 0}},
                         {"certificate-mismatch", {403, 0}},
                         {"no-pictures", {409, 5}},  // section 4.2.8
                         {"too-many-viewers", {503, 10}},
                         {"too-many-pending", {503, 2}},
                         {"too-many-offers", {503, 2}},
                         {"displaced", {503, 2}},  // by another viewer, before the answer
                         {"no-room", {503, 5}},
                         {"no-port", {503, 5}},
                         {"busy", {503, 1}},
                         {"the server is busy", {503, 1}},
                         {"not-connected", {504, 1}},
                         {"ice-failed", {504, 1}},
                         {"dtls-failed", {504, 1}},
                         {"vanished", {504, 1}},
                         {"media-failed", {500, 1}},
                         {"server-error", {500, 1}}};

}  // namespace

WhepStatus whep_status(std::string_view code) {
  for (const Row& row : kRows)
    if (row.code == code) return row.status;
  return {};
}

std::string random_session_id() {
  std::array<unsigned char, 16> bytes = {};
  // getrandom() never returns fewer bytes for requests of this size.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "";
  return hex(bytes);
}

}  // namespace cs
