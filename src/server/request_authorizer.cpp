// SPDX-License-Identifier: MIT
#include "server/request_authorizer.hpp"

#include <algorithm>
#include <utility>

#include "access/access_policy.hpp"
#include "access/base64url.hpp"
#include "base/embedded.hpp"
#include "base/text.hpp"
#include "log/plain_text.hpp"

namespace cs {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr std::string_view kScheme = "bearer ";
constexpr std::string_view kProtocol = "bearer.";
/// libwebsockets reads at most this many bytes of the protocol list.
constexpr std::size_t kMaxProtocols = 126;
constexpr std::size_t kMaxShown = 100;  // bytes of client input in a log line or reply

/// Whether a path needs no token: the files of the page, and the health checks.
bool is_open(std::string_view path) {
  if (path == "/" || path == "/healthz" || path == "/readyz") return true;
  return path.starts_with('/') &&
         std::ranges::find(embedded_page, path.substr(1), &EmbeddedFile::name) != std::ranges::end(embedded_page);
}

bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

/// A CORS preflight request. Browsers send no token with it.
bool is_preflight(const HttpRequest& request) {
  return request.method == Method::options && !request.field("access-control-request-method").empty();
}

/// Whether a page of another origin embeds this resource as an image, script or frame. Browsers send no Origin with
/// such requests, only Sec-Fetch-Site (with HTTPS or on localhost). Navigation by a link does not count.
bool is_cross_origin_subresource(const HttpRequest& request) {
  const std::string site = request.field("sec-fetch-site");
  return (site == "cross-site" || site == "same-site") && request.field("sec-fetch-dest") != "document";
}

bool is_whep(std::string_view path) {
  return path == "/whep" || path.starts_with("/whep/");
}

Reply preflight() {
  Reply reply;
  reply.status = 204;
  reply.add_field("Access-Control-Allow-Methods", "DELETE, GET, HEAD, POST");
  reply.add_field("Access-Control-Allow-Headers", "authorization, content-type, if-none-match");
  reply.add_field("Access-Control-Max-Age", "86400");
  return reply;
}

Reply unauthorized(std::string words, std::string_view challenge) {
  Reply reply = refusal(401, std::move(words));
  reply.add_field("WWW-Authenticate", "Bearer realm=\"cubestream\"" + std::string(challenge));
  return reply;
}

std::optional<TokenVerifier> verifier_for(const std::string& secret) {
  return secret.empty() ? std::nullopt : std::optional<TokenVerifier>(std::in_place, secret);
}

}  // namespace

std::string token_of(const HttpRequest& request) {
  const std::string field = request.field("authorization");
  if (lower_case(std::string_view(field).substr(0, kScheme.size())) == kScheme)
    return std::string(trimmed(std::string_view(field).substr(kScheme.size())));
  if (!request.wants_websocket) return "";
  const std::string protocols = request.field("sec-websocket-protocol");
  for (const std::string_view protocol : list_items(protocols))
    if (protocol.starts_with(kProtocol))
      // Invalid base64url counts as a wrong token, not as a missing one.
      return from_base64url(protocol.substr(kProtocol.size())).value_or(std::string(protocol));
  return "";
}

RequestAuthorizer::RequestAuthorizer(const AccessConfig& config, Reach reach, Scheme scheme, Metrics& metrics)
    : reach_(reach),
      scheme_(scheme),
      origins_(config.allowed_origins),
      verifier_(verifier_for(config.token)),
      common_fields_(browser_rules(config)),
      is_framed_elsewhere_(std::ranges::any_of(
          config.frame_ancestors, [](const std::string& source) { return source != "self" && source != "none"; })),
      log_(make_log("net")),
      hosts_refused_(metrics.get("net_hosts_refused_total")),
      origins_refused_(metrics.get("net_origins_refused_total")),
      missing_(metrics.get("net_auth_failures_total", {{"reason", "missing"}})),
      wrong_(metrics.get("net_auth_failures_total", {{"reason", "wrong"}})),
      expired_(metrics.get("net_auth_failures_total", {{"reason", "expired"}})),
      role_(metrics.get("net_auth_failures_total", {{"reason", "role"}})),
      limited_(metrics.get("net_auth_failures_total", {{"reason", "limited"}})),
      unremembered_(metrics.get("net_auth_unremembered_total")) {}

RequestAuthorizer::Decision RequestAuthorizer::authorize(const HttpRequest& request, std::string_view address,
                                                         Moment now) {
  Decision decision = decide(request, address, now);
  decision.fields += resource_policy(request.path);
  return decision;
}

/// Returns the header field for requests without an Origin, which do not reveal whether an allowed page sent them. A
/// page with Cross-Origin-Embedder-Policy can frame this page only with "cross-origin". Only public files get it then.
std::string RequestAuthorizer::resource_policy(std::string_view path) const {
  const bool is_public = origins_.allows_all() || (is_framed_elsewhere_ && is_open(path));
  return std::string("Cross-Origin-Resource-Policy: ") + (is_public ? "cross-origin" : "same-origin") + "\r\n";
}

RequestAuthorizer::Decision RequestAuthorizer::decide(const HttpRequest& request, std::string_view address,
                                                      Moment now) {
  const std::string host = request.field("host");
  // Browsers always send Host. HTTP/1.0 clients, which are not browsers, may omit it.
  if (reach_ == Reach::this_machine && request.has_field("host") && !origins_.is_name_of_loopback(host)) {
    hosts_refused_.add();
    return {refusal(421,
                    "This server accepts only requests to localhost. To use another host name, add its origin to "
                    "CS_ALLOWED_ORIGINS.\n"),
            {},
            {}};
  }
  if (is_open(request.path)) return {};
  // With several proxies, the first entry is the protocol that the browser used.
  const std::string protos = lower_case(request.field("x-forwarded-proto"));
  const std::string_view proto =
      scheme_ == Scheme::https ? "https" : trimmed(std::string_view(protos).substr(0, protos.find(',')));
  RequestOrigin origin = origins_.classify(request.field("origin"), host, proto);
  if (origin == RequestOrigin::none && !origins_.allows_all() && is_cross_origin_subresource(request))
    origin = RequestOrigin::other;
  Decision decision{.reply = check_origin(request, origin), .fields = fields_for(request, origin)};
  if (decision.reply) return decision;
  if (is_preflight(request) && !is_whep(request.path)) decision.reply = preflight();
  if (request.method != Method::options) decision.reply = check_token(request, address, now, decision.visitor);
  if (!decision.reply && request.wants_websocket && request.field("sec-websocket-protocol").size() > kMaxProtocols)
    decision.reply = refusal(400, "The Sec-WebSocket-Protocol header field is too long.\n");
  return decision;
}

std::optional<Reply> RequestAuthorizer::check_origin(const HttpRequest& request, RequestOrigin origin) {
  if (origin != RequestOrigin::other) return std::nullopt;
  origins_refused_.add();
  if (request.field("origin").empty())
    return refusal(
        403,
        "Pages of other origins cannot use this resource. A page in CS_ALLOWED_ORIGINS must send its origin, for "
        "example with <img crossorigin>.\n");
  const auto shown = [&](std::string_view name) { return plain_text(request.field(name).substr(0, kMaxShown)); };
  // Usually a reverse proxy that does not forward Host. The warning helps its administrator.
  const auto level = std::exchange(origin_warned_, true) ? LogLevel::debug : LogLevel::warn;
  log_->log(
      level,
      "request refused: the page origin {} does not match the host {}. A reverse proxy must forward the Host header; "
      "list other page origins in CS_ALLOWED_ORIGINS",
      shown("origin"), shown("host"));
  return refusal(403, "A page of another origin (" + shown("origin") +
                          ") cannot use this; CS_ALLOWED_ORIGINS lists the allowed ones.\n");
}

std::optional<Reply> RequestAuthorizer::check_token(const HttpRequest& request, std::string_view address, Moment now,
                                                    Visitor& visitor) {
  if (!verifier_) return std::nullopt;
  const std::string token = token_of(request);
  if (token.empty()) {
    missing_.add();
    return unauthorized("A token is required; open the link that you were given, or ask for one.\n", "");
  }
  const Clock::duration wait = failures_.wait(address, now.steady);
  const bool is_limited = wait > Clock::duration::zero();
  const auto result = verifier_->verify(token, now.wall,
                                        is_limited ? TokenVerifier::Secret::counts_not : TokenVerifier::Secret::counts);
  switch (result.finding) {
    case TokenVerifier::Finding::good:
      visitor = {.role = result.role, .name = result.name};
      if (result.role >= required_role(request.path, !is_safe(request.method))) return std::nullopt;
      role_.add();
      {
        Reply reply =
            refusal(403, "The role of your link (" + std::string(role_name(result.role)) + ") does not permit this.\n");
        reply.add_field("WWW-Authenticate", "Bearer realm=\"cubestream\", error=\"insufficient_scope\"");
        return reply;
      }
    case TokenVerifier::Finding::expired:
      expired_.add();
      return unauthorized("The link has expired; ask for a new one.\n",
                          ", error=\"invalid_token\", error_description=\"expired\"");
    case TokenVerifier::Finding::wrong:
      break;
  }
  if (is_limited) {
    limited_.add();
    Reply reply = refusal(429, "Too many wrong tokens came from your address; try again in a moment.\n");
    reply.add_field("Retry-After", std::to_string(ceil<seconds>(wait).count()));
    return reply;
  }
  wrong_.add();
  if (!failures_.note_failure(address, now.steady)) unremembered_.add();
  return unauthorized("The token is wrong; open the link that you were given again, or ask for a new one.\n",
                      ", error=\"invalid_token\", error_description=\"wrong\"");
}

std::string RequestAuthorizer::fields_for(const HttpRequest& request, RequestOrigin origin) const {
  if (origins_.allows_all()) return "Access-Control-Allow-Origin: *\r\n";
  if (!origins_.allows_some()) return "";
  // This origin is in the configured list, so it contains no unsafe characters.
  const std::string allowed =
      origin == RequestOrigin::allowed ? "Access-Control-Allow-Origin: " + request.field("origin") + "\r\n" : "";
  return allowed + "Vary: Origin\r\n";
}

std::string browser_rules(const AccessConfig& config) {
  std::string ancestors;
  for (const std::string& source : config.frame_ancestors)
    ancestors += (source == "self" || source == "none") ? " '" + source + "'" : " " + source;
  // The HTML contains no inline script or style, and the page loads only from this server.
  return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors" +
         ancestors +
         "\r\n"
         "X-Content-Type-Options: nosniff\r\n"
         "Referrer-Policy: no-referrer\r\n"
         "Cross-Origin-Opener-Policy: same-origin\r\n"
         // Pages with the same policy can only embed frames that also have it.
         "Cross-Origin-Embedder-Policy: require-corp\r\n"
         "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), "
         "usb=()\r\n";
}

}  // namespace cs
