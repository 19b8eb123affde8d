// SPDX-License-Identifier: MIT
#include "net/routes.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>

#include "cubestream/embedded.hpp"

namespace cs {
namespace {

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

/// FNV-1a, 64 bits: tells one build's file from the next one's.
std::string etag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("\"{:016x}\"", hash);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 426:
      return "Upgrade Required";
    case 503:
      return "Service Unavailable";
    default:
      return "Bad Request";
  }
}

}  // namespace

std::string Reply::head(bool ends) const {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Cache-Control: no-cache\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
      "object-src 'none'; base-uri 'none'; form-action 'none'\r\n",
      status, reason_phrase(status));
  if (status != 304) text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
  if (!etag.empty()) text += "ETag: " + etag + "\r\n";
  if (status == 405) text += "Allow: GET, HEAD\r\n";
  if (status == 426) text += "Upgrade: websocket\r\n";
  if (status == 503) text += "Retry-After: 1\r\n";
  if (ends) text += "Connection: close\r\n";
  return text + "\r\n";
}

Reply refusal(int status, std::string_view words) {
  Reply reply;
  reply.status = status;
  reply.body = words;
  return reply;
}

Routes::Routes(std::string config_json) : config_json_(std::move(config_json)) {
  const auto add = [this](std::string path, std::string_view type, std::string_view body) {
    table_.push_back({std::move(path), type, body, etag_of(body)});
  };
  add("/healthz", "text/plain; charset=utf-8", "ok\n");
  add("/config.json", "application/json", config_json_);
  for (const EmbeddedFile& file : embedded_page) {
    add("/" + std::string(file.name), content_type(file.name), file.contents);
    if (file.name == "index.html") add("/", content_type(file.name), file.contents);
  }
}

Reply Routes::answer(Method method, std::string_view path, std::string_view etag_known) const {
  if (path == "/ws") return refusal(426, "This is the WebSocket of the signalling; open / in a browser.\n");
  const auto route = std::find_if(table_.begin(), table_.end(), [&](const Route& row) { return row.path == path; });
  if (route == table_.end()) return refusal(404, "There is nothing here; the page is at /.\n");
  if (method == Method::other) return refusal(405, "This can only be read, by GET or HEAD.\n");
  Reply reply{200, route->content_type, route->body, route->etag, method == Method::get};
  if (etag_known.find(route->etag) != etag_known.npos) {
    reply.status = 304;
    reply.with_body = false;
  }
  return reply;
}

}  // namespace cs
