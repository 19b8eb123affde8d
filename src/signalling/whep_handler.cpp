// SPDX-License-Identifier: MIT
#include "signalling/whep_handler.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"
#include "signalling/messages.hpp"
#include "signalling/page_config.hpp"
#include "signalling/sdp_fragment.hpp"

namespace cs {
namespace {

constexpr std::string_view kEndpoint = "/whep";
constexpr std::string_view kOffer = "application/sdp";
constexpr std::string_view kFragment = "application/trickle-ice-sdpfrag";
constexpr std::size_t kMaxFragmentBytes = 16 * 1024;
constexpr int kBusySeconds = 1;

constexpr std::string_view kEndpointMethods = "GET, HEAD, OPTIONS, POST";
constexpr std::string_view kSessionMethods = "DELETE, GET, HEAD, OPTIONS, PATCH";

/// Adds the CORS fields for players in pages of other origins. The request authorizer decides which origins are
/// allowed.
Reply shared(Reply reply) {
  reply.add_field("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST");
  reply.add_field("Access-Control-Allow-Headers", "authorization, content-type, if-match");
  reply.add_field("Access-Control-Expose-Headers",
                  "Accept-Patch, Accept-Post, Allow, ETag, Link, Location, Retry-After, WWW-Authenticate");
  reply.add_field("Access-Control-Max-Age", "86400");
  return reply;
}

Reply done(int status) {
  Reply reply;
  reply.status = status;
  return shared(std::move(reply));
}

Reply options(std::string_view methods) {
  Reply reply = done(204);
  reply.add_field("Allow", methods);
  reply.add_field("Accept-Post", kOffer);
  reply.add_field("Accept-Patch", kFragment);
  return reply;
}

enum class Match { yes, no, missing };

/// Evaluates If-Match (RFC 9110, section 13.1.1). The figures of both documents quote the asterisk, and so do clients.
Match if_match(const std::string& field, const std::string& etag) {
  const auto tags = list_items(field);
  if (tags.empty()) return Match::missing;
  const bool matches = std::any_of(tags.begin(), tags.end(),
                                   [&](std::string_view tag) { return tag == etag || tag == "*" || tag == "\"*\""; });
  return matches ? Match::yes : Match::no;
}

}  // namespace

WhepHandler::WhepHandler(Config config, ClientRegistry& registry, Metrics& metrics)
    : ice_servers_(std::move(config.ice_servers)),
      refused_(metrics.get("net_whep_refused_total")),
      sessions_(config.max_sessions, registry, metrics) {}

bool WhepHandler::owns(std::string_view path) const {
  return path == kEndpoint || (path.starts_with(kEndpoint) && path[kEndpoint.size()] == '/');
}

RequestHandler::HeadAction WhepHandler::on_head(const HttpRequest& request) {
  return request.path == kEndpoint ? on_endpoint(request) : on_session(request);
}

RequestHandler::HeadAction WhepHandler::on_endpoint(const HttpRequest& request) {
  switch (request.method) {
    case Method::options:
      return options(kEndpointMethods);
    case Method::get:
    case Method::head:
      return done(204);  // section 4.1: a 2xx without content
    case Method::post:
      break;
    default: {
      Reply reply = refuse(405, "This method is not allowed; send an offer by POST.\n");
      reply.add_field("Allow", kEndpointMethods);
      return reply;
    }
  }
  if (request.media_type() != kOffer) return refuse(415, "An offer needs the Content-Type application/sdp.\n");
  if (!request.accepts(kOffer)) return refuse(406, "The answer has the type application/sdp, which Accept excludes.\n");
  if (request.body == HttpRequest::Body::none)
    return refuse(400, "The request has no body; it must contain the offer.\n");
  if (request.body_size > kMaxSdpBytes) return refuse(413, "The SDP of the offer is larger than 128 KB.\n");
  if (is_stopping_) return refuse(503, "The server is shutting down.\n", kBusySeconds);
  if (!sessions_.has_room()) return refuse(503, "The server is busy; try again in a moment.\n", kBusySeconds);
  return WantsBody{kMaxSdpBytes};
}

RequestHandler::HeadAction WhepHandler::on_session(const HttpRequest& request) {
  // A CORS preflight succeeds for unknown sessions too; the actual request then gets 404.
  if (request.method == Method::options) return options(kSessionMethods);
  WhepSession* const session = session_at(request.path);
  if (session == nullptr) return refuse(404, "The session does not exist or has ended.\n");
  switch (request.method) {
    case Method::get:
    case Method::head:
      return done(204);  // section 4.1
    case Method::erase:
      // Section 4.4.1: If-Match is ignored.
      sessions_.end(*session, {"deleted by the client", true});
      return done(200);
    case Method::patch:
      break;
    default: {
      Reply reply = refuse(405, "This method is not allowed; send candidates by PATCH, end the session by DELETE.\n");
      reply.add_field("Allow", kSessionMethods);
      return reply;
    }
  }
  if (request.media_type() != kFragment) {
    Reply reply = refuse(415, "Candidates need the Content-Type application/trickle-ice-sdpfrag.\n");
    reply.add_field("Accept-Patch", kFragment);  // RFC 5789, section 2.2
    return reply;
  }
  if (request.body == HttpRequest::Body::none)
    return refuse(400, "The request has no body; it must contain candidates.\n");
  if (request.body_size > kMaxFragmentBytes) return refuse(413, "The SDP fragment is larger than 16 KB.\n");
  if (!session->patches.take(Clock::now())) return refuse(429, "Too many PATCH requests; try again in a moment.\n", 1);
  switch (if_match(request.field("if-match"), session->etag)) {  // section 4.4.1
    case Match::missing:
      return refuse(428, "The request needs the header field If-Match with the ETag of the session.\n");
    case Match::no:
      return refuse(412, "If-Match does not match the ETag of the session.\n");
    case Match::yes:
      break;
  }
  return WantsBody{kMaxFragmentBytes};
}

RequestHandler::BodyAction WhepHandler::on_body(const HttpRequest& request, std::string body,
                                                const ConnectionEnds& from) {
  if (request.path == kEndpoint) return offer(body, from);
  const WhepSession* const session = session_at(request.path);
  return session == nullptr ? refuse(404, "The session has ended.\n") : trickle(*session, body);
}

RequestHandler::BodyAction WhepHandler::offer(const std::string& sdp, const ConnectionEnds& from) {
  if (sdp.empty()) return refuse(400, "The request body is empty; it must contain the offer.\n");
  if (const auto wrong = complaint_about_sdp(sdp)) return refuse(400, wrong->message + "\n");
  std::string secret = random_id();
  if (secret.empty()) return refuse(500, "The server cannot create a session ID.\n");
  if (!is_stopping_ && sessions_.has_room())
    if (const auto client = sessions_.begin(std::move(secret), '"' + random_id() + '"', sdp, from))
      return Later{*client};
  return refuse(503, "The server is busy; try again in a moment.\n", kBusySeconds);
}

Reply WhepHandler::trickle(const WhepSession& session, const std::string& fragment) {
  auto read = read_fragment(fragment, session.offer);
  if (const auto* wrong = std::get_if<FragmentRefusal>(&read)) {
    const std::string words = "The SDP fragment is refused: " + wrong->words;
    switch (wrong->why) {
      case FragmentRefusal::Why::restart:  // section 4.4.1: trickle ICE without restarts; 4.4.3: the session continues
        return refuse(422, words + ". An ICE restart is not supported; create a new session.\n");
      case FragmentRefusal::Why::too_many:
        return refuse(413, words + ".\n");
      case FragmentRefusal::Why::malformed:
        return refuse(400, words + ".\n");
    }
  }
  for (Candidate& candidate : std::get<FragmentCandidates>(read))
    if (!sessions_.trickle(session, std::move(candidate)))
      return refuse(503, "The server is busy; send the candidates again in a moment.\n", kBusySeconds);
  return done(204);
}

Reply WhepHandler::created(const WhepSession& session, const std::string& sdp) const {
  Reply reply = done(201);
  reply.content_type = kOffer;
  reply.text = sdp;
  // Relative to the endpoint (RFC 9110, section 10.2.2), because a proxy may map it to an unknown folder.
  reply.add_field("Location", std::string(kEndpoint.substr(1)) + "/" + session.secret);
  reply.add_field("ETag", session.etag);
  reply.add_field("Accept-Patch", kFragment);
  for (const std::string& link : ice_links(ice_servers_)) reply.add_field("Link", link);
  return reply;
}

std::optional<Reply> WhepHandler::on_event(const ServerEvent& event) {
  WhepSession* const session = sessions_.find(event.client);
  if (session == nullptr) return std::nullopt;
  const bool is_open = session->is_open;
  if (const auto* answer = std::get_if<SendAnswer>(&event.what)) {
    session->is_open = true;
    session->offer = answer->offered;
    if (!is_open) return created(*session, answer->sdp);
  } else if (const auto* error = std::get_if<SendError>(&event.what)) {
    if (!is_open) {
      sessions_.end(*session, {"refused, " + error->code, true});
      return refuse(error_code(error->code), error->message + "\n");
    }
    client_log(event.client)
        ->debug("error not delivered, WHEP has no message for it: {} ({})", error->message, error->code);
  } else if (const auto* close = std::get_if<SendClose>(&event.what)) {
    sessions_.end(*session, {"closed by the server, " + std::to_string(close->code) + " " + close->reason, true});
    // The preceding error was lost in a full queue. The close reason is its code word.
    if (!is_open) return refuse(error_code(close->reason), "The server refused the offer: " + close->reason + ".\n");
  }
  return std::nullopt;  // candidates are in the answer; WHEP cannot deliver other events
}

Reply WhepHandler::on_timeout(std::uint64_t number) {
  if (const WhepSession* const session = sessions_.find(number))
    sessions_.end(*session, {"the offer was not answered in time", true});
  client_log(number)->warn("WHEP offer not answered in time");
  return refuse(504, "The server did not answer the offer in time.\n", kBusySeconds);
}

void WhepHandler::on_hang_up(std::uint64_t number) {
  if (const WhepSession* const session = sessions_.find(number))
    sessions_.end(*session, {"disconnected before the offer was answered", false});
}

std::optional<Reply> WhepHandler::end(ClientId client) {
  const WhepSession* const session = sessions_.find(client);
  if (session == nullptr) return std::nullopt;
  const bool was_open = session->is_open;
  sessions_.end(*session, {"the server stops", true});
  if (was_open) return std::nullopt;
  return refuse(503, "The server is shutting down.\n", kBusySeconds);
}

WhepSession* WhepHandler::session_at(std::string_view path) {
  return sessions_.find_open(path.substr(kEndpoint.size() + 1));
}

Reply WhepHandler::complete_refusal(Reply reply) {
  refused_.add();
  return shared(std::move(reply));
}

Reply WhepHandler::refuse(int status, std::string sentence, int retry_after_seconds) {
  Reply reply;
  reply.status = status;
  reply.text = std::move(sentence);
  if (retry_after_seconds != 0) reply.add_field("Retry-After", std::to_string(retry_after_seconds));
  return complete_refusal(std::move(reply));
}

}  // namespace cs
