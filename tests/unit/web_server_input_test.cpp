// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "access/link_token.hpp"
#include "cubestream/close_codes.hpp"
#include "cubestream/input_wish.hpp"
#include "fakes/input_batch.hpp"
#include "fakes/server_fixture.hpp"
#include "input/message.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

namespace cs {
namespace {

using nlohmann::json;
using test::InputBatch;
using test::WsClient;

constexpr const char* kFollow = R"({"type":"control","do":"follow"})";

/// A client that follows the input.
struct Hand {
  explicit Hand(int port, const std::string& fields = "", const std::string& follow = kFollow)
      : socket(port, 0, "", fields) {
    socket.send(follow);
    scene = next("scene");
    control = next("control");
  }

  /// The next message of this type; others before it are skipped.
  json next(const std::string& type) {
    for (;;) {
      const std::string text = socket.receive_text();
      if (text.starts_with("(")) {
        ADD_FAILURE() << text << " instead of " << type;
        return {};
      }
      json message = json::parse(text);
      if (message["type"] == type) return message;
    }
  }
  /// The next message "control" that has this holder; 0: none.
  json next_holder(std::uint64_t holder) {
    for (;;) {
      json message = next("control");
      if (message.is_null() || message["holder"] == (holder == 0 ? json() : json(holder))) return message;
    }
  }
  void send(const InputBatch& batch, std::uint32_t number = 1) {
    socket.send_frame(WsClient::kBinary, batch.message(number, 12.5), true);
  }
  void say(const std::string& what) { socket.send(R"({"type":"control",)" + what + "}"); }
  [[nodiscard]] std::uint64_t id() const { return control["you"]; }

  WsClient socket;
  json scene;
  json control;
};

struct InputServer {
  explicit InputServer(ServerFixture::Options options = {})
      : server([&] {
          scene.publish(
              {.size = {}, .notice = "", .input = {.kinds = kPointerKind | kKeyKind, .lock = false, .cursor = "grab"}});
          options.scene = &scene;
          return std::move(options);
        }()) {}
  /// Waits for the next events for the scene.
  std::vector<InputEvent> events(std::size_t count = 1) {
    std::vector<InputEvent> all;
    const TimePoint deadline = Clock::now() + 20s;
    while (all.size() < count && Clock::now() < deadline) {
      for (InputEvent& event : server.input.take().events) all.push_back(std::move(event));
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_THAT(all, SizeIs(count));
    all.resize(count);
    return all;
  }
  LatestValue<SceneState> scene;
  ServerFixture server;
};

TEST(WebServerInput, TheClientHearsWhatTheSceneWantsAndWhetherItMayControl) {
  InputServer at;
  Hand hand(at.server.port);
  EXPECT_EQ(hand.scene["input"], json({"pointer", "keys"}));
  EXPECT_EQ(hand.scene["cursor"], "grab");
  EXPECT_EQ(hand.control["may"], true);
  EXPECT_EQ(hand.control["mode"], "one");
  EXPECT_EQ(hand.control["holder"], json());
  at.scene.publish({.size = {}, .notice = "", .input = {.kinds = kPointerKind, .lock = true, .cursor = ""}});
  at.server.from_viewers.wake();
  const json changed = hand.next("scene");
  EXPECT_EQ(changed["lock"], true);
  EXPECT_EQ(changed["cursor"], "default");
}

TEST(WebServerInput, AClickReachesTheSceneAndItsReportTheClient) {
  InputServer at;
  Hand hand(at.server.port);
  hand.send(InputBatch().mouse(1, 100, 65535, 1).key(true, "KeyQ"), 42);
  const auto events = at.events(2);
  EXPECT_EQ(std::get<PointerInput>(events[0]).y, 65535);
  EXPECT_EQ(std::get<KeyInput>(events[1]).code, "KeyQ");
  EXPECT_EQ(hand.next_holder(hand.id())["name"], "viewer " + std::to_string(hand.id()));

  const TimePoint captured = Clock::now();
  at.server.reports.drawn(captured, captured, captured + 4ms,
                          {{.client = hand.id(), .number = 42, .client_time = 12.5, .received_at = captured - 3ms}});
  at.server.reports.encoded(captured);
  const json applied = hand.next("applied");
  EXPECT_EQ(applied["batch"], 42);
  EXPECT_EQ(applied["time"], 12.5);
  EXPECT_NEAR(applied["drawnMs"].get<double>() - applied["receivedMs"].get<double>(), 7, 0.01);
  EXPECT_GE(applied["encodedMs"].get<double>(), applied["appliedMs"].get<double>());
  EXPECT_EQ(applied["frameMs"], applied["appliedMs"]);
}

TEST(WebServerInput, TwoClientsAskAndHandOver) {
  InputServer at;
  Hand first(at.server.port);
  Hand second(at.server.port);
  first.say(R"("do":"take")");
  first.next_holder(first.id());
  second.say(R"("do":"take")");
  json seen = first.next("control");
  while (seen["asking"].empty()) seen = first.next("control");
  EXPECT_EQ(seen["asking"][0]["viewer"], second.id());
  first.say(R"("do":"give","to":)" + std::to_string(second.id()));
  EXPECT_EQ(second.next_holder(second.id())["you"], second.id());
  second.say(R"("do":"release")");
  first.next_holder(0);
}

TEST(WebServerInput, AHolderThatVanishesReleasesAtOnceAndKeepsControlForItsReturn) {
  InputServer at;
  Hand second(at.server.port);
  std::uint64_t former = 0;
  std::string key;
  {
    Hand first(at.server.port);
    first.send(InputBatch().mouse(1, 1, 2, 1).key(true, "KeyA").key(true, "KeyB"));
    at.events(3);
    former = first.id();
    key = first.control["key"];
    first.socket.raw().reset();
    const auto ends = at.events(3);
    EXPECT_EQ(std::get<PointerInput>(ends[0]).action, PointerAction::cancel);
    EXPECT_FALSE(std::get<KeyInput>(ends[2]).is_down);
  }
  json seen = second.next_holder(former);
  while (!seen.contains("away")) seen = second.next_holder(former);
  Hand again(at.server.port, "", R"({"type":"control","do":"follow","resume":")" + key + "\"}");
  second.next_holder(again.id());
}

TEST(WebServerInput, AHolderThatSaysGoodbyeFreesControlAtOnce) {
  InputServer at;
  Hand second(at.server.port);
  Hand first(at.server.port);
  first.send(InputBatch().key(true, "KeyA"));
  second.next_holder(first.id());
  first.socket.send_frame(WsClient::kClose, "\x03\xe9", true);
  at.events(2);
  second.next_holder(0);
}

TEST(WebServerInput, AnIdleHolderLosesControl) {
  InputServer at({.control_idle = 300ms});
  Hand first(at.server.port);
  first.say(R"("do":"take")");
  first.next_holder(first.id());
  first.next_holder(0);
}

TEST(WebServerInput, BadInputClosesTheConnectionWithWords) {
  InputServer at;
  Hand hand(at.server.port);
  hand.socket.send_frame(WsClient::kBinary, "nonsense", true);
  const json error = hand.next("error");
  EXPECT_EQ(error["code"], "bad-input");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("16 bytes"));
  EXPECT_EQ(hand.socket.receive_close(), kPolicyViolation);
  EXPECT_EQ(at.server.metric("net_messages_bad_total"), 1);
}

TEST(WebServerInput, InputBeforeFollowIsRefused) {
  InputServer at;
  WsClient client(at.server.port);
  client.send_frame(WsClient::kBinary, InputBatch().key(true, "KeyA").message(), true);
  EXPECT_THAT(client.receive_text(), HasSubstr("bad-input"));
  EXPECT_EQ(client.receive_close(), kPolicyViolation);
  WsClient other(at.server.port);
  other.send(R"({"type":"control","do":"take"})");
  EXPECT_THAT(other.receive_text(), HasSubstr("follow"));
}

TEST(WebServerInput, TooLargeAndTooManyMessagesCloseTheConnection) {
  InputServer at;
  Hand large(at.server.port);
  large.socket.announce_frame(WsClient::kBinary, kMaxInputMessage + 1);
  large.socket.raw().write("x");
  EXPECT_EQ(large.socket.receive_close(), kMessageTooBig);
  Hand fast(at.server.port);
  InputBatch batch;
  for (int i = 0; i < 500; ++i) batch.mouse(0, 1, 1, 0);
  for (int i = 0; i < 20; ++i) fast.send(batch);
  EXPECT_EQ(fast.next("error")["code"], "too-much-input");
  EXPECT_EQ(fast.socket.receive_close(), kPolicyViolation);
  EXPECT_EQ(at.server.metric("net_messages_flood_total"), 1);
}

TEST(WebServerInput, ALinkToWatchMayNotControlAndANameIsShown) {
  constexpr const char* kSecret = "0123456789abcdef";
  InputServer at({.access = {.token = kSecret}});
  const auto link = [&](Role role, const std::string& name) {
    const auto expires = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
    return "Authorization: Bearer " + *write_link_token({role, expires, name}, *link_key(kSecret)) + "\r\n";
  };
  Hand anna(at.server.port, link(Role::control, "Anna \xc3\x84"));
  Hand watcher(at.server.port, link(Role::view, "Ben"));
  EXPECT_EQ(watcher.control["may"], false);
  EXPECT_THAT(watcher.control["why"].get<std::string>(), HasSubstr("watching only"));
  watcher.send(InputBatch().key(true, "KeyA"));
  anna.send(InputBatch().key(true, "KeyB"));
  EXPECT_EQ(std::get<KeyInput>(at.events(1)[0]).code, "KeyB");
  EXPECT_EQ(watcher.next_holder(anna.id())["name"], "Anna \xc3\x84");
  EXPECT_EQ(at.server.metric("input_events_refused_total", {{"reason", "role"}}), 1);
}

TEST(WebServerInput, WithoutATokenOnlyThisMachineMayControl) {
  InputServer at;
  Hand proxied(at.server.port, "X-Forwarded-For: 192.0.2.1\r\n");
  EXPECT_EQ(proxied.control["may"], false);
  EXPECT_THAT(proxied.control["why"].get<std::string>(), HasSubstr("CS_CONTROL"));
  InputServer open({.control = ControlMode::one});
  Hand allowed(open.server.port, "X-Forwarded-For: 192.0.2.1\r\n");
  EXPECT_EQ(allowed.control["may"], true);
  InputServer closed({.control = ControlMode::none});
  Hand refused(closed.server.port);
  EXPECT_THAT(refused.control["why"].get<std::string>(), HasSubstr("switched off"));
}

TEST(WebServerInput, WithAllEveryoneSeesThePointersOfTheOthers) {
  InputServer at({.control = ControlMode::all});
  Hand first(at.server.port);
  Hand second(at.server.port);
  first.send(InputBatch().mouse(0, 65535, 0, 0));
  const json seen = second.next("pointers");
  ASSERT_THAT(seen["pointers"], SizeIs(1));
  EXPECT_EQ(seen["pointers"][0]["viewer"], first.id());
  EXPECT_EQ(seen["pointers"][0]["x"], 1.0);
}

TEST(WebServerInput, MessagesOfTheApplicationGoBothWays) {
  InputServer at;
  Hand hand(at.server.port);
  hand.socket.send(R"({"type":"message","data":{"view":"top"}})");
  hand.next_holder(hand.id());
  EXPECT_EQ(at.server.input.take_messages(), std::vector<std::string>{R"({"view":"top"})"});
  at.server.say(0, SendApplicationMessage{R"([1,"two"])"});
  EXPECT_EQ(hand.next("message")["data"], json({1, "two"}));
}

}  // namespace
}  // namespace cs
