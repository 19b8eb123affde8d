// SPDX-License-Identifier: MIT
#include "server/request_authorizer.hpp"

#include <glib.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <variant>
#include <vector>

#include "access/access_policy.hpp"
#include "access/base64url.hpp"
#include "access/link_token.hpp"
#include "base/embedded.hpp"
#include "base/text.hpp"
#include "fuzz/fuzz.hpp"
#include "log/log.hpp"
#include "network/origin.hpp"
#include "network/peer.hpp"
#include "server/forwarded.hpp"

namespace cs {
namespace {

constexpr EmbeddedFile kPage[] = {{"page.js", ""}};

}  // namespace

const std::span<const EmbeddedFile> embedded_page(kPage);

namespace {

using std::chrono::seconds;
using test::must;

const std::string kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::chrono::sys_seconds kWall{seconds(1'764'123'456)};

bool is_line(std::string_view text) {
  return !test::has_control(text) && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) == TRUE;
}

void must_be_lines(std::string_view fields) {
  must(fields.empty() || fields.ends_with("\r\n"), "a header field ends with CRLF");
  while (!fields.empty()) {
    std::string_view line = test::cut(fields, "\r\n");
    must(!test::has_control(line), "a client cannot inject header fields");
    must(!test::cut(line, ": ").empty() && !line.empty(), "a header field has a name and a value");
  }
}

/// Whether a token permits an action that needs this role. Computed independently of the authorizer, with the key of
/// the tokens.
bool permits(std::string_view token, Role needed) {
  if (token == kSecret) return true;
  const auto read = read_link_token(token, *link_key(kSecret), kWall);
  const auto* grant = std::get_if<LinkGrant>(&read);
  return grant != nullptr && grant->role >= needed;
}

/// A request authorizer and its expected decisions.
class AuthorizerFixture {
 public:
  AuthorizerFixture(const AccessConfig& config, RequestAuthorizer::Reach reach, RequestAuthorizer::Scheme scheme)
      : config_(config), reach_(reach), authorizer_(config, reach, scheme, metrics_) {
    must_be_lines(authorizer_.common_fields());
  }

  void ask(const HttpRequest& request, const std::string& address, TimePoint now) {
    const std::int64_t before = refused();
    const auto decision = authorizer_.authorize(request, address, {.steady = now, .wall = kWall});
    must_be_lines(decision.fields);
    if (decision.reply)
      check(*decision.reply, before);
    else
      check_allowed(request);
    check_cors(decision.fields);
  }

 private:
  void check(const Reply& reply, std::int64_t before) {
    must_be_lines(reply.fields);
    const std::string head = reply.head(false, authorizer_.common_fields());
    must(head.starts_with("HTTP/1.1 " + std::to_string(reply.status) + " ") && head.find("\r\n\r\n") == head.size() - 4,
         "a reply has one head");
    must(reply.status == 204 || reply.body().ends_with(".\n"), "a refusal has a sentence");
    must(is_line(reply.body().substr(0, reply.body().size() - (reply.status == 204 ? 0 : 1))), "a refusal is one line");
    must(refused() - before == (reply.status == 204 || reply.status == 400 ? 0 : 1), "a refusal is counted");
  }

  void check_allowed(const HttpRequest& request) {
    const Authority none;
    const auto host = Authority::parse(request.field("host")).value_or(none);
    if (reach_ == RequestAuthorizer::Reach::this_machine && !request.field("host").empty())
      must(host.host == "localhost" || host.host.starts_with("127.") || host.host == "[::1]" ||
               host.host == "cube.example",
           "only local host names are accepted on loopback");
    if (request.path == "/" || request.path == "/page.js" || request.path == "/healthz" || request.path == "/readyz")
      return;
    const auto origin = Origin::parse(request.field("origin"));
    const bool is_allowed = request.field("origin").empty() || contains(config_.allowed_origins, "*") ||
                            (origin && (origin->host == host.host || origin->host == "cube.example"));
    must(is_allowed, "pages of other origins are refused");
    if (config_.token.empty() || request.method == Method::options) return;
    const bool changes = request.method != Method::get && request.method != Method::head;
    must(permits(token_of(request), required_role(request.path, changes)),
         "a request without a valid token is refused");
  }

  void check_cors(std::string_view fields) const {
    constexpr std::string_view kAllow = "Access-Control-Allow-Origin: ";
    if (!fields.starts_with(kAllow)) return;
    const auto origin = Origin::parse(fields.substr(kAllow.size(), fields.find("\r\n") - kAllow.size()));
    must(contains(config_.allowed_origins, "*") || (origin && origin->host == "cube.example"),
         "pages of other origins get no CORS permission");
  }

  static bool contains(const std::vector<std::string>& list, std::string_view what) {
    return std::ranges::find(list, what) != list.end();
  }

  std::int64_t refused() const {
    return metrics_.total("net_auth_failures_total") + metrics_.total("net_hosts_refused_total") +
           metrics_.total("net_origins_refused_total");
  }

  const AccessConfig config_;
  const RequestAuthorizer::Reach reach_;
  Metrics metrics_;
  RequestAuthorizer authorizer_;
};

/// Parses the value of a header field as each supported type.
void check_value(std::string_view text) {
  if (const auto authority = Authority::parse(text)) {
    must(!authority->host.empty() && authority->host == lower_case(authority->host), "a host is in lower case");
    const std::string again = authority->host + (authority->port ? ":" + std::to_string(*authority->port) : "");
    must(Authority::parse(again) == authority, "a serialised host parses to the same host");
  }
  if (const auto origin = Origin::parse(text))
    must(Origin::parse(origin->scheme + "://" + origin->host + ":" + std::to_string(origin->port)) == origin,
         "a serialised origin parses to the same origin");
  if (const auto address = IpAddress::parse(text)) {
    must(IpAddress::parse(address->text()) == address, "a serialised address parses to the same address");
    const auto prefix = IpPrefix::parse(text);
    must(prefix && prefix->contains(*address), "an address is a prefix that contains it");
  }
  must(!client_network(std::string(text)).empty() || text.empty() || IpAddress::parse(text),
       "every address has a client network");
}

/// Returns the client address of a request.
std::string client_of(const HttpRequest& request, const std::string& peer) {
  static const std::vector<IpPrefix> trusted = {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("fd00::/8")};
  must(forwarded_for(request, peer, {}) == peer, "without trusted proxies the client is the peer");
  const std::string client = forwarded_for(request, peer, trusted);
  if (!is_trusted(peer, trusted)) must(client == peer, "only a trusted proxy can set the client");
  if (client != peer) {
    const auto address = IpAddress::parse(client);
    must(address && address->text() == client, "the client is an address");
  }
  return client;
}

void replace(std::string& text, std::string_view word, const std::string& other) {
  if (const auto at = text.find(word); at != text.npos) text.replace(at, word.size(), other);
}

}  // namespace

/// Input: parts separated by lines of "%": "from ADDRESS", "wait SECONDS", or the head of a request. In a head, SECRET,
/// VIEW, CONTROL, EXPIRED and PROTOCOL are replaced by tokens that a fuzzer cannot guess.
void fuzz(std::string_view input) {
  static const bool quiet = (start_logging(LogLevel::error, LogFormat::text), true);
  must(quiet, "");
  const auto link = [](Role role, seconds lasts) {
    return *write_link_token({role, kWall + lasts}, *link_key(kSecret));
  };
  static const std::string view = link(Role::view, seconds(1));
  static const std::string control = link(Role::control, seconds(1));
  static const std::string expired = link(Role::control, seconds(0));

  AuthorizerFixture open({.allowed_origins = {"*"}}, RequestAuthorizer::Reach::others, RequestAuthorizer::Scheme::http);
  AuthorizerFixture closed({.token = kSecret, .allowed_origins = {"https://cube.example"}, .frame_ancestors = {"none"}},
                           RequestAuthorizer::Reach::others, RequestAuthorizer::Scheme::https);
  AuthorizerFixture own(
      {.token = kSecret, .allowed_origins = {"http://cube.example"}, .frame_ancestors = {"https://a.example"}},
      RequestAuthorizer::Reach::this_machine, RequestAuthorizer::Scheme::http);
  std::string peer = "192.0.2.1";
  TimePoint now{seconds(3600)};
  while (!input.empty()) {
    std::string part(test::cut(input, "\n%\n"));
    if (part.starts_with("from ")) {
      peer = part.substr(5);
    } else if (part.starts_with("wait ")) {
      unsigned short time = 0;
      std::from_chars(part.data() + 5, part.data() + part.size(), time);
      now += seconds(time);
    } else {
      replace(part, "SECRET", kSecret);
      replace(part, "VIEW", view);
      replace(part, "CONTROL", control);
      replace(part, "EXPIRED", expired);
      replace(part, "PROTOCOL", base64url(kSecret));
      const auto parsed = parse_request(part);
      const auto* request = std::get_if<HttpRequest>(&parsed);
      if (request == nullptr) continue;
      for (const auto& [name, value] : request->fields) check_value(value);
      const std::string client = client_of(*request, peer);
      for (AuthorizerFixture* fixture : {&open, &closed, &own}) fixture->ask(*request, client, now);
    }
  }
}

}  // namespace cs
