// SPDX-License-Identifier: MIT
#include "server/page_handler.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/embedded.hpp"

namespace cs {
namespace {

constexpr std::string_view kIndex = "index.html";

std::string_view content_type(std::string_view name) {
  struct Type {
    std::string_view ending;
    std::string_view type;
  };
  static constexpr Type kTypes[] = {{".html", "text/html; charset=utf-8"},
                                    {".css", "text/css; charset=utf-8"},
                                    {".js", "text/javascript; charset=utf-8"},
                                    {".mjs", "text/javascript; charset=utf-8"},
                                    {".json", "application/json"},
                                    {".svg", "image/svg+xml"},
                                    {".png", "image/png"},
                                    {".ico", "image/x-icon"},
                                    {".webmanifest", "application/manifest+json"}};
  for (const Type& row : kTypes)
    if (name.ends_with(row.ending)) return row.type;
  return "application/octet-stream";
}

/// FNV-1a, 64 bits: distinguishes the files of different builds.
std::string etag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("\"{:016x}\"", hash);
}

/// The HTML page. If /config.json needs a token, without the preload link for it, which would fail.
std::string index_page(bool config_is_open) {
  constexpr std::string_view kPreload = R"(<link rel="preload" as="fetch")";
  std::string page;
  for (const EmbeddedFile& file : embedded_page)
    if (file.name == kIndex) page = file.contents;
  if (config_is_open) return page;
  if (const auto begin = page.find(kPreload); begin != page.npos) page.erase(begin, page.find('\n', begin) - begin);
  return page;
}

Reply refuse_body() {
  return refusal(400, "A request to this resource must not have a body.\n");
}

}  // namespace

PageHandler::PageHandler(std::vector<Live> live, bool config_is_open) : index_(index_page(config_is_open)) {
  const auto add = [this](std::string path, std::string_view type, std::string_view body) {
    table_.push_back({.path = std::move(path), .content_type = type, .body = body, .etag = etag_of(body)});
  };
  add("/healthz", "text/plain; charset=utf-8", "ok\n");
  for (Live& endpoint : live)
    table_.push_back({.path = std::move(endpoint.path),
                      .content_type = {},
                      .body = {},
                      .etag = {},
                      .make = std::move(endpoint.make)});
  for (const EmbeddedFile& file : embedded_page) {
    const bool is_index = file.name == kIndex;
    const std::string_view contents = is_index ? std::string_view(index_) : file.contents;
    add("/" + std::string(file.name), content_type(file.name), contents);
    if (is_index) add("/", content_type(file.name), contents);
  }
}

RequestHandler::HeadAction PageHandler::on_head(const HttpRequest& request) {
  Reply reply = answer(request.method, request.path, request.field("if-none-match"));
  if (request.body != HttpRequest::Body::none && reply.status < 400) return refuse_body();
  return reply;
}

RequestHandler::BodyAction PageHandler::on_body(const HttpRequest& /*request*/, std::string /*body*/,
                                                const ConnectionEnds& /*from*/) {
  return refuse_body();
}

Reply PageHandler::answer(Method method, std::string_view path, std::string_view etag_known) const {
  if (path == "/ws") return refusal(426, "This is the WebSocket endpoint for signalling; open / in a browser.\n");
  const auto route = std::find_if(table_.begin(), table_.end(), [&](const Route& row) { return row.path == path; });
  if (route == table_.end()) return refusal(404, "Not found; the page is at /.\n");
  if (method != Method::get && method != Method::head) {
    Reply reply = refusal(405, "This method is not allowed; allowed methods: GET, HEAD.\n");
    reply.add_field("Allow", "GET, HEAD");
    return reply;
  }
  if (route->make) {
    Reply reply = route->make();
    reply.add_field("Cache-Control", "no-store");
    return reply;
  }
  Reply reply;
  reply.content_type = route->content_type;
  reply.page = route->body;
  reply.add_field("ETag", route->etag);
  if (etag_known.find(route->etag) != etag_known.npos) {
    reply.status = 304;
    reply.with_body = false;
  }
  return reply;
}

}  // namespace cs
