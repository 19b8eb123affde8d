// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_request.hpp"
#include "http/reply.hpp"

namespace cs {

/// The table of what is served by plain HTTP: the page's files, /healthz, /config.json, and what is made each time it
/// is asked for. An endpoint is one row. Net thread only.
class Routes {
 public:
  /// An endpoint whose answer is of the moment.
  struct Live {
    std::string path;
    std::function<Reply()> make;
  };

  /// `config_json`: what /config.json says; empty: `live` has it. `config_is_open`: a browser may ask for /config.json
  /// before it runs the page, as no token is needed for it.
  Routes(std::string config_json, std::vector<Live> live, bool config_is_open = true);
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
    std::function<Reply()> make = {};  // in place of the body
  };

  const std::string config_json_;
  const std::string index_;
  std::vector<Route> table_;
};

}  // namespace cs
