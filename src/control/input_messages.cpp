// SPDX-License-Identifier: MIT
#include "control/input_messages.hpp"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cubestream/input.hpp"

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// By the steady clock, rounded to microseconds.
double milliseconds(TimePoint time) {
  const double us = std::chrono::duration<double, std::micro>(time.time_since_epoch()).count();
  return std::round(us) / 1000;
}

}  // namespace

std::string scene_json(const InputWish& wish) {
  Json kinds = Json::array();
  for (const InputKind& kind : kInputKinds)
    if ((wish.kinds & kind.bit) != 0) kinds.push_back(kind.name);
  return dump({{"type", "scene"},
               {"input", std::move(kinds)},
               {"cursor", wish.cursor.empty() ? "default" : wish.cursor},
               {"lock", wish.lock}});
}

std::string control_json(const InputRouter& router, ClientId client, const ControlView& view) {
  const ControlToken& token = router.token();
  const auto holder = token.holder();
  Json json = {{"type", "control"},
               {"mode", kControlModes.at(static_cast<std::size_t>(router.mode()))},
               {"may", view.why.empty()},
               {"you", client},
               {"holder", holder ? Json(*holder) : Json()},
               {"name", holder ? router.name_of(*holder) : ""},
               {"key", router.key_of(client)}};
  if (!view.why.empty()) json["why"] = view.why;
  if (view.is_alone) json["alone"] = true;
  if (holder && token.is_lost()) json["away"] = true;
  if (token.asks(client)) json["asked"] = true;
  if (view.is_declined) json["declined"] = true;
  if (holder == client) {
    Json asking = Json::array();
    for (const ClientId each : token.asking()) asking.push_back({{"viewer", each}, {"name", router.name_of(each)}});
    json["asking"] = std::move(asking);
  }
  return dump(json);
}

std::string applied_json(const AppliedBatch& applied) {
  return dump({{"type", "applied"},
               {"batch", applied.batch.number},
               {"time", applied.batch.client_time},
               {"receivedMs", milliseconds(applied.batch.received_at)},
               {"appliedMs", milliseconds(applied.applied_at)},
               {"drawnMs", milliseconds(applied.drawn_at)},
               {"encodedMs", milliseconds(applied.encoded_at)},
               {"frameMs", milliseconds(applied.captured_at)}});
}

std::string pointers_json(const InputRouter& router, std::span<const InputRouter::Pointer> pointers) {
  constexpr double kScale = kLastPosition;
  Json list = Json::array();
  for (const InputRouter::Pointer& each : pointers)
    list.push_back({{"viewer", each.client},
                    {"name", router.name_of(each.client)},
                    {"x", each.x / kScale},
                    {"y", each.y / kScale}});
  return dump({{"type", "pointers"}, {"pointers", std::move(list)}});
}

std::string application_json(const std::string& json) {
  std::string message = R"({"type":"message","data":)";
  message += json;
  message += "}";
  return message;
}

}  // namespace cs
