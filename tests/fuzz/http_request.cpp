// SPDX-License-Identifier: MIT
#include "http/http_request.hpp"

#include <string>
#include <variant>

#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

/// The head of the same request, written anew.
std::string head_of(const HttpRequest& request) {
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"};
  std::string head(kNames[static_cast<std::size_t>(request.method)]);
  head += " " + request.path + (request.query.empty() ? "" : "?" + request.query) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.fields) head.append(name).append(": ").append(value).append("\r\n");
  return head + "\r\n";
}

void look(const Reply& reply) {
  must(reply.status >= 400 && reply.body().ends_with(".\n"), "what is refused has a sentence");
  std::string_view lines = reply.fields;
  while (!lines.empty()) must(!test::has_control(test::cut(lines, "\r\n")), "no client writes our header fields");
}

void look(const HttpRequest& request) {
  must(!test::has_control(request.path) && request.path.find_first_of(" ?") == std::string::npos, "a path is one word");
  must(!test::has_control(request.query), "a query is in its line");
  must(request.fields.size() <= 100, "the header fields are bounded");
  for (const auto& [name, value] : request.fields) {
    must(!name.empty() && name == lower_case(name) && name.find(':') == std::string::npos, "a name is one");
    must(value == trimmed(value) && value.find_first_of("\r\n") == std::string::npos, "a value is in its line");
  }
  must((request.body == HttpRequest::Body::sized) == (request.body_size > 0), "a body has a size where it says so");
  must(!request.expects_continue || request.body != HttpRequest::Body::none, "only a body is waited for");
  must(request.media_type() == lower_case(request.media_type()), "a type is in lower case");
  if (!request.path.starts_with('/')) return;  // "*", and what nobody serves
  const auto again = parse_request(head_of(request));
  // What went by HTTP/1.0 may be refused by the rules of 1.1, which demand a Host, never the other way round.
  const auto* same = std::get_if<HttpRequest>(&again);
  must(same == nullptr || (same->path == request.path && same->query == request.query &&
                           same->fields == request.fields && same->body_size == request.body_size),
       "a request that is said again is the same");
  must(same != nullptr || !request.keeps_alive || !request.has_field("host"), "a request that was good is good");
}

}  // namespace

void fuzz(std::string_view input) {
  std::visit([](const auto& result) { look(result); }, parse_request(input));
  for (const std::string_view item : list_items(input))
    must(!item.empty() && item == trimmed(item) && item.find(',') == item.npos, "an item of a list is one");
}

}  // namespace cs
