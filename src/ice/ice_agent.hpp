// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "cubestream/ice_config.hpp"
#include "gst/ref.hpp"
#include "network/ip_address.hpp"

namespace cs {

/// The ICE side of a webrtcbin: which candidates it makes, which are announced, and which of the peer's it takes.
/// Main thread only.
class IceAgent {
 public:
  /// Sets up the agent of a fresh `webrtcbin`, which must outlive this object. `peer` is where the peer's signalling
  /// comes from, `reached_at` the address of this machine that it came to. Throws StartupError when the servers are
  /// refused.
  IceAgent(GstElement* webrtcbin, const IceConfig& config, IpAddress::Reach peer,
           const std::optional<IpAddress>& reached_at, Metrics& metrics);

  /// Calls `announce` with each text that the peer is to hear of a candidate of ours.
  void announce(const std::string& own, const std::function<void(const std::string& text)>& announce) const;

  /// What is taken of a candidate of the peer, as plain_candidate() writes it; nothing: it is counted, and `on_step`
  /// hears why.
  [[nodiscard]] std::optional<std::string> taken(std::string_view text,
                                                 const std::function<void(const std::string&)>& on_step);

  /// Once the local description is set: the sentence that says why there is no candidate of ours; empty: there is one.
  [[nodiscard]] std::string complaint() const;

 private:
  void use_addresses(const std::optional<IpAddress>& reached_at);
  void use_servers();

  const IceConfig config_;
  const IpAddress::Reach peer_;
  Metrics& metrics_;
  GstElement* bin_;
  bool has_address_ = false;  // that candidates may use
  int count_ = 0;             // candidates of the peer that were taken
};

}  // namespace cs
