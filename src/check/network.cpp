// SPDX-License-Identifier: MIT
#include "check/network.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "check/stun_client.hpp"
#include "ice/local_addresses.hpp"
#include "ice/reachability.hpp"
#include "network/interfaces.hpp"
#include "network/listener.hpp"
#include "network/turn_login.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kStunLimit{3};
constexpr std::chrono::seconds kTurnLimit{5};

/// On all addresses of IPv4.
bool is_free(int port, int type) {
  const Fd probe(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Connections of the past do not count.
  if (type == SOCK_STREAM) setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// What a TURN server that refuses our login may mean by that, to follow upon its sentence.
std::string way_out_of_refusal(const IceServers& servers, std::chrono::sys_seconds now) {
  if (servers.turn_secret.empty()) return "; check CS_TURN_USER and CS_TURN_PASS";
  // A login that ends in years tells a clock that is wrong from a secret that is. It stays in here.
  const auto far = now + std::chrono::years(10);
  if (allocate_relay(with_login(servers, "check", far), kTurnLimit).failure.empty())
    return fmt::format(
        ", which have expired by its clock, though by ours ({:%Y-%m-%d %H:%M} UTC) they are good for an hour; set the "
        "clock that is wrong",
        fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  return "; the secret of CS_TURN_SECRET or CS_TURN_SECRET_FILE must be its static-auth-secret, and it must "
         "use-auth-secret";
}

double milliseconds(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

Check check_port(const Settings& settings) {
  try {
    const Fd listener = listen_on(settings.host, settings.port);
    return {.sentence = "nobody else listens on " + host_and_port(settings.host, port_of(listener)),
            .figures = {{"port", port_of(listener)}}};
  } catch (const StartupError& error) {
    std::string why = error.what();
    if (why.find("already in use") != why.npos) why += " (a cubestreamd that runs already is the usual reason)";
    return {.result = CheckResult::failed, .sentence = std::move(why)};
  }
}

Check check_addresses(const Settings& settings) {
  const auto present = interface_addresses();
  const auto used = local_addresses(present, settings.ice.interfaces);
  Check check = {.figures = {{"addresses", static_cast<double>(used.size())}}};
  for (const auto& note : judge_reachability(present, settings.ice, is_bridged_container())) {
    if (note.is_warning) check.result = CheckResult::warning;
    check.sentence += (check.sentence.empty() ? "" : "; ") + note.sentence;
  }
  if (check.sentence.empty()) check.sentence = "the picture can come from " + listed(used);
  if (used.empty()) check.result = CheckResult::failed;
  return check;
}

Check check_ice_ports(const Settings& settings) {
  const IceConfig& ice = settings.ice;
  if (ice.port_max == 0)
    return {.result = CheckResult::skipped, .sentence = "the system chooses, since CS_ICE_PORT_MIN is not set"};
  const int all = ice.port_max - ice.port_min + 1;
  int free = 0;
  for (int port = ice.port_min; port <= ice.port_max; ++port)
    if (is_free(port, SOCK_DGRAM) && (!ice.tcp || is_free(port, SOCK_STREAM))) ++free;
  Check check = {.sentence = fmt::format("{} of the {} from {} to {} are free", free, all, ice.port_min, ice.port_max),
                 .figures = {{"ports", all}, {"free", free}}};
  if (free == 0) {
    check.result = CheckResult::failed;
    check.sentence += "; stop what uses them, or choose others";
  } else if (free < settings.max_viewers) {
    check.result = CheckResult::warning;
    check.sentence += fmt::format(", and CS_MAX_VIEWERS={} need one each", settings.max_viewers);
  }
  return check;
}

Check check_stun(const Settings& settings) {
  const std::string& uri = settings.ice.servers.stun;
  if (uri.empty()) return {.result = CheckResult::skipped, .sentence = "CS_STUN_SERVER is not set"};
  const ServerAnswer answer = ask_stun(uri, kStunLimit);
  if (!answer.failure.empty()) return {.result = CheckResult::failed, .sentence = uri + ": " + answer.failure};
  return {.sentence = uri + " sees us as " + answer.address,
          .figures = {{"round_trip_ms", milliseconds(answer.round_trip)}}};
}

Check check_turn(const Settings& settings) {
  const IceServers& servers = settings.ice.servers;
  if (servers.turn.empty()) return {.result = CheckResult::skipped, .sentence = "CS_TURN_SERVER is not set"};
  const auto now = wall_second();
  const ServerAnswer answer = allocate_relay(servers_for_one(servers, now), kTurnLimit);
  if (!answer.failure.empty())
    return {.result = CheckResult::failed,
            .sentence = servers.turn + " by " + answer.path + ": " + answer.failure +
                        (answer.refuses_login ? way_out_of_refusal(servers, now) : "")};
  return {.sentence = servers.turn + " gave us the relay " + answer.address + " by " + answer.path,
          .figures = {{"round_trip_ms", milliseconds(answer.round_trip)}}};
}

}  // namespace cs
