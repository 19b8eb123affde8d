// SPDX-License-Identifier: MIT
#include "http/reply.hpp"

#include <fmt/core.h>

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
                               {401, "Unauthorized"},
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
                               {421, "Misdirected Request"},
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

std::string Reply::head(bool ends, std::string_view common) const {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nCache-Control: no-cache\r\n{}", status, reason_phrase(status), common);
  const std::size_t size = body().size();
  if (size != 0 && status != 304)
    head += fmt::format("Content-Type: {}\r\n", owned_type.empty() ? content_type : owned_type);
  if (status != 204 && status != 304) head += fmt::format("Content-Length: {}\r\n", size);
  head += fields;
  head += ends ? "Connection: close\r\n" : "Keep-Alive: timeout=5\r\n";
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
