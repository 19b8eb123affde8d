// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/request_handler.hpp"

namespace cs {

/// Serves the files of the page, /healthz, and endpoints whose reply the net thread creates for each
/// request. Each endpoint is one row of a table. Owns every path: unknown paths get 404. Net thread only.
class PageHandler final : public RequestHandler {
 public:
  /// An endpoint whose reply is created for each request and never cached.
  struct Live {
    std::string path;
    std::function<Reply()> make;
  };

  /// `config_is_open`: /config.json needs no token, so the HTML preloads it before the scripts run.
  PageHandler(std::vector<Live> live, bool config_is_open);

  [[nodiscard]] bool owns(std::string_view /*path*/) const override { return true; }
  [[nodiscard]] HeadAction on_head(const HttpRequest& request) override;
  [[nodiscard]] BodyAction on_body(const HttpRequest& request, std::string body, const ConnectionEnds& from) override;

 private:
  [[nodiscard]] Reply answer(Method method, std::string_view path, std::string_view etag_known) const;

  struct Route {
    std::string path;
    std::string_view content_type;
    std::string_view body;
    std::string etag;
    std::function<Reply()> make = {};  // creates the reply, instead of `body`
  };

  const std::string index_;
  std::vector<Route> table_;
};

}  // namespace cs
