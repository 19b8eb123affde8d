// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread_role.hpp"
#include "cubestream/clock.hpp"
#include "fakes/ws_client.hpp"
#include "signalling/web_server.hpp"

namespace cs {

/// A WebServer on a free port of 127.0.0.1. The test's thread acts as the viewers and the main thread.
struct ServerFixture {
  struct Options {
    std::size_t inbox = 256;
    std::size_t reserve = 64;
    std::size_t connections = 32;
    std::size_t per_address = 1000;
    IceServers ice_servers = {};
    std::string host = "127.0.0.1";
    std::size_t whep_sessions = 16;
    std::vector<ApiEndpoint> api = {};
    AccessConfig access = {};
    std::optional<TlsUpstream> tls = {};
    std::vector<IpPrefix> trusted_proxies = {};
    ServerTimeouts timeouts = {};
    std::function<void(const std::string& why)> on_failed = [](const std::string&) {};
    FrameFormat format = {};
    const LatestValue<SceneState>* scene = nullptr;
    ControlMode control = ControlMode::automatic;
    Clock::duration control_idle = std::chrono::seconds(60);
  };

  ServerFixture() : ServerFixture(Options{}) {}
  explicit ServerFixture(Options options)
      : to_viewers(options.inbox, options.reserve, metrics.get("to_viewers_refused")),
        from_viewers(256, 0, metrics.get("from_viewers_refused")),
        questions(128, 0, metrics.get("questions_refused")),
        answers(128, 0, metrics.get("answers_refused")) {
    enter_thread(ThreadRole::main);
    to_viewers.set_wake([this] { arrived.release(); });
    questions.set_wake([this] { asked.release(); });
    web_server.emplace(WebServerConfig{.host = options.host,
                                       .port = 0,
                                       .tls = options.tls,
                                       .trusted_proxies = options.trusted_proxies,
                                       .max_connections = options.connections,
                                       .max_per_address = options.per_address,
                                       .max_whep_sessions = options.whep_sessions,
                                       .format = options.format,
                                       .scene = options.scene,
                                       .viewers = &viewers,
                                       .ice_servers = options.ice_servers,
                                       .api = options.api,
                                       .access = options.access,
                                       .timeouts = options.timeouts,
                                       .input = &input,
                                       .control = options.control,
                                       .control_idle = options.control_idle,
                                       .reports = &reports,
                                       .on_failed = options.on_failed},
                       to_viewers, from_viewers, metrics, ApiInboxes{&questions, &answers});
    port = web_server->port();
  }

  /// Waits for the next event for the viewers. Throws after 20 seconds.
  ClientEvent next() {
    while (true) {
      if (auto event = to_viewers.pop()) return std::move(*event);
      if (!arrived.try_acquire_for(std::chrono::seconds(20)))
        throw std::runtime_error("no event for the viewers within 20 seconds");
    }
  }

  template <typename What>
  ClientEvent next_is() {
    ClientEvent event = next();
    EXPECT_TRUE(std::holds_alternative<What>(event.what)) << "event number " << event.what.index();
    return event;
  }

  /// Waits for the next API question for the main thread. Throws after 20 seconds.
  ApiQuestion next_question() {
    while (true) {
      if (auto question = questions.pop()) return std::move(*question);
      if (!asked.try_acquire_for(std::chrono::seconds(20)))
        throw std::runtime_error("no API question within 20 seconds");
    }
  }
  [[nodiscard]] bool has_question() const { return questions.size() > 0; }
  void answer(std::uint64_t number, ApiReply reply) { ASSERT_TRUE(answers.try_push({number, std::move(reply)})); }

  void say(ClientId client, ServerMessage what) { ASSERT_TRUE(from_viewers.try_push({client, std::move(what)})); }

  std::int64_t metric(const std::string& name, const Labels& labels = {}) { return metrics.get(name, labels).value(); }

  void wait_for_metric(const std::string& name, std::int64_t value) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds(30);
    std::int64_t last = metric(name);  // read once: the metric may keep changing
    while (last != value && Clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      last = metric(name);
    }
    EXPECT_EQ(last, value) << name;
  }

  Metrics metrics;
  InputSlot input{metrics};
  InputReports reports{metrics};
  LatestValue<ViewerList> viewers;
  std::counting_semaphore<> arrived{0};
  Inbox<ClientEvent> to_viewers;
  Inbox<ServerEvent> from_viewers;
  std::counting_semaphore<> asked{0};
  Inbox<ApiQuestion> questions;
  Inbox<ApiAnswer> answers;
  std::optional<WebServer> web_server;
  int port = 0;
};

inline std::string offer(const std::string& sdp) {
  return R"({"type":"offer","sdp":")" + sdp + "\"}";
}

}  // namespace cs
