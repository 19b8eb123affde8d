// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_request.hpp"
#include "net/reply.hpp"

namespace cs {

/// The table of what is served by plain HTTP: the page's files, /healthz, /config.json, /api/status. An endpoint is one
/// row, with a body that stays or one that is made each time. Net thread only.
class Routes {
 public:
  using Make = std::function<std::string()>;

  Routes(std::string config_json, Make status);
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
    Make make = {};  // in place of the body
  };

  const std::string config_json_;
  std::vector<Route> table_;
};

}  // namespace cs
