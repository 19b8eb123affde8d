// SPDX-License-Identifier: MIT
#include "signalling/whep_handler.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "fuzz/fuzz.hpp"
#include "log/log.hpp"
#include "loop/inbox.hpp"
#include "signalling/messages.hpp"

namespace cs {
namespace {

using test::must;

constexpr std::size_t kMaxSessions = 4;
constexpr std::size_t kInbox = 32;  // events; small, so that it is sometimes full

/// The endpoint, and the side of the viewers in the registry.
class Players {
 public:
  /// Handles one part of an input: a request, or an event of the viewers.
  void take(std::string_view part) {
    if (part.starts_with("answer "))
      deliver(SendAnswer{std::string(part.substr(7))});
    else if (part.starts_with("error "))
      deliver(SendError{std::string(part.substr(6)), "It did not work."});
    else if (part.starts_with("close "))
      deliver(SendClose{kNormalClosure, std::string(part.substr(6))});
    else if (part.starts_with("candidate "))
      deliver(SendCandidate{{std::string(part.substr(10)), 0}});
    else if (part == "late")
      check(whep_.on_timeout(client_));
    else if (part == "gone")
      whep_.on_hang_up(client_);
    else if (part == "bye")
      check(whep_.end(client_));
    else if (part == "stop")
      whep_.stop();
    else if (part == "read")
      read_all();
    else
      request(part);
    const auto count = static_cast<std::int64_t>(whep_.clients().size());
    must(count == metrics_.get("net_whep_sessions").value() && count <= std::int64_t{kMaxSessions},
         "the sessions are counted and bounded");
  }

  /// Ends all sessions. Every client that joined must have left.
  void end() {
    for (const ClientId client : whep_.clients()) check(whep_.end(client));
    do read_all();
    while (registry_.is_behind() || inbox_.size() > 0);
    for (const auto& [client, joined] : joined_) must(!joined, "every joined client has left");
  }

 private:
  void request(std::string_view part) {
    std::string text(part);
    // The session ID and ETag are random; the input uses placeholders.
    replace(text, "SESSION", path_);
    replace(text, "ETAG", etag_);
    std::string_view rest = text;
    const std::string head = std::string(test::cut(rest, "\r\n\r\n")) + "\r\n\r\n";
    const auto parsed = parse_request(head);
    const auto* request = std::get_if<HttpRequest>(&parsed);
    if (request == nullptr) return;
    if (!whep_.owns(request->path)) return;
    const auto decision = whep_.on_head(*request);
    if (const auto* reply = std::get_if<Reply>(&decision)) return check(*reply);
    const auto limit = std::get<WhepHandler::WantsBody>(decision).limit;
    auto result = whep_.on_body(*request, std::string(rest.substr(0, limit)), ConnectionEnds{"192.0.2.1", ""});
    if (const auto* reply = std::get_if<Reply>(&result)) return check(*reply);
    client_ = std::get<WhepHandler::Later>(result).number;
    must(std::ranges::count(whep_.clients(), client_) == 1, "a client with a pending offer is known");
  }

  static void replace(std::string& text, std::string_view word, const std::string& other) {
    if (const auto at = text.find(word); at != text.npos) text.replace(at, word.size(), other);
  }

  void deliver(ServerMessage what) { check(whep_.on_event({client_, std::move(what)})); }

  void check(const std::optional<Reply>& reply) {
    if (!reply) return;
    must(reply->status < 400 || reply->body().ends_with(".\n"), "a refusal has a sentence");
    for (std::string_view lines = reply->fields; !lines.empty();) {
      std::string_view line = test::cut(lines, "\r\n");
      must(!test::has_control(line), "a client cannot inject header fields");
      const std::string_view name = test::cut(line, ": ");
      if (name == "Location") path_ = line;
      if (name == "ETag") etag_ = line;
    }
  }

  void read_all() {
    while (const auto event = inbox_.pop()) {
      bool& joined = joined_[event->client];
      if (std::holds_alternative<ClientJoined>(event->what)) {
        must(!joined, "a client joins once");
        joined = true;
      } else {
        must(joined, "only joined clients send events");
      }
      if (const auto* offer = std::get_if<ClientOffered>(&event->what))
        must(!complaint_about_sdp(offer->sdp) && offer->wants_whole_answer, "an offer is within its limits");
      if (std::holds_alternative<ClientLeft>(event->what)) joined = false;
    }
    registry_.tell_departed();
  }

  Metrics metrics_;
  Inbox<ClientEvent> inbox_{kInbox, 2, metrics_.get("refused")};
  ClientRegistry registry_{inbox_, [] {}};
  WhepHandler whep_{{.max_sessions = kMaxSessions,
                     .ice_servers = {.stun = "stun://a:1", .turn = {}, .turn_user = {}, .turn_pass = {}}},
                    registry_,
                    metrics_};
  ClientId client_ = 0;
  std::string path_ = "/whep/none";
  std::string etag_ = "\"none\"";
  std::map<ClientId, bool> joined_;
};

}  // namespace

/// Input: parts separated by lines of "%".
void fuzz(std::string_view input) {
  static const bool quiet = (start_logging(LogLevel::error, LogFormat::text), true);
  must(quiet, "");
  Players players;
  while (!input.empty()) players.take(test::cut(input, "\n%\n"));
  players.end();
}

}  // namespace cs
