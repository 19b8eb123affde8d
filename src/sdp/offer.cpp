// SPDX-License-Identifier: MIT
#include "sdp/offer.hpp"

#include <string>
#include <utility>

namespace cs {

Offer::Offer(std::string_view sdp)
    : Offer(sdp.starts_with("v=0") && sdp.find('\0') == sdp.npos ? parse_sdp(sdp) : nullptr) {}

Offer::Offer(SdpMessage message) : message_(std::move(message)) {
  if (message_) sections_ = cs::sections(*message_);
}

std::vector<IceCredentials> Offer::ice_credentials() const {
  const auto text = [](auto value) { return std::string(value.value_or("")); };
  std::vector<IceCredentials> result;
  for (const SdpSection& section : sections_)
    result.push_back({.mid = text(section.own("mid")),
                      .ufrag = text(section.first("ice-ufrag")),
                      .pwd = text(section.first("ice-pwd"))});
  return result;
}

}  // namespace cs
