// SPDX-License-Identifier: MIT
#include "http/http_request.hpp"

#include <string>
#include <variant>

#include "base/text.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

/// Serialises a request as a head.
std::string head_of(const HttpRequest& request) {
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"};
  std::string head(kNames[static_cast<std::size_t>(request.method)]);
  head += " " + request.path + (request.query.empty() ? "" : "?" + request.query) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.fields) head.append(name).append(": ").append(value).append("\r\n");
  return head + "\r\n";
}

void check(const Reply& reply) {
  must(reply.status >= 400 && reply.body().ends_with(".\n"), "a refusal has a sentence");
  std::string_view lines = reply.fields;
  while (!lines.empty()) must(!test::has_control(test::cut(lines, "\r\n")), "a client cannot inject header fields");
}

void check(const HttpRequest& request) {
  must(!test::has_control(request.path) && request.path.find_first_of(" ?") == std::string::npos, "a path is one word");
  must(!test::has_control(request.query), "a query is one line");
  must(request.fields.size() <= 100, "the header fields are bounded");
  for (const auto& [name, value] : request.fields) {
    must(!name.empty() && name == lower_case(name) && name.find(':') == std::string::npos, "a name is valid");
    must(value == trimmed(value) && value.find_first_of("\r\n") == std::string::npos, "a value is one line");
  }
  must((request.body == HttpRequest::Body::sized) == (request.body_size > 0), "only a sized body has a size");
  must(!request.expects_continue || request.body != HttpRequest::Body::none, "100 Continue needs a body");
  must(request.media_type() == lower_case(request.media_type()), "a type is in lower case");
  if (!request.path.starts_with('/')) return;  // "*" and other forms that are not served
  const auto again = parse_request(head_of(request));
  // A valid HTTP/1.0 request may be refused as HTTP/1.1, which requires Host, but not vice versa.
  const auto* same = std::get_if<HttpRequest>(&again);
  must(same == nullptr || (same->path == request.path && same->query == request.query &&
                           same->fields == request.fields && same->body_size == request.body_size),
       "a serialised request parses to the same request");
  must(same != nullptr || !request.keeps_alive || !request.has_field("host"), "a serialised valid request is valid");
}

}  // namespace

void fuzz(std::string_view input) {
  std::visit([](const auto& result) { check(result); }, parse_request(input));
  for (const std::string_view item : list_items(input))
    must(!item.empty() && item == trimmed(item) && item.find(',') == item.npos,
         "an item of a list is trimmed and not empty");
}

}  // namespace cs
