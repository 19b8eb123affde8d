// SPDX-License-Identifier: MIT
#include "signalling/messages.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace cs {
namespace {

using Json = nlohmann::json;

ProtocolError refuse(std::string code, std::string message, std::uint16_t close_code = kPolicyViolation) {
  return {{std::move(code), std::move(message)}, close_code};
}

/// Returns the nesting depth of arrays and objects; ignores brackets in strings. Stops beyond the limit.
int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size() && deepest <= kMaxJsonDepth; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

/// Counts the lines that begin with "m=". Line ends may be CR, LF or CRLF.
int media_sections(std::string_view sdp) {
  int count = 0;
  for (std::size_t at = sdp.find("m="); at != sdp.npos; at = sdp.find("m=", at + 2))
    if (at == 0 || sdp[at - 1] == '\n' || sdp[at - 1] == '\r') ++count;
  return count;
}

ClientMessage parse_offer(const Json& object) {
  const auto sdp = object.find("sdp");
  if (sdp == object.end() || !sdp->is_string())
    return refuse("bad-message", "An offer needs the string field \"sdp\".");
  auto text = sdp->get<std::string>();
  if (auto wrong = complaint_about_sdp(text)) return ProtocolError{std::move(*wrong), kPolicyViolation};
  return ClientOffered{std::move(text)};
}

/// The index of the media section of a candidate. Browsers may omit it or send null, which means 0.
std::optional<unsigned> mline_index(const Json& object) {
  const auto index = object.find("sdpMLineIndex");
  if (index == object.end() || index->is_null()) return 0;
  if (!index->is_number_unsigned() || index->get<std::uint64_t>() > kMaxMlineIndex) return std::nullopt;
  return index->get<unsigned>();
}

ClientMessage parse_candidate(const Json& object) {
  const auto index = mline_index(object);
  if (!index)
    return refuse("bad-message", "A candidate's \"sdpMLineIndex\" must be a whole number from 0 to " +
                                     std::to_string(kMaxMlineIndex) + ".");
  const auto candidate = object.find("candidate");
  if (candidate == object.end() || candidate->is_null()) return ClientTrickled{{"", *index}};
  if (!candidate->is_string()) return refuse("bad-message", "In a message \"ice\", \"candidate\" must be a string.");
  auto text = candidate->get<std::string>();
  if (text.size() > kMaxCandidateBytes) return refuse("candidate-too-large", "A candidate is larger than 1 KB.");
  if (has_control(text, "\x7f")) return refuse("bad-message", "A candidate contains a control character.");
  return ClientTrickled{{std::move(text), *index}};
}

ClientMessage parse_clock(const Json& object) {
  const auto id = object.find("id");
  if (id == object.end() || !id->is_number_unsigned())
    return refuse("bad-message", "In a message \"clock\", \"id\" must be a non-negative whole number.");
  return ClockQuestion{id->get<std::uint64_t>()};
}

ClientMessage parse_stamp(const Json& object) {
  const auto on = object.find("on");
  if (on == object.end() || !on->is_boolean())
    return refuse("bad-message", "In a message \"stamp\", \"on\" must be true or false.");
  return ClientWantsStamp{on->get<bool>()};
}

ClientMessage parse_control(const Json& object) {
  constexpr std::pair<std::string_view, ControlWish::Do> kWishes[] = {{"follow", ControlWish::Do::follow},
                                                                      {"take", ControlWish::Do::take},
                                                                      {"give", ControlWish::Do::give},
                                                                      {"keep", ControlWish::Do::keep},
                                                                      {"release", ControlWish::Do::release}};
  const auto what = object.find("do");
  const auto row = std::ranges::find_if(
      kWishes, [&](const auto& each) { return what != object.end() && what->is_string() && *what == each.first; });
  if (row == std::ranges::end(kWishes))
    return refuse("bad-message",
                  R"(In a message "control", "do" must be "follow", "take", "give", "keep" or "release".)");
  ControlWish wish{.what = row->second};
  if (wish.what == ControlWish::Do::give) {
    const auto to = object.find("to");
    if (to == object.end() || !to->is_number_unsigned())
      return refuse("bad-message", R"(To give control needs "to", the number of a viewer.)");
    wish.to = to->get<ClientId>();
  }
  const auto resume = object.find("resume");
  if (resume != object.end() && resume->is_string()) wish.resume = resume->get<std::string>();
  if (wish.resume.size() > kMaxResumeKey) wish.resume.clear();
  return wish;
}

ClientMessage parse_application_message(const Json& object) {
  const auto data = object.find("data");
  if (data == object.end()) return refuse("bad-message", R"(A message "message" needs the field "data".)");
  std::string json = data->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (json.size() > kMaxApplicationBytes)
    return refuse("message-too-large", R"(The "data" of a message is larger than 16 KB.)", 0);
  return ApplicationMessage{std::move(json)};
}

template <typename Time>
double milliseconds(Time time) {
  return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
}

/// Serialises JSON. Invalid UTF-8, for example in an error message, becomes U+FFFD; otherwise dump() would throw.
std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::optional<SendError> complaint_about_sdp(std::string_view sdp) {
  if (sdp.size() > kMaxSdpBytes) return SendError{"sdp-too-large", "The SDP of the offer is larger than 128 KB."};
  if (sdp.find('\0') != sdp.npos) return SendError{"bad-message", "The SDP of the offer contains a NUL character."};
  if (media_sections(sdp) > kMaxMediaSections)
    return SendError{"too-many-media", "The SDP of the offer has more than 32 media sections."};
  return std::nullopt;
}

ClientMessage parse_client_message(std::string_view text) {
  if (text.size() > kMaxMessageBytes) return message_too_large();
  if (json_depth(text) > kMaxJsonDepth)
    return refuse("too-deep", "The JSON of the message is nested deeper than 8 levels.");
  const Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded()) return refuse("bad-json", "The message is not valid UTF-8 JSON.");
  if (!object.is_object()) return refuse("bad-message", "The message is not a JSON object.");
  const auto type = object.find("type");
  if (type == object.end() || !type->is_string())
    return refuse("bad-message", "The message has no string field \"type\".");
  if (*type == "offer") return parse_offer(object);
  if (*type == "ice") return parse_candidate(object);
  if (*type == "clock") return parse_clock(object);
  if (*type == "stamp") return parse_stamp(object);
  if (*type == "control") return parse_control(object);
  if (*type == "message") return parse_application_message(object);
  // A newer page may send message types that this server does not know. The connection stays open.
  return refuse(
      "unknown-type",
      R"(Unknown message type; the server supports "offer", "ice", "clock", "stamp", "control" and "message".)", 0);
}

std::string to_json(const SendAnswer& answer) {
  nlohmann::ordered_json json = {{"type", "answer"}, {"sdp", answer.sdp}};
  if (const auto& clock = answer.media_clock)
    json["mediaClock"] = {{"rtpTimestamp", clock->rtp_timestamp}, {"steadyMs", milliseconds(clock->time)}};
  return dump(json);
}

std::string to_json(const SendCandidate& trickle) {
  return dump(
      {{"type", "ice"}, {"candidate", trickle.candidate.text}, {"sdpMLineIndex", trickle.candidate.mline_index}});
}

std::string to_json(const SendNetwork& network) {
  nlohmann::ordered_json json = {{"type", "network"}, {"slow", network.slow}};
  if (network.carries_kbps > 0) json["kbps"] = network.carries_kbps;
  if (network.smaller) {
    json["width"] = network.smaller->width;
    json["height"] = network.smaller->height;
  }
  return dump(json);
}

std::string notice_json(std::string_view notice) {
  return dump({{"type", "notice"}, {"text", notice}});
}

std::string to_json(const SendError& error) {
  return dump({{"type", "error"}, {"code", error.code}, {"message", error.message}});
}

std::string tell_time(const ClockQuestion& question) {
  return dump({{"type", "clock"},
               {"id", question.id},
               {"wallMs", milliseconds(std::chrono::system_clock::now())},
               {"steadyMs", milliseconds(Clock::now())}});
}

ProtocolError too_many_messages() {
  ProtocolError flood = refuse("too-many-messages", "Too many messages: the limit is 50 per second; reconnect.");
  flood.is_flood = true;
  return flood;
}

ProtocolError too_many_offers() {
  ProtocolError flood = refuse("too-many-offers", "Too many offers: the limit is one per second; reconnect.");
  flood.is_flood = true;
  return flood;
}

ProtocolError message_too_large() {
  return refuse("too-large", "The message is larger than 192 KB.", kMessageTooBig);
}

ProtocolError bad_input(std::string sentence) {
  return refuse("bad-input", std::move(sentence));
}

ProtocolError too_much_input() {
  ProtocolError flood = refuse("too-much-input", "Too much input: the limit is 4000 events per second; reconnect.");
  flood.is_flood = true;
  return flood;
}

}  // namespace cs
