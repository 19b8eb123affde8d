// SPDX-License-Identifier: MIT
#include "signalling/messages.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "control/input_messages.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

void check(const ProtocolError& error) {
  must(!error.error.code.empty() && error.error.message.ends_with('.'), "a refusal has a sentence");
  must(!test::has_control(error.error.message), "a refusal is one line");
  must(nlohmann::json::parse(to_json(error.error)).at("code") == error.error.code, "a refusal is valid JSON");
}

void check(const ClientOffered& offer) {
  must(offer.sdp.size() <= kMaxSdpBytes && !complaint_about_sdp(offer.sdp), "an offer is within its limits");
  must(nlohmann::json::parse(to_json(SendAnswer{.sdp = offer.sdp})).at("sdp") == offer.sdp, "an SDP survives JSON");
}

void check(const ClientTrickled& trickled) {
  const Candidate& candidate = trickled.candidate;
  must(candidate.text.size() <= kMaxCandidateBytes && candidate.mline_index <= kMaxMlineIndex,
       "a candidate is within its limits");
  must(!test::has_control(candidate.text) || candidate.text.find('\x7f') != std::string::npos,
       "a candidate has no control character except DEL");
  const ClientMessage again = parse_client_message(to_json(SendCandidate{candidate}));
  const auto* same = std::get_if<ClientTrickled>(&again);
  must(
      same != nullptr && same->candidate.text == candidate.text && same->candidate.mline_index == candidate.mline_index,
      "a serialised candidate parses to the same candidate");
}

void check(const ClientWantsStamp& /*request*/) {}

void check(const ControlWish& wish) {
  must(wish.resume.size() <= kMaxResumeKey, "a key is within its limit");
  must(wish.to == 0 || wish.what == ControlWish::Do::give, "only giving names a client");
}

void check(const ApplicationMessage& message) {
  must(message.json.size() <= kMaxApplicationBytes, "a message of the application is within its limit");
  must(nlohmann::json::accept(message.json), "a message of the application is JSON");
  const auto wrapped = nlohmann::json::parse(application_json(message.json));
  must(wrapped.at("data") == nlohmann::json::parse(message.json), "it survives being sent on");
}

void check(const InputMessage& /*message*/) {
  must(false, "text is never input");
}

void check(const ClockQuestion& question) {
  must(nlohmann::json::parse(tell_time(question)).at("id") == question.id, "the reply has the id of the request");
}

}  // namespace

void fuzz(std::string_view input) {
  std::visit([](const auto& message) { check(message); }, parse_client_message(input));
  // An error message is valid JSON with any content.
  const auto json = nlohmann::json::parse(to_json(SendError{"x", std::string(input)}));
  must(json.at("message").is_string(), "an error is valid JSON with any content");
  for (ProtocolError (*error)() : {too_many_messages, too_many_offers, message_too_large, too_much_input})
    check(error());
  if (const auto complaint = complaint_about_sdp(input)) check(ProtocolError{*complaint, kPolicyViolation});
}

}  // namespace cs
