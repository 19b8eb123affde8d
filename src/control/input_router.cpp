// SPDX-License-Identifier: MIT
#include "control/input_router.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "cubestream/input_wish.hpp"

namespace cs {
namespace {

struct KindOf {
  std::uint32_t operator()(const PointerInput& /*event*/) const { return kPointerKind; }
  std::uint32_t operator()(const MotionInput& /*event*/) const { return kMotionKind; }
  std::uint32_t operator()(const WheelInput& /*event*/) const { return kWheelKind; }
  std::uint32_t operator()(const PinchInput& /*event*/) const { return kWheelKind; }
  std::uint32_t operator()(const KeyInput& /*event*/) const { return kKeyKind; }
  std::uint32_t operator()(const TextInput& /*event*/) const { return kTextKind; }
  std::uint32_t operator()(const GamepadInput& /*event*/) const { return kGamepadKind; }
  std::uint32_t operator()(const ViewportInput& /*event*/) const { return kViewportKind; }
};

/// Whether a person meant to do something; a pointer that passes over the picture does not.
bool is_deliberate(const ClientInput& input) {
  const auto* event = std::get_if<InputEvent>(&input);
  if (event == nullptr) return false;
  if (const auto* pointer = std::get_if<PointerInput>(event)) return pointer->action == PointerAction::down;
  return !std::holds_alternative<ViewportInput>(*event);
}

}  // namespace

InputRouter::InputRouter(const Config& config, InputSlot& slot, Metrics& metrics)
    : config_(config),
      slot_(slot),
      events_(metrics.get("input_events_total")),
      refused_role_(metrics.get("input_events_refused_total", {{"reason", "role"}})),
      refused_held_(metrics.get("input_events_refused_total", {{"reason", "control"}})),
      refused_kind_(metrics.get("input_events_refused_total", {{"reason", "kind"}})),
      releases_(metrics.get("input_releases_total")),
      takeovers_(metrics.get("control_changes_total")),
      token_(config.token) {}

void InputRouter::join(ClientId id, bool may, std::string name, const std::string& resume, TimePoint now) {
  Client& client = clients_[id];
  client.may = may && config_.mode != ControlMode::none;
  client.name = std::move(name);
  client.key = random_id();
  client.heard_at = now;
  if (client.may && !resume.empty() && resume == lost_.key && token_.resume(lost_.client, id, now)) lost_ = {};
  settle(now);
}

void InputRouter::leave(ClientId id, bool said_goodbye, TimePoint now) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  end_held(found->second, id, now);
  if (!said_goodbye && token_.holder() == id) {
    lost_ = {.client = id, .name = name_of(id), .key = found->second.key};
    token_.lose(id, now);
  } else {
    token_.release(id, now);
  }
  pointers_moved_ |= found->second.pointer.has_value();
  clients_.erase(found);
  settle(now);
}

InputRouter::Outcome InputRouter::take(ClientId id, const ClientBatch& batch, TimePoint now) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return Outcome::refused;
  Client& client = found->second;
  if (!client.events.take(now, static_cast<int>(batch.events.size()) + 1)) return Outcome::flood;
  client.heard_at = now;
  Outcome outcome = Outcome::taken;
  std::vector<InputEvent> passed;
  for (const ClientInput& input : batch.events) {
    events_.add();
    note_pointer(id, client, input);
    const auto* event = std::get_if<InputEvent>(&input);
    if (event == nullptr) {
      client.held.take(input, passed);  // it only ends what the client holds
      continue;
    }
    if ((std::visit(KindOf(), *event) & kinds_) == 0) {
      refused_kind_.add();
    } else if (Metric* const refusal = obstacle(id, is_deliberate(input), now)) {
      refusal->add();
      outcome = Outcome::refused;
    } else {
      client.held.take(input, passed);
    }
  }
  if (!passed.empty())
    slot_.add(passed, {.client = id, .number = batch.number, .client_time = batch.time, .received_at = now});
  settle(now);
  return outcome;
}

InputRouter::Outcome InputRouter::take_message(ClientId id, std::string json, TimePoint now) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return Outcome::refused;
  if (!found->second.messages.take(now)) return Outcome::flood;
  Metric* refusal = may_control(id) ? nullptr : &refused_role_;
  if (config_.mode == ControlMode::one) refusal = obstacle(id, true, now);
  if (refusal != nullptr) {
    refusal->add();
    return Outcome::refused;
  }
  slot_.add_message(std::move(json));
  settle(now);
  return Outcome::taken;
}

Metric* InputRouter::obstacle(ClientId id, bool is_deliberate, TimePoint now) {
  if (!may_control(id)) return &refused_role_;
  if (config_.mode == ControlMode::all)  // one gesture at a time: two hands on one pointer would tear the scene
    return is_any_holding(id) ? &refused_held_ : nullptr;
  if (!is_deliberate && token_.holder() != id && (token_.holder() || !is_alone())) return &refused_held_;
  return token_.use(id, now) ? nullptr : &refused_held_;
}

void InputRouter::want(ClientId client, TimePoint now) {
  if (may_control(client) && config_.mode == ControlMode::one) token_.ask(client, now);
  settle(now);
}

void InputRouter::give(ClientId from, ClientId to, TimePoint now) {
  token_.give(from, to, now);
  settle(now);
}

void InputRouter::keep(ClientId client, TimePoint now) {
  for (const ClientId asker : token_.keep(client)) {
    const auto found = clients_.find(asker);
    if (found == clients_.end()) continue;
    found->second.is_declined = true;
    ++declines_;
  }
  settle(now);
}

void InputRouter::release(ClientId client, TimePoint now) {
  token_.release(client, now);
  settle(now);
}

void InputRouter::tick(TimePoint now) {
  token_.expire(now);
  for (auto& [id, client] : clients_)
    if (client.held.is_holding() && now - client.heard_at >= config_.silence) end_held(client, id, now);
  settle(now);
}

/// Ends what the former holder holds, when the token has another one.
void InputRouter::settle(TimePoint now) {
  if (token_.holder() == holder_) return;
  takeovers_.add();
  if (holder_)
    if (const auto former = clients_.find(*holder_); former != clients_.end()) end_held(former->second, *holder_, now);
  holder_ = token_.holder();
}

void InputRouter::end_held(Client& client, ClientId id, TimePoint now) {
  std::vector<InputEvent> ends;
  client.held.release(ends);
  if (ends.empty()) return;
  releases_.add(static_cast<std::int64_t>(ends.size()));
  slot_.add(ends, {.client = id, .received_at = now});
}

void InputRouter::note_pointer(ClientId id, Client& client, const ClientInput& input) {
  if (config_.mode != ControlMode::all || !client.may) return;
  const auto* event = std::get_if<InputEvent>(&input);
  const auto* pointer = event != nullptr ? std::get_if<PointerInput>(event) : nullptr;
  if (pointer == nullptr) return;
  pointers_moved_ = true;
  const bool is_gone = pointer->action == PointerAction::leave || pointer->action == PointerAction::cancel ||
                       (pointer->device == PointerDevice::touch && pointer->action == PointerAction::up);
  client.pointer = is_gone ? std::nullopt : std::optional(Pointer{.client = id, .x = pointer->x, .y = pointer->y});
}

bool InputRouter::is_any_holding(std::optional<ClientId> except) const {
  return std::ranges::any_of(clients_,
                             [&](const auto& each) { return each.first != except && each.second.held.is_holding(); });
}

bool InputRouter::is_alone() const {
  return std::ranges::count_if(clients_, [](const auto& each) { return each.second.may; }) == 1;
}

std::string InputRouter::name_of(ClientId client) const {
  const auto found = clients_.find(client);
  if (found != clients_.end() && !found->second.name.empty()) return found->second.name;
  if (found == clients_.end() && client == lost_.client) return lost_.name;
  return "viewer " + std::to_string(client);
}

const std::string& InputRouter::key_of(ClientId client) const {
  static const std::string none;
  const auto found = clients_.find(client);
  return found == clients_.end() ? none : found->second.key;
}

bool InputRouter::may_control(ClientId client) const {
  const auto found = clients_.find(client);
  return found != clients_.end() && found->second.may;
}

bool InputRouter::take_declined(ClientId client) {
  const auto found = clients_.find(client);
  return found != clients_.end() && std::exchange(found->second.is_declined, false);
}

std::optional<std::vector<InputRouter::Pointer>> InputRouter::take_pointers() {
  if (!std::exchange(pointers_moved_, false)) return std::nullopt;
  std::vector<Pointer> pointers;
  for (const auto& [id, client] : clients_)
    if (client.pointer) pointers.push_back(*client.pointer);
  return pointers;
}

}  // namespace cs
