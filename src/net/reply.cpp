// SPDX-License-Identifier: MIT
#include "net/reply.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace cs {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr Phrase kPhrases[] = {{200, "OK"},
                               {201, "Created"},
                               {204, "No Content"},
                               {304, "Not Modified"},
                               {400, "Bad Request"},
                               {403, "Forbidden"},
                               {404, "Not Found"},
                               {405, "Method Not Allowed"},
                               {406, "Not Acceptable"},
                               {408, "Request Timeout"},
                               {409, "Conflict"},
                               {412, "Precondition Failed"},
                               {413, "Content Too Large"},
                               {414, "URI Too Long"},
                               {415, "Unsupported Media Type"},
                               {417, "Expectation Failed"},
                               {422, "Unprocessable Content"},
                               {426, "Upgrade Required"},
                               {428, "Precondition Required"},
                               {429, "Too Many Requests"},
                               {431, "Request Header Fields Too Large"},
                               {500, "Internal Server Error"},
                               {501, "Not Implemented"},
                               {503, "Service Unavailable"},
                               {504, "Gateway Timeout"},
                               {505, "HTTP Version Not Supported"},
                               {507, "Insufficient Storage"}};

std::string_view reason_phrase(int status) {
  for (const Phrase& row : kPhrases)
    if (row.status == status) return row.text;
  return "";
}

}  // namespace

void Reply::add_field(std::string_view name, std::string_view value) {
  fields += fmt::format("{}: {}\r\n", name, value);
}

std::string Reply::head(bool ends) const {
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Cache-Control: no-cache\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
      "object-src 'none'; base-uri 'none'; form-action 'none'\r\n",
      status, reason_phrase(status));
  const std::size_t size = body().size();
  if (size != 0 && status != 304)
    head += fmt::format("Content-Type: {}\r\n", owned_type.empty() ? content_type : owned_type);
  if (status != 204 && status != 304) head += fmt::format("Content-Length: {}\r\n", size);
  head += fields;
  if (ends) head += "Connection: close\r\n";
  return head + "\r\n";
}

Reply refusal(int status, std::string words) {
  Reply reply;
  reply.status = status;
  reply.text = std::move(words);
  if (status == 426) reply.add_field("Upgrade", "websocket");
  if (status == 503) reply.add_field("Retry-After", "1");
  return reply;
}

}  // namespace cs
