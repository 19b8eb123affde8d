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

/// True if the port is free on all IPv4 addresses.
bool is_free(int port, int type) {
  const Fd probe(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  // Ignore closed connections in TIME_WAIT.
  if (type == SOCK_STREAM) setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// The likely cause when a TURN server rejects the credentials, as a continuation of the error text.
std::string remedy_for_rejected_login(const IceServers& servers, std::chrono::sys_seconds now) {
  if (servers.turn_secret.empty()) return "; check CS_TURN_USER and CS_TURN_PASS";
  // If credentials that expire in years are accepted, a clock is wrong, not the secret. They never leave this function.
  const auto far = now + std::chrono::years(10);
  if (allocate_relay(with_login(servers, "check", far), kTurnLimit).failure.empty())
    return fmt::format(
        ", which have expired by the clock of the server, but are valid for an hour by the clock of this machine "
        "({:%Y-%m-%d %H:%M} UTC); correct the wrong clock",
        fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
  return "; CS_TURN_SECRET or CS_TURN_SECRET_FILE must hold its static-auth-secret, and the server must set "
         "use-auth-secret";
}

}  // namespace

Check check_port(const Settings& settings) {
  try {
    const Fd listener = listen_on(settings.host, settings.port);
    return {.sentence = "can listen on " + host_and_port(settings.host, port_of(listener)),
            .figures = {{"port", port_of(listener)}}};
  } catch (const StartupError& error) {
    std::string why = error.what();
    if (why.find("already in use") != why.npos) why += " (usually another cubestreamd is already running)";
    return {.result = CheckResult::failed, .sentence = std::move(why)};
  }
}

Check check_addresses(const Settings& settings) {
  const auto present = interface_addresses();
  const auto used = local_addresses(present, settings.ice.interfaces);
  Check check = {.figures = {{"addresses", static_cast<double>(used.size())}}};
  for (const auto& note : judge_reachability(present, settings.ice, is_bridged_container(present))) {
    if (note.is_warning) check.result = CheckResult::warning;
    check.sentence += (check.sentence.empty() ? "" : "; ") + note.sentence;
  }
  if (check.sentence.empty()) check.sentence = "media can be sent from " + listed(used);
  if (used.empty()) check.result = CheckResult::failed;
  return check;
}

Check check_ice_ports(const Settings& settings) {
  const IceConfig& ice = settings.ice;
  if (ice.port_max == 0)
    return {.result = CheckResult::skipped, .sentence = "any free port is used, since CS_ICE_PORT_MIN is not set"};
  const int all = ice.port_max - ice.port_min + 1;
  int free = 0;
  for (int port = ice.port_min; port <= ice.port_max; ++port)
    if (is_free(port, SOCK_DGRAM) && (!ice.tcp || is_free(port, SOCK_STREAM))) ++free;
  Check check = {
      .sentence = fmt::format("{} of {} ports from {} to {} are free", free, all, ice.port_min, ice.port_max),
      .figures = {{"ports", all}, {"free", free}}};
  if (free == 0) {
    check.result = CheckResult::failed;
    check.sentence += "; stop the programs that use them, or choose another range";
  } else if (free < settings.max_viewers) {
    check.result = CheckResult::warning;
    check.sentence += fmt::format(", but CS_MAX_VIEWERS={} needs one port per viewer", settings.max_viewers);
  }
  return check;
}

Check check_stun(const Settings& settings) {
  const std::string& uri = settings.ice.servers.stun;
  if (uri.empty()) return {.result = CheckResult::skipped, .sentence = "CS_STUN_SERVER is not set"};
  const ServerAnswer answer = ask_stun(uri, kStunLimit);
  if (!answer.failure.empty()) return {.result = CheckResult::failed, .sentence = uri + ": " + answer.failure};
  return {.sentence = uri + " sees this machine as " + answer.address,
          .figures = {{"round_trip_ms", answer.round_trip.count()}}};
}

Check check_turn(const Settings& settings) {
  const IceServers& servers = settings.ice.servers;
  if (servers.turn.empty()) return {.result = CheckResult::skipped, .sentence = "CS_TURN_SERVER is not set"};
  const auto now = wall_second();
  const ServerAnswer answer = allocate_relay(servers_for_one(servers, now), kTurnLimit);
  if (!answer.failure.empty())
    return {.result = CheckResult::failed,
            .sentence = servers.turn + " via " + answer.path + ": " + answer.failure +
                        (answer.refuses_login ? remedy_for_rejected_login(servers, now) : "")};
  return {.sentence = servers.turn + " allocated the relay " + answer.address + " via " + answer.path,
          .figures = {{"round_trip_ms", answer.round_trip.count()}}};
}

}  // namespace cs
