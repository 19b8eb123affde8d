// SPDX-License-Identifier: MIT
#include "check/stun_client.hpp"

#include <netdb.h>
#include <stun/usages/bind.h>
#include <stun/usages/turn.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "check/server_path.hpp"
#include "cubestream/clock.hpp"

namespace cs {
namespace {

constexpr std::size_t kMostRequest = 1500;
constexpr auto kCompatibility = STUN_USAGE_TURN_COMPATIBILITY_RFC5766;

constexpr int kUnauthorized = 401;
constexpr int kWrongCredentials = 441;

/// The server rejects user and password.
class LoginRefused : public StartupError {
  using StartupError::StartupError;
};

/// The destination of a STUN or TURN URI.
struct Target {
  std::string where;  ///< host:port
  Transport transport = Transport::udp;
};

Target read_uri(std::string_view uri) {
  const auto mark = uri.find("://");
  const std::string_view scheme = uri.substr(0, mark);
  const std::string_view rest = uri.substr(mark + 3);
  const auto query = std::min(rest.find('?'), rest.size());
  Target target{std::string(rest.substr(0, query))};
  if (scheme == "turns")
    target.transport = Transport::tls;
  else if (rest.substr(query) == "?transport=tcp")
    target.transport = Transport::tcp;
  return target;
}

const char* name_of(Transport transport) {
  switch (transport) {
    case Transport::udp:
      return "UDP";
    case Transport::tcp:
      return "TCP";
    case Transport::tls:
      return "TLS over TCP";
  }
  return "";
}

std::string text_of(const sockaddr_storage& address, socklen_t length) {
  std::array<char, 64> host{};
  std::array<char, 8> port{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an unknown address";
  const std::string name(host.data());
  return (name.find(':') != name.npos ? "[" + name + "]" : name) + ":" + port.data();
}

/// A request and its response; both messages point into the byte buffers.
struct Exchange {
  std::array<std::uint8_t, kMostRequest> request_bytes{};
  StunMessage request{};
  std::vector<std::uint8_t> answer_bytes;
  StunMessage answer{};
  std::chrono::microseconds round_trip{};

  /// Sends the request of `length` bytes. Throws StartupError if no valid response arrives.
  void run(StunAgent& agent, ServerPath& path, std::size_t length) {
    if (length == 0) throw StartupError("cannot create the request");
    const TimePoint began = Clock::now();
    answer_bytes = path.ask(std::span(request_bytes).first(length));
    round_trip = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    const auto verdict =
        stun_agent_validate(&agent, &answer, answer_bytes.data(), answer_bytes.size(), nullptr, nullptr);
    // Error responses may be unsigned.
    const bool unsigned_error =
        (verdict == STUN_VALIDATION_UNAUTHORIZED || verdict == STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST) &&
        error() != 0;
    if (verdict != STUN_VALIDATION_SUCCESS && !unsigned_error)
      throw StartupError("the answer is not a valid STUN message, or was changed on the way");
  }

  /// The code of an error response; 0: not an error.
  int error() {
    int code = 0;
    if (stun_message_get_class(&answer) != STUN_ERROR) return 0;
    return stun_message_find_error(&answer, &code) == STUN_MESSAGE_RETURN_SUCCESS ? code : 500;
  }
};

std::string error_text(int code) {
  constexpr int kForbidden = 403;
  constexpr int kQuota = 486;
  constexpr int kCapacity = 508;
  const std::string number = " (" + std::to_string(code) + ")";
  switch (code) {
    case kUnauthorized:
    case kWrongCredentials:
      return "it rejects user and password" + number;
    case kForbidden:
      return "it does not allow this client" + number;
    case kQuota:
      return "this user has reached its limit of relays" + number;
    case kCapacity:
      return "it has no relay left" + number;
    default:
      return "it answers with error " + std::to_string(code);
  }
}

/// True if the realm of a challenge holds more than quotation marks and zeros. libnice 0.1.21 strips these from both
/// ends without a bounds check, and would read memory beyond the realm.
bool has_realm(const StunMessage& challenge) {
  constexpr std::string_view kTakenOff("\"\0", 2);
  std::uint16_t size = 0;
  const auto* realm = static_cast<const char*>(stun_message_find(&challenge, STUN_ATTRIBUTE_REALM, &size));
  return realm != nullptr && std::string_view(realm, size).find_first_not_of(kTakenOff) != std::string_view::npos;
}

/// The credentials in the form that libnice expects.
struct Login {
  std::string user;
  std::string pass;
  [[nodiscard]] std::uint8_t* user_bytes() { return reinterpret_cast<std::uint8_t*>(user.data()); }
  [[nodiscard]] std::uint8_t* pass_bytes() { return reinterpret_cast<std::uint8_t*>(pass.data()); }
};

/// Allocates a relay. The first response is a 401 with the realm and nonce for the credentials.
void allocate(StunAgent& agent, ServerPath& path, Login& login, Exchange& challenge, Exchange& allocation) {
  const auto ask = [&](Exchange& exchange, StunMessage* previous) {
    exchange.run(
        agent, path,
        stun_usage_turn_create(&agent, &exchange.request, exchange.request_bytes.data(), exchange.request_bytes.size(),
                               previous, STUN_USAGE_TURN_REQUEST_PORT_NORMAL, -1, -1, login.user_bytes(),
                               login.user.size(), login.pass_bytes(), login.pass.size(), kCompatibility));
  };
  ask(challenge, nullptr);
  if (const int code = challenge.error(); code == 0)
    throw StartupError("it relays without asking for user and password, which browsers do not expect");
  else if (code != kUnauthorized)
    throw StartupError(error_text(code));
  if (!has_realm(challenge.answer)) throw StartupError("it asks for user and password without a realm");
  ask(allocation, &challenge.answer);
  const int code = allocation.error();
  if (code == kUnauthorized || code == kWrongCredentials) throw LoginRefused(error_text(code));
  if (code != 0) throw StartupError(error_text(code));
}

/// Releases the relay. Errors are ignored: the server drops the allocation after ten minutes anyway.
void release_relay(StunAgent& agent, ServerPath& path, Login& login, Exchange& challenge) {
  Exchange release;
  try {
    release.run(
        agent, path,
        stun_usage_turn_create_refresh(&agent, &release.request, release.request_bytes.data(),
                                       release.request_bytes.size(), &challenge.answer, 0, login.user_bytes(),
                                       login.user.size(), login.pass_bytes(), login.pass.size(), kCompatibility));
  } catch (const StartupError&) {
  }
}

}  // namespace

ServerAnswer ask_stun(const std::string& uri, std::chrono::milliseconds limit) {
  const Target target = read_uri(uri);
  ServerAnswer result{.path = name_of(target.transport)};
  try {
    ServerPath path(target.where, target.transport, limit);
    StunAgent agent;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389, StunAgentUsageFlags{});
    Exchange binding;
    binding.run(
        agent, path,
        stun_usage_bind_create(&agent, &binding.request, binding.request_bytes.data(), binding.request_bytes.size()));
    if (const int code = binding.error(); code != 0) throw StartupError(error_text(code));
    sockaddr_storage address = {};
    socklen_t length = sizeof address;
    sockaddr_storage other = {};
    socklen_t other_length = sizeof other;
    if (stun_usage_bind_process(&binding.answer, reinterpret_cast<sockaddr*>(&address), &length,
                                reinterpret_cast<sockaddr*>(&other), &other_length) != STUN_USAGE_BIND_RETURN_SUCCESS)
      throw StartupError("its response contains no address");
    result.address = text_of(address, length);
    result.round_trip = binding.round_trip;
  } catch (const StartupError& error) {
    result.failure = error.what();
  }
  return result;
}

ServerAnswer allocate_relay(const IceServers& servers, std::chrono::milliseconds limit) {
  const Target target = read_uri(servers.turn);
  ServerAnswer result{.path = name_of(target.transport)};
  try {
    ServerPath path(target.where, target.transport, limit);
    StunAgent agent;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    Login login{servers.turn_user, servers.turn_pass};
    Exchange challenge;
    Exchange allocation;
    allocate(agent, path, login, challenge, allocation);
    std::array<sockaddr_storage, 3> addresses = {};  // of the relay, of this client, and of an alternate server
    std::array<socklen_t, 3> lengths = {sizeof addresses[0], sizeof addresses[1], sizeof addresses[2]};
    std::uint32_t bandwidth = 0;
    std::uint32_t lifetime = 0;
    const auto got = stun_usage_turn_process(&allocation.answer, &addresses[0], &lengths[0], &addresses[1], &lengths[1],
                                             &addresses[2], &lengths[2], &bandwidth, &lifetime, kCompatibility);
    if (got != STUN_USAGE_TURN_RETURN_RELAY_SUCCESS && got != STUN_USAGE_TURN_RETURN_MAPPED_SUCCESS)
      throw StartupError("its response contains no relay address");
    result.address = text_of(addresses[0], lengths[0]);
    result.round_trip = allocation.round_trip;
    release_relay(agent, path, login, challenge);
  } catch (const LoginRefused& refusal) {
    result.failure = refusal.what();
    result.refuses_login = true;
  } catch (const StartupError& error) {
    result.failure = error.what();
  }
  return result;
}

}  // namespace cs
