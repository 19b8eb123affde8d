// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "network/peer.hpp"

namespace cs {

/// Answers the requests for some paths. HttpServer calls it for requests that RequestAuthorizer has let pass.
/// Net thread only.
class RequestHandler {
 public:
  /// Read the request's body, then call on_body().
  struct WantsBody {
    std::size_t limit;  ///< bytes; a larger body is answered with 413
  };
  /// The reply comes later, by HttpServer::complete() with this number, which no other request has.
  struct Later {
    std::uint64_t number;
  };
  using HeadAction = std::variant<Reply, WantsBody, Later>;
  using BodyAction = std::variant<Reply, Later>;

  RequestHandler() = default;
  virtual ~RequestHandler() = default;
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;

  [[nodiscard]] virtual bool owns(std::string_view path) const = 0;

  /// A request's head has arrived.
  [[nodiscard]] virtual HeadAction on_head(const HttpRequest& request) = 0;

  /// The body that on_head() requested has arrived. `from`: the addresses of both ends of the connection.
  [[nodiscard]] virtual BodyAction on_body(const HttpRequest& request, std::string body,
                                           const ConnectionEnds& from) = 0;

  /// The reply to a Later did not come within HttpTimeouts::answer. Unreachable for a handler without Later.
  [[nodiscard]] virtual Reply on_timeout(std::uint64_t /*number*/) {
    return refusal(504, "The server did not answer in time.\n");
  }

  /// The client closed the connection before the reply to a Later.
  virtual void on_hang_up(std::uint64_t /*number*/) {}

  /// Adds the header fields of these paths to a reply that the server created, such as a refusal of the authorizer.
  [[nodiscard]] virtual Reply complete_refusal(Reply reply) { return reply; }
};

/// A request that waits for its reply.
struct PendingRequest {
  RequestHandler* handler;
  std::uint64_t number;
  auto operator<=>(const PendingRequest&) const = default;
};

}  // namespace cs
