// SPDX-License-Identifier: MIT
#include "http/http_request.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

#include "base/text.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxFields = 100;

constexpr std::pair<std::string_view, Method> kMethods[] = {{"GET", Method::get},      {"HEAD", Method::head},
                                                            {"POST", Method::post},    {"PATCH", Method::patch},
                                                            {"DELETE", Method::erase}, {"OPTIONS", Method::options}};

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != kOthers.npos;
  });
}

Method method_named(std::string_view name) {
  for (const auto& [text, method] : kMethods)
    if (text == name) return method;
  return Method::other;
}

/// Splits "/path?query" or "http://host/path?query" into path and query.
std::pair<std::string, std::string> split_target(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != target.npos && target.front() != '/') {
    const auto slash = target.find('/', scheme + 3);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  const auto mark = target.find('?');
  return {std::string(target.substr(0, mark)), std::string(mark == target.npos ? "" : target.substr(mark + 1))};
}

/// Parses decimal digits. A value that is too large becomes the largest number.
std::optional<std::uint64_t> size_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t size = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
    const auto digit = static_cast<std::uint64_t>(c - '0');
    size = size > (kLargest - digit) / 10 ? kLargest : size * 10 + digit;
  }
  return size;
}

/// Parses the request line. Returns a refusal if it is invalid.
std::optional<Reply> read_request_line(std::string_view line, HttpRequest& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || last == first) return refusal(400, "The request is not valid HTTP.\n");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(line.substr(0, first)) || target.empty() || target.find_first_of(" \t") != target.npos ||
      has_control(target) || !version.starts_with("HTTP/"))
    return refusal(400, "The request is not valid HTTP.\n");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refusal(505, "The server supports HTTP/1.1 only.\n");
  request.method = method_named(line.substr(0, first));
  std::tie(request.path, request.query) = split_target(target);
  request.keeps_alive = version == "HTTP/1.1";
  return std::nullopt;
}

/// Checks the Host field (RFC 9112, section 3.2): exactly one; optional in HTTP/1.0.
std::optional<Reply> check_host(const HttpRequest& request, bool is_1_1) {
  const auto hosts =
      std::ranges::count(request.fields, "host", [](const auto& row) { return std::string_view(row.first); });
  if (hosts > 1) return refusal(400, "The request has more than one Host header field.\n");
  if (hosts == 0 && is_1_1) return refusal(400, "The request has no Host header field.\n");
  return std::nullopt;
}

/// Reads the fields about the connection and the body (RFC 9112, sections 6 and 9.3). A request whose body length is
/// ambiguous is refused, because a proxy in front could find another end (request smuggling).
std::optional<Reply> read_framing(HttpRequest& request) {
  const bool is_1_1 = request.keeps_alive;
  const std::string options = request.field("connection");
  for (const std::string_view option : list_items(options)) {
    const std::string word = lower_case(option);
    if (word == "close") request.keeps_alive = false;
    if (word == "keep-alive") request.keeps_alive = true;
    if (word == "upgrade") request.wants_websocket = lower_case(request.field("upgrade")) == "websocket";
  }
  const std::string expectation = lower_case(request.field("expect"));
  if (!expectation.empty() && expectation != "100-continue")
    return refusal(417, "The server supports the expectation \"100-continue\" only.\n");

  const bool sized = request.has_field("content-length");
  if (request.has_field("transfer-encoding")) {
    if (sized) return refusal(400, "The request has both Content-Length and Transfer-Encoding.\n");
    if (!is_1_1) return refusal(400, "HTTP/1.0 does not support Transfer-Encoding.\n");
    if (lower_case(request.field("transfer-encoding")) != "chunked")
      return refusal(501, "The server supports the transfer coding \"chunked\" only.\n");
    request.body = HttpRequest::Body::chunked;
  } else if (sized) {
    const auto size = size_of(request.field("content-length"));
    if (!size) return refusal(400, "The Content-Length of the request is not a single whole number.\n");
    request.body_size = *size;
    request.body = *size == 0 ? HttpRequest::Body::none : HttpRequest::Body::sized;
  }
  request.expects_continue = !expectation.empty() && is_1_1 && request.body != HttpRequest::Body::none;
  return std::nullopt;
}

}  // namespace

std::string HttpRequest::field(std::string_view name) const {
  std::string value;
  for (const auto& [key, text] : fields)
    if (key == name) value += (value.empty() ? "" : ", ") + text;
  return value;
}

bool HttpRequest::has_field(std::string_view name) const {
  return std::ranges::any_of(fields, [&](const auto& row) { return row.first == name; });
}

std::string HttpRequest::media_type() const {
  const std::string type = field("content-type");
  return lower_case(trimmed(std::string_view(type).substr(0, type.find(';'))));
}

bool HttpRequest::accepts(std::string_view type) const {
  const std::string accept = field("accept");
  if (accept.empty()) return true;
  const std::string any_subtype = std::string(type.substr(0, type.find('/'))) + "/*";
  for (const std::string_view item : list_items(accept)) {
    const std::string range = lower_case(item);
    const std::string_view accepted = trimmed(std::string_view(range).substr(0, range.find(';')));
    if (accepted != type && accepted != any_subtype && accepted != "*/*") continue;
    const auto q = range.find("q=");
    // "q=0", "q=0.000": not accepted.
    if (q == range.npos || range.find_first_of("123456789", q) != range.npos) return true;
  }
  return false;
}

std::variant<HttpRequest, Reply> parse_request(std::string_view head) {
  HttpRequest request;
  bool is_first = true;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == head.npos ? head.size() : end + 2);
    if (std::exchange(is_first, false)) {
      if (auto refused = read_request_line(line, request)) return std::move(*refused);
      continue;
    }
    if (line.empty()) break;
    // Obsolete line folding (a line that begins with a blank) is refused: its name is not a token.
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)) || has_control(line.substr(colon), "\t"))
      return refusal(400, "A header field of the request is malformed.\n");
    if (request.fields.size() == kMaxFields) return refusal(431, "The request has more than 100 header fields.\n");
    request.fields.emplace_back(lower_case(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  if (auto refused = check_host(request, request.keeps_alive)) return std::move(*refused);
  if (auto refused = read_framing(request)) return std::move(*refused);
  return request;
}

}  // namespace cs
