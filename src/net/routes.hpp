// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cs {

enum class Method { get, head, other };

/// What a client gets for an HTTP request; `body` lives as long as the routes.
struct Reply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view body;
  std::string etag;
  bool with_body = true;  ///< false: the head speaks of a body that is not sent

  /// Status line and header fields, up to and with the empty line. `ends`: the connection closes after it.
  [[nodiscard]] std::string head(bool ends) const;
};

/// The table of what is served by plain HTTP: the page's files, /healthz, /config.json. An endpoint is one row.
/// Net thread only.
class Routes {
 public:
  explicit Routes(std::string config_json);
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  /// `etag_known`: the request's If-None-Match.
  [[nodiscard]] Reply answer(Method method, std::string_view path, std::string_view etag_known) const;

 private:
  struct Route {
    std::string path;
    std::string_view content_type;
    std::string_view body;
    std::string etag;
  };

  const std::string config_json_;
  std::vector<Route> table_;
};

/// A refusal in words.
[[nodiscard]] Reply refusal(int status, std::string_view words);

}  // namespace cs
