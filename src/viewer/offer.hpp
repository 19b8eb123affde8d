// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cubestream/stream.hpp"
#include "cubestream/subscription.hpp"
#include "viewer/codec_table.hpp"

namespace cs {

/// What of an offer we send into, and which channel. A plain value.
struct OfferChoice {
  std::size_t channel = 0;  ///< which of those there were to choose from
  Codec codec = Codec::h264;
  unsigned mline_index = 0;
  std::string mid;
  Payload payload;
  std::map<std::string, int, std::less<>> extensions;  ///< RTP header extensions we may send there: URI to id
};

/// Chooses the first video section that wants to receive one of the channels, and of these the first that it can
/// receive. Such offers as webrtcbin cannot answer, or is known to answer with a dead stream, are refused. Takes any
/// bytes. Pure.
[[nodiscard]] std::variant<OfferChoice, OfferRefusal> choose(std::string_view sdp, std::span<const Channel> channels);

}  // namespace cs
