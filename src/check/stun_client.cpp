// SPDX-License-Identifier: MIT
#include "check/stun_client.hpp"

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
#include "network/listener.hpp"
#include "network/peer.hpp"

// Not NiceAgent: libnice 0.1.21 reports only candidates and states to the application. It keeps neither the code of a
// STUN error nor the round trip (conncheck.c, priv_map_reply_to_relay_request), and it sends turns: over plain TCP
// (agent.c, agent_create_tcp_turn_socket), so it checks no certificate.

namespace cs {
namespace {

constexpr std::size_t kMostRequest = 1500;
constexpr auto kCompatibility = STUN_USAGE_TURN_COMPATIBILITY_RFC5766;

constexpr int kUnauthorized = 401;
constexpr int kWrongCredentials = 441;

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
  return std::array{"UDP", "TCP", "TLS over TCP"}.at(static_cast<std::size_t>(transport));
}

std::string text_of(const sockaddr_storage& storage) {
  const auto* address = reinterpret_cast<const sockaddr*>(&storage);
  const std::string host = address_text(address);
  return host.empty() ? "an unknown address" : host_and_port(host, port_number(address));
}

/// A request and its response; both messages point into the byte buffers.
struct Exchange {
  std::array<std::uint8_t, kMostRequest> request_bytes{};
  StunMessage request{};
  std::vector<std::uint8_t> answer_bytes;
  StunMessage answer{};
  std::chrono::microseconds round_trip{};

  /// `create` writes the request into a message, whose buffer and size follow, and returns its length; 0: it cannot.
  /// Throws StartupError if no valid response arrives.
  template <typename Create>
  Exchange(StunAgent& agent, ServerPath& path, Create create) {
    const std::size_t length = create(&request, request_bytes.data(), request_bytes.size());
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
  Exchange(const Exchange&) = delete;

  /// The code of an error response; 0: not an error.
  [[nodiscard]] int error() const {
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

/// Connects to the server of `uri`. `ask` sends requests on the connection and writes the answer into its last
/// argument, or throws StartupError.
template <typename Ask>
ServerAnswer answer_of(const std::string& uri, std::chrono::milliseconds limit, StunAgentUsageFlags usage, Ask ask) {
  const Target target = read_uri(uri);
  ServerAnswer result{.path = name_of(target.transport)};
  try {
    ServerPath path(target.where, target.transport, limit);
    StunAgent agent;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389, usage);
    ask(agent, path, result);
  } catch (const StartupError& error) {
    result.failure = error.what();
  }
  return result;
}

}  // namespace

ServerAnswer ask_stun(const std::string& uri, std::chrono::milliseconds limit) {
  return answer_of(uri, limit, {}, [](StunAgent& agent, ServerPath& path, ServerAnswer& result) {
    Exchange binding(agent, path, [&](auto... request) { return stun_usage_bind_create(&agent, request...); });
    if (const int code = binding.error(); code != 0) throw StartupError(error_text(code));
    std::array<sockaddr_storage, 2> addresses = {};  // of this client, and of an alternate server
    std::array<socklen_t, 2> lengths = {sizeof addresses[0], sizeof addresses[1]};
    if (stun_usage_bind_process(&binding.answer, reinterpret_cast<sockaddr*>(&addresses[0]), &lengths[0],
                                reinterpret_cast<sockaddr*>(&addresses[1]),
                                &lengths[1]) != STUN_USAGE_BIND_RETURN_SUCCESS)
      throw StartupError("its response contains no address");
    result.address = text_of(addresses[0]);
    result.round_trip = binding.round_trip;
  });
}

ServerAnswer allocate_relay(const IceServers& servers, std::chrono::milliseconds limit) {
  std::string user = servers.turn_user;
  std::string pass = servers.turn_pass;
  auto* const user_bytes = reinterpret_cast<std::uint8_t*>(user.data());
  auto* const pass_bytes = reinterpret_cast<std::uint8_t*>(pass.data());
  return answer_of(
      servers.turn, limit, STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS,
      [&](StunAgent& agent, ServerPath& path, ServerAnswer& result) {
        const auto allocate = [&](StunMessage* previous) {
          return Exchange(agent, path, [&](auto... request) {
            return stun_usage_turn_create(&agent, request..., previous, STUN_USAGE_TURN_REQUEST_PORT_NORMAL, -1, -1,
                                          user_bytes, user.size(), pass_bytes, pass.size(), kCompatibility);
          });
        };
        Exchange challenge = allocate(nullptr);  // a 401 with the realm and nonce for the credentials
        const int demand = challenge.error();
        if (demand == 0)
          throw StartupError("it relays without asking for user and password, which browsers do not expect");
        if (demand != kUnauthorized) throw StartupError(error_text(demand));
        if (!has_realm(challenge.answer)) throw StartupError("it asks for user and password without a realm");
        Exchange allocation = allocate(&challenge.answer);
        const int code = allocation.error();
        result.refuses_login = code == kUnauthorized || code == kWrongCredentials;
        if (code != 0) throw StartupError(error_text(code));
        std::array<sockaddr_storage, 3> addresses = {};  // of the relay, of this client, and of an alternate server
        std::array<socklen_t, 3> lengths = {sizeof addresses[0], sizeof addresses[1], sizeof addresses[2]};
        std::uint32_t bandwidth = 0;
        std::uint32_t lifetime = 0;
        const auto got =
            stun_usage_turn_process(&allocation.answer, &addresses[0], &lengths[0], &addresses[1], &lengths[1],
                                    &addresses[2], &lengths[2], &bandwidth, &lifetime, kCompatibility);
        if (got != STUN_USAGE_TURN_RETURN_RELAY_SUCCESS && got != STUN_USAGE_TURN_RETURN_MAPPED_SUCCESS)
          throw StartupError("its response contains no relay address");
        result.address = text_of(addresses[0]);
        result.round_trip = allocation.round_trip;
        // Releases the relay. Errors are ignored: the server drops the allocation after ten minutes anyway.
        try {
          const Exchange release(agent, path, [&](auto... request) {
            return stun_usage_turn_create_refresh(&agent, request..., &challenge.answer, 0, user_bytes, user.size(),
                                                  pass_bytes, pass.size(), kCompatibility);
          });
        } catch (const StartupError&) {
        }
      });
}

}  // namespace cs
