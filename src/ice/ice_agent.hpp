// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "gst/ref.hpp"
#include "ice/ice_config.hpp"
#include "log/log.hpp"
#include "network/ip_address.hpp"

namespace cs {

/// Configures the ICE agent of a webrtcbin, selects the local candidates to announce and filters the remote candidates.
/// Main thread only.
class IceAgent {
 public:
  /// Configures the agent of a new `webrtcbin`, which must outlive this object. `peer` is the reach of the peer's
  /// signalling address, `reached_at` the local address that it connected to. Throws StartupError when webrtcbin
  /// rejects the STUN or TURN server.
  IceAgent(GstElement* webrtcbin, const IceConfig& config, IpAddress::Reach peer,
           const std::optional<IpAddress>& reached_at, Log log, Metrics& metrics);

  /// The candidates to send to the peer for the local candidate `own`.
  [[nodiscard]] std::vector<std::string> announced(const std::string& own) const;

  /// Returns a remote candidate in the format of plain_candidate(). Returns nothing if it is ignored, which is counted.
  [[nodiscard]] std::optional<std::string> taken(std::string_view text);

  /// After the local description was set: a sentence that explains why there is no local candidate; empty if there is
  /// one.
  [[nodiscard]] std::string complaint() const;

 private:
  void use_addresses(const std::optional<IpAddress>& reached_at);
  void use_servers();

  const IceConfig config_;
  const IpAddress::Reach peer_;
  const Log log_;
  Metrics& metrics_;
  GstElement* bin_;
  bool has_address_ = false;  // at least one local address for candidates
  int count_ = 0;             // number of accepted remote candidates
};

}  // namespace cs
