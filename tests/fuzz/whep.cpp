// SPDX-License-Identifier: MIT
#include "signalling/whep_handler.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "base/inbox.hpp"
#include "base/log.hpp"
#include "fuzz/fuzz.hpp"
#include "signalling/messages.hpp"

namespace cs {
namespace {

using test::must;

constexpr std::size_t kMaxSessions = 4;
constexpr std::size_t kInbox = 32;  // small, so that it is full at times

/// The endpoint and the viewers' side of the registry.
class Players {
 public:
  /// The parts of an input: a request, or what the viewers say.
  void take(std::string_view part) {
    if (part.starts_with("answer "))
      hear(SendAnswer{std::string(part.substr(7))});
    else if (part.starts_with("error "))
      hear(SendError{std::string(part.substr(6)), "It did not work."});
    else if (part.starts_with("close "))
      hear(SendClose{kNormalClosure, std::string(part.substr(6))});
    else if (part.starts_with("candidate "))
      hear(SendCandidate{{std::string(part.substr(10)), 0}});
    else if (part == "late")
      look(whep_.on_timeout(client_));
    else if (part == "gone")
      whep_.on_hang_up(client_);
    else if (part == "bye")
      look(whep_.end(client_));
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

  /// The end of all: whoever came has left.
  void end() {
    for (const ClientId client : whep_.clients()) look(whep_.end(client));
    do read_all();
    while (registry_.is_behind() || inbox_.size() > 0);
    for (const auto& [client, here] : here_) must(!here, "who came has left");
  }

 private:
  void request(std::string_view part) {
    std::string text(part);
    // A session's address and tag are secret: a test asks by another word.
    replace(text, "SESSION", path_);
    replace(text, "ETAG", etag_);
    std::string_view rest = text;
    const std::string head = std::string(test::cut(rest, "\r\n\r\n")) + "\r\n\r\n";
    const auto parsed = parse_request(head);
    const auto* request = std::get_if<HttpRequest>(&parsed);
    if (request == nullptr) return;
    if (!whep_.owns(request->path)) return;
    const auto decision = whep_.on_head(*request);
    if (const auto* reply = std::get_if<Reply>(&decision)) return look(*reply);
    const auto limit = std::get<WhepHandler::WantsBody>(decision).limit;
    auto result = whep_.on_body(*request, std::string(rest.substr(0, limit)), ConnectionEnds{"192.0.2.1", ""});
    if (const auto* reply = std::get_if<Reply>(&result)) return look(*reply);
    client_ = std::get<WhepHandler::Later>(result).number;
    must(std::ranges::count(whep_.clients(), client_) == 1, "whose offer waits is known");
  }

  static void replace(std::string& text, std::string_view word, const std::string& other) {
    if (const auto at = text.find(word); at != text.npos) text.replace(at, word.size(), other);
  }

  void hear(decltype(ServerEvent::what) what) { look(whep_.on_event({client_, std::move(what)})); }

  void look(const std::optional<Reply>& reply) {
    if (!reply) return;
    must(reply->status < 400 || reply->body().ends_with(".\n"), "what is refused has a sentence");
    for (std::string_view lines = reply->fields; !lines.empty();) {
      std::string_view line = test::cut(lines, "\r\n");
      must(!test::has_control(line), "no client writes our header fields");
      const std::string_view name = test::cut(line, ": ");
      if (name == "Location") path_ = line;
      if (name == "ETag") etag_ = line;
    }
  }

  void read_all() {
    while (const auto event = inbox_.pop()) {
      bool& here = here_[event->client];
      if (std::holds_alternative<ClientJoined>(event->what)) {
        must(!here, "who comes was not here");
        here = true;
      } else {
        must(here, "who speaks or leaves is here");
      }
      if (const auto* offer = std::get_if<ClientOffered>(&event->what))
        must(!complaint_about_sdp(offer->sdp) && offer->wants_whole_answer, "an offer is within its bounds");
      if (std::holds_alternative<ClientLeft>(event->what)) here = false;
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
  std::map<ClientId, bool> here_;
};

}  // namespace

/// What happens, cut by lines of "%".
void fuzz(std::string_view input) {
  static const bool quiet = (start_logging(LogLevel::error, LogFormat::text), true);
  must(quiet, "");
  Players players;
  while (!input.empty()) players.take(test::cut(input, "\n%\n"));
  players.end();
}

}  // namespace cs
