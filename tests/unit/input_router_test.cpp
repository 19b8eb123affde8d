// SPDX-License-Identifier: MIT
#include "control/input_router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "cubestream/input_wish.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;
using Outcome = InputRouter::Outcome;

PointerInput mouse(PointerAction action, std::uint16_t x = 0) {
  const bool is_down = action == PointerAction::down;
  return {.action = action, .button = 0, .buttons = static_cast<std::uint16_t>(is_down ? 1 : 0), .x = x};
}
InputEvent key(bool is_down, const std::string& code = "KeyA") {
  return KeyInput{.is_down = is_down, .code = code};
}

struct InputRouterTest : testing::Test {
  InputRouterTest() { use(ControlMode::one); }
  void use(ControlMode mode) {
    router.emplace(InputRouter::Config{.mode = mode}, slot, metrics);
    router->set_kinds(kPointerKind | kKeyKind | kWheelKind);
  }
  void join(ClientId client, bool may = true, const std::string& resume = "") {
    router->join(client, may, "", resume, now);
  }
  Outcome send(ClientId client, std::vector<ClientInput> events) {
    return router->take(client, {.number = ++batches, .time = 0, .events = std::move(events)}, now);
  }
  std::vector<InputEvent> taken() { return slot.take().events; }
  std::int64_t refused(const char* reason) {
    return metrics.get("input_events_refused_total", {{"reason", reason}}).value();
  }

  TimePoint now = Clock::now();
  std::uint32_t batches = 0;
  Metrics metrics;
  InputSlot slot{metrics};
  std::optional<InputRouter> router;
};

TEST_F(InputRouterTest, TheFirstHandTakesControlAndTheSecondIsRefusedAndCounted) {
  join(1);
  join(2);
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::down))}), Outcome::taken);
  EXPECT_EQ(send(2, {InputEvent(mouse(PointerAction::down))}), Outcome::refused);
  EXPECT_THAT(taken(), SizeIs(1));
  EXPECT_EQ(refused("control"), 1);
  EXPECT_THAT(router->token().holder(), Optional(1U));
}

TEST_F(InputRouterTest, APassingPointerTakesNoControlFromOthersButIsSeenWhenAlone) {
  join(1);
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::move))}), Outcome::taken);
  EXPECT_THAT(taken(), SizeIs(1));
  router->release(1, now);
  join(2);
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::move))}), Outcome::refused);
  EXPECT_EQ(router->token().holder(), std::nullopt);
}

TEST_F(InputRouterTest, AViewerWithoutTheRightIsRefused) {
  join(1, false);
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::down)), key(true)}), Outcome::refused);
  router->want(1, now);
  EXPECT_EQ(router->take_message(1, "{}", now), Outcome::refused);
  EXPECT_EQ(router->token().holder(), std::nullopt);
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_EQ(refused("role"), 3);
}

TEST_F(InputRouterTest, InputOfAClientThatDidNotJoinIsRefused) {
  EXPECT_EQ(send(9, {key(true)}), Outcome::refused);
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(InputRouterTest, WithoutControlEverythingIsRefused) {
  use(ControlMode::none);
  join(1);
  EXPECT_EQ(send(1, {key(true)}), Outcome::refused);
  EXPECT_THAT(taken(), IsEmpty());
}

TEST_F(InputRouterTest, KindsThatTheSceneDoesNotWantAreRefused) {
  router->set_kinds(kPointerKind);
  join(1);
  send(1, {key(true)});
  EXPECT_THAT(taken(), IsEmpty());
  EXPECT_EQ(refused("kind"), 1);
  EXPECT_EQ(router->token().holder(), std::nullopt) << "it does not take control either";
}

TEST_F(InputRouterTest, LossOfControlReleasesAButtonAndTwoKeys) {
  join(1);
  join(2);
  send(1, {InputEvent(mouse(PointerAction::down)), key(true, "KeyW"), key(true, "KeyA")});
  taken();
  router->want(2, now);
  router->give(1, 2, now);
  const auto ends = taken();
  ASSERT_THAT(ends, SizeIs(3));
  EXPECT_EQ(std::get<PointerInput>(ends[0]).action, PointerAction::cancel);
  EXPECT_EQ(ends[1], key(false, "KeyA"));
  EXPECT_EQ(ends[2], key(false, "KeyW"));
  EXPECT_EQ(metrics.total("input_releases_total"), 3);
  EXPECT_EQ(send(1, {key(false, "KeyW")}), Outcome::refused);
}

TEST_F(InputRouterTest, ALeavingOrBrokenConnectionReleasesAtOnce) {
  for (const bool said_goodbye : {true, false}) {
    join(1);
    send(1, {InputEvent(mouse(PointerAction::down)), key(true)});
    taken();
    router->leave(1, said_goodbye, now);
    EXPECT_THAT(taken(), SizeIs(2));
    EXPECT_EQ(router->token().holder().has_value(), !said_goodbye);
    router->tick(now += 3s);
    EXPECT_EQ(router->token().holder(), std::nullopt);
  }
}

TEST_F(InputRouterTest, ASilentConnectionReleasesAfterTwoSeconds) {
  join(1);
  send(1, {InputEvent(mouse(PointerAction::down)), key(true)});
  taken();
  router->tick(now += 1900ms);
  send(1, {HeldInput{.buttons = 1, .keys = {"KeyA"}}});
  router->tick(now += 1900ms);
  EXPECT_THAT(taken(), IsEmpty()) << "it gives signs of life";
  router->tick(now += 100ms);
  EXPECT_THAT(taken(), SizeIs(2));
}

TEST_F(InputRouterTest, AReturningClientKeepsControl) {
  join(1);
  join(2);
  send(1, {key(true)});
  const std::string key_of_first = router->key_of(1);
  EXPECT_EQ(key_of_first.size(), 32U);
  router->leave(1, false, now);
  EXPECT_EQ(router->name_of(1), "viewer 1");
  join(3, true, router->key_of(2));
  EXPECT_THAT(router->token().holder(), Optional(1U)) << "another client's key";
  join(4, true, key_of_first);
  EXPECT_THAT(router->token().holder(), Optional(4U));
  join(5, true, key_of_first);
  EXPECT_THAT(router->token().holder(), Optional(4U)) << "the key works once";
}

TEST_F(InputRouterTest, ADeclinedClientHearsOfItOnce) {
  join(1);
  join(2);
  router->want(1, now);
  router->want(2, now);
  const auto before = router->revision();
  router->keep(1, now);
  EXPECT_NE(router->revision(), before);
  EXPECT_TRUE(router->take_declined(2));
  EXPECT_FALSE(router->take_declined(2));
}

TEST_F(InputRouterTest, WithAllSeveralHandsWorkOneAfterTheOther) {
  use(ControlMode::all);
  join(1);
  join(2);
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::down, 10))}), Outcome::taken);
  EXPECT_EQ(send(2, {InputEvent(mouse(PointerAction::move, 20))}), Outcome::refused) << "in the middle of a drag";
  EXPECT_EQ(send(1, {InputEvent(mouse(PointerAction::up, 11))}), Outcome::taken);
  EXPECT_EQ(send(2, {InputEvent(mouse(PointerAction::down, 21))}), Outcome::taken);
  const auto pointers = router->take_pointers();
  ASSERT_TRUE(pointers);
  ASSERT_THAT(*pointers, SizeIs(2));
  EXPECT_EQ((*pointers)[1].x, 21);
  EXPECT_FALSE(router->take_pointers());
  send(2, {InputEvent(mouse(PointerAction::leave))});
  EXPECT_THAT(*router->take_pointers(), SizeIs(1));
}

TEST_F(InputRouterTest, TooManyEventsAreAFlood) {
  join(1);
  const std::vector<ClientInput> many(kMaxInputEvents, InputEvent(mouse(PointerAction::move)));
  Outcome outcome = Outcome::taken;
  for (int i = 0; i < 20 && outcome != Outcome::flood; ++i) outcome = send(1, many);
  EXPECT_EQ(outcome, Outcome::flood);
  for (int i = 0; i < 60; ++i) outcome = router->take_message(1, "{}", now);
  EXPECT_EQ(outcome, Outcome::flood);
}

/// At random: whatever clients do, the scene sees downs of one client at a time, and each down has an end.
TEST_F(InputRouterTest, OneHandAtAnyTime) {
  std::mt19937 random(19);
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  std::set<ClientId> present;
  std::map<std::string, ClientId> down;  // key and who pressed it
  int hands = 0;
  int handovers = 0;
  std::optional<ClientId> holder;
  for (int step = 0; step < 20'000; ++step) {
    now += std::chrono::milliseconds(pick(400));
    const auto client = static_cast<ClientId>(pick(6) + 1);
    const auto other = static_cast<ClientId>(pick(6) + 1);
    if (!present.contains(client)) {
      join(client);
      present.insert(client);
    } else if (const int what = pick(20); what < 12) {
      send(client, {key(pick(2) == 0, "Key" + std::to_string(client) + std::to_string(pick(3)))});
    } else if (what < 15) {
      router->want(client, now);
    } else if (what < 17) {
      router->give(client, other, now);
    } else if (what == 17) {
      router->keep(client, now);
    } else if (what == 18) {
      router->release(client, now);
    } else {
      router->leave(client, pick(2) == 0, now);
      present.erase(client);
    }
    router->tick(now);
    for (const InputEvent& event : taken()) {
      const auto& each = std::get<KeyInput>(event);
      if (each.is_down)
        down[each.code] = static_cast<ClientId>(each.code[3] - '0');
      else
        ASSERT_EQ(down.erase(each.code), 1U) << "an up without its down";
    }
    std::set<ClientId> holding;
    for (const auto& [code, who] : down) holding.insert(who);
    hands = std::max(hands, static_cast<int>(holding.size()));
    ASSERT_LE(holding.size(), 1U) << "step " << step;
    if (!holding.empty()) {
      ASSERT_EQ(router->token().holder(), *holding.begin());
    }
    handovers += router->token().holder() != holder;
    holder = router->token().holder();
  }
  EXPECT_EQ(hands, 1);
  EXPECT_GT(handovers, 300) << "control changed hands";
}

}  // namespace
}  // namespace cs
