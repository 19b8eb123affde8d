// SPDX-License-Identifier: MIT
#include "control/input_hub.hpp"

#include <utility>
#include <variant>

#include "control/input_messages.hpp"
#include "log/plain_text.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kTickEvery{250};
constexpr std::chrono::milliseconds kPointersEvery{66};

InputRouter::Config router_config(const InputHub::Config& config) {
  return {.mode = config.mode == ControlMode::automatic ? ControlMode::one : config.mode,
          .token = {.idle = config.idle}};
}

}  // namespace

InputHub::InputHub(const Config& config, InputSlot& slot, Send send, Metrics& metrics)
    : config_(config),
      send_(std::move(send)),
      log_(make_log("control")),
      router_(router_config(config), slot, metrics) {}

std::optional<InputError> InputHub::on_message(ClientId client, const Visitor& visitor, const ControlWish& wish,
                                               TimePoint now) {
  const bool is_known = followers_.contains(client);
  if (wish.what == ControlWish::Do::follow && !is_known) {
    std::string why = objection(visitor);
    router_.join(client, why.empty(), visitor.name, wish.resume, now);
    send_(client, scene_json(wish_), Priority::needed);
    followers_.emplace(client, std::move(why));
    if (!publish()) send_control(client);
    return std::nullopt;
  }
  if (!is_known) return InputError{"A message \"control\" with \"do\":\"follow\" must come first."};
  switch (wish.what) {
    case ControlWish::Do::follow:
      break;
    case ControlWish::Do::take:
      router_.want(client, now);
      break;
    case ControlWish::Do::give:
      router_.give(client, wish.to, now);
      break;
    case ControlWish::Do::keep:
      router_.keep(client, now);
      break;
    case ControlWish::Do::release:
      router_.release(client, now);
      break;
  }
  publish();
  return std::nullopt;
}

std::optional<InputError> InputHub::on_message(ClientId client, ApplicationMessage message, TimePoint now) {
  const auto outcome = router_.take_message(client, std::move(message.json), now);
  publish();
  if (outcome == InputRouter::Outcome::flood) return InputError{};
  return std::nullopt;
}

std::optional<InputError> InputHub::on_message(ClientId client, const InputMessage& message, TimePoint now) {
  if (!followers_.contains(client))
    return InputError{"A message \"control\" with \"do\":\"follow\" must come before input."};
  auto parsed = parse_input_batch(std::as_bytes(std::span(message.bytes)));
  if (auto* bad = std::get_if<BadInput>(&parsed)) return InputError{std::move(bad->sentence)};
  const auto outcome = router_.take(client, std::get<ClientBatch>(parsed), now);
  publish();
  if (outcome == InputRouter::Outcome::flood) return InputError{};
  return std::nullopt;
}

void InputHub::on_left(ClientId client, bool said_goodbye, TimePoint now) {
  if (followers_.erase(client) == 0) return;
  router_.leave(client, said_goodbye, now);
  publish();
}

void InputHub::set_wish(const InputWish& wish) {
  if (wish == wish_) return;
  wish_ = wish;
  router_.set_kinds(wish.kinds);
  const std::string json = scene_json(wish);
  for (const auto& [client, why] : followers_) send_(client, json, Priority::needed);
}

void InputHub::report(const AppliedBatch& applied) {
  if (followers_.contains(applied.batch.client)) send_(applied.batch.client, applied_json(applied), Priority::optional);
}

void InputHub::broadcast(const std::string& json) {
  const std::string message = application_json(json);
  for (const auto& [client, why] : followers_) send_(client, message, Priority::optional);
}

std::optional<Clock::duration> InputHub::tick_in() const {
  if (router_.mode() == ControlMode::all && !followers_.empty()) return kPointersEvery;
  if (router_.is_active()) return kTickEvery;
  return std::nullopt;
}

void InputHub::tick(TimePoint now) {
  router_.tick(now);
  publish();
  const auto pointers = router_.take_pointers();
  if (!pointers) return;
  const std::string json = pointers_json(router_, *pointers);
  for (const auto& [client, why] : followers_) send_(client, json, Priority::optional);
}

std::string InputHub::objection(const Visitor& visitor) const {
  if (config_.mode == ControlMode::none) return "Input is switched off on this server.";
  if (visitor.role != Role::control) return "Your link permits watching only.";
  if (config_.mode == ControlMode::automatic && !config_.has_token && !visitor.is_local)
    return "Only viewers on the machine of the server may control the scene; its CS_AUTH_TOKEN or CS_CONTROL can "
           "permit others.";
  return "";
}

void InputHub::log_holder() {
  const auto holder = router_.token().holder();
  if (holder == logged_holder_) return;
  logged_holder_ = holder;
  // Names come from signed links; a line of the log escapes what is not ASCII.
  if (holder)
    log_->info("{} has control (client {})", plain_text(router_.name_of(*holder)), *holder);
  else
    log_->info("control is free");
}

bool InputHub::publish() {
  log_holder();
  const bool is_alone = followers_.size() == 1;
  if (router_.revision() == published_ && is_alone == published_alone_) return false;
  published_ = router_.revision();
  published_alone_ = is_alone;
  for (const auto& [client, why] : followers_) send_control(client);
  return true;
}

void InputHub::send_control(ClientId client) {
  const ControlView view{
      .why = followers_.at(client), .is_alone = followers_.size() == 1, .is_declined = router_.take_declined(client)};
  send_(client, control_json(router_, client, view), Priority::needed);
}

}  // namespace cs
