// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_request.hpp"
#include "net/reply.hpp"

namespace cs {

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

}  // namespace cs
