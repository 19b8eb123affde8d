// SPDX-License-Identifier: MIT
#include "ice/ice_agent.hpp"

#include <nice/agent.h>
#include <nice/debug.h>

#include <utility>

#include "base/error.hpp"
#include "ice/candidate.hpp"
#include "ice/local_addresses.hpp"
#include "ice/turn_uri.hpp"
#include "network/interfaces.hpp"
#include "network/turn_login.hpp"

namespace cs {
namespace {

constexpr guint kStream = 1;  // webrtcbin's only stream, because everything is bundled

Ref<GObject> ice_of(GstElement* webrtcbin) {
  GObject* ice = nullptr;
  g_object_get(webrtcbin, "ice-agent", &ice, nullptr);
  return adopt(ice);
}

Ref<NiceAgent> agent_of(GstElement* webrtcbin) {
  NiceAgent* agent = nullptr;
  g_object_get(ice_of(webrtcbin).get(), "agent", &agent, nullptr);
  return adopt(agent);
}

/// The label of cubestream_peer_candidates_ignored_total.
const char* reason_of(CandidateFlaw flaw) {
  switch (flaw) {
    case CandidateFlaw::hidden:
      return "hidden";
    case CandidateFlaw::link_local:
      return "link-local";
    case CandidateFlaw::loopback:
      return "loopback";
    case CandidateFlaw::service:
      return "service";
    case CandidateFlaw::passive:
      return "passive";
    case CandidateFlaw::surplus:
      return "surplus";
    default:
      return "malformed";
  }
}

Metric& ignored_metric(Metrics& metrics, CandidateFlaw flaw) {
  return metrics.get("peer_candidates_ignored_total", {{"reason", reason_of(flaw)}});
}

/// Interval of connectivity checks (Ta) in milliseconds: the minimum of RFC 8445, section 14.2. Each response waits for
/// the next tick; with libnice's default of 20 the first picture would appear 20 ms later.
constexpr guint kPacing = 5;

/// Maximum number of remote candidates per session; browsers send about six. Each causes about a dozen packets per
/// local address.
constexpr int kMostCandidates = 32;

}  // namespace

IceAgent::IceAgent(GstElement* webrtcbin, const IceConfig& config, IpAddress::Reach peer,
                   const std::optional<IpAddress>& reached_at, Log log, Metrics& metrics)
    : config_(config), peer_(peer), log_(std::move(log)), metrics_(metrics), bin_(webrtcbin) {
  // UPnP port mapping would cost 200 ms, a thread and a dozen descriptors per viewer.
  g_object_set(agent_of(bin_).get(), "upnp", FALSE, "ice-tcp", config_.tcp ? TRUE : FALSE, "stun-pacing-timer", kPacing,
               nullptr);
  if (config_.port_max != 0)
    g_object_set(ice_of(bin_).get(), "max-rtp-port", static_cast<guint>(config_.port_max), "min-rtp-port",
                 static_cast<guint>(config_.port_min), nullptr);
  // Create the counters at start, so that they are exported with value 0.
  for (const auto flaw : kCandidateFlaws) static_cast<void>(ignored_metric(metrics_, flaw));
  use_addresses(reached_at);
  use_servers();
}

void IceAgent::use_addresses(const std::optional<IpAddress>& reached_at) {
  const auto agent = agent_of(bin_);
  for (const IpAddress& address : local_addresses(interface_addresses(), config_.interfaces, reached_at)) {
    NiceAddress nice;
    nice_address_init(&nice);
    if (nice_address_set_from_string(&nice, address.text().c_str()) && nice_agent_add_local_address(agent.get(), &nice))
      has_address_ = true;
  }
}

void IceAgent::use_servers() {
  const IceServers servers = servers_for_one(config_.servers);  // separate TURN credentials for each viewer
  if (!servers.stun.empty()) g_object_set(bin_, "stun-server", servers.stun.c_str(), nullptr);
  if (servers.turn.empty()) return;
  nice_debug_disable(TRUE);  // with NICE_DEBUG set, libnice would write user and password to stderr
  gboolean taken = FALSE;
  g_signal_emit_by_name(bin_, "add-turn-server", turn_uri(servers).c_str(), &taken);
  if (!taken) throw StartupError("webrtcbin rejected the TURN server " + servers.turn + "; check CS_TURN_SERVER");
}

std::vector<std::string> IceAgent::announced(const std::string& own) const {
  if (!has_address_) return {};  // without an address from us, libnice uses all addresses
  return cs::announced(own, config_.public_addresses);
}

std::optional<std::string> IceAgent::taken(std::string_view text) {
  CandidateFlaw flaw = flaw_of(text, peer_);
  if (flaw == CandidateFlaw::none && count_ == kMostCandidates) flaw = CandidateFlaw::surplus;
  if (flaw == CandidateFlaw::none) {
    ++count_;
    return plain_candidate(text);
  }
  ignored_metric(metrics_, flaw).add();
  log_->debug("ignoring remote candidate: {}", words_for(flaw));
  return std::nullopt;
}

std::string IceAgent::complaint() const {
  if (!has_address_)
    return config_.interfaces.empty() ? "the server has no network address for media; try again later"
                                      : "no network address of the server matches CS_ICE_INTERFACES";
  GSList* candidates = nice_agent_get_local_candidates(agent_of(bin_).get(), kStream, NICE_COMPONENT_TYPE_RTP);
  const bool has_any = candidates != nullptr;
  g_slist_free_full(candidates, [](void* each) { nice_candidate_free(static_cast<NiceCandidate*>(each)); });
  if (has_any) return "";
  if (config_.port_max == 0) return "the server cannot open a port for media; try again later";
  return "the server's media ports, " + std::to_string(config_.port_min) + " to " + std::to_string(config_.port_max) +
         ", are all in use; try again later, or ask its administrator to widen CS_ICE_PORT_MIN to CS_ICE_PORT_MAX";
}

}  // namespace cs
