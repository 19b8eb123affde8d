// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "fakes/line.hpp"
#include "fakes/peer.hpp"

namespace cs {

inline std::string read_offer(const std::string& name) {
  const std::ifstream file(CS_TEST_DIR "/offers/" + name + ".sdp");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The line from encoders to viewers, and one client.
class ViewerTest : public testing::Test {
 protected:
  static constexpr ClientId kClient = 7;

  ViewerTest() {
    start_gstreamer();
    line = std::make_unique<Line>();
    line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  }

  void join() { line->viewers.on_event({client, ClientJoined{"127.0.0.1"}}); }
  void leave() { line->viewers.on_event({client, ClientLeft{.reason = "the test ends it", .said_goodbye = true}}); }
  void offer(const std::string& sdp) { line->viewers.on_event({client, ClientOffered{sdp}}); }

  /// Records the messages to the client and passes answers and candidates to the peer, if there is one.
  void deliver() {
    while (auto event = line->to_clients.pop()) {
      if (const auto* sent = std::get_if<SendAnswer>(&event->what)) {
        answers.push_back(sent->sdp);
        if (peer && event->client == client) peer->take_answer(sent->sdp);
      } else if (const auto* trickled = std::get_if<SendCandidate>(&event->what)) {
        ++(trickled->candidate.text.empty() ? ends_of_candidates : candidates);
        if (peer && event->client == client) peer->take_candidate(trickled->candidate);
      } else if (const auto* error = std::get_if<SendError>(&event->what)) {
        errors.push_back(*error);
      } else if (const auto* closed = std::get_if<SendClose>(&event->what)) {
        closes.push_back(*closed);
      }
    }
  }

  void connect_peer(Codec codec = Codec::h264) {
    peer =
        std::make_unique<Peer>(Peer::Handlers{.on_offer = [this](const std::string& sdp) { offer(change_offer(sdp)); },
                                              .on_candidate =
                                                  [this, id = client](const Candidate& candidate) {
                                                    line->viewers.on_event({id, ClientTrickled{candidate}});
                                                  },
                                              .on_unit = [] {}},
                               line->loop, codec);
    peer->offer();
  }

  void watch(int units) {
    const int before = peer->units();
    line->run_until([&] { return peer->units() >= before + units; }, "access units");
  }

  /// Changes the peer's offer before the line receives it.
  std::function<std::string(std::string)> change_offer = [](std::string sdp) { return sdp; };

  ClientId client = kClient;  ///< the client id of the peer
  std::unique_ptr<Line> line;
  std::unique_ptr<Peer> peer;
  std::vector<std::string> answers;
  std::vector<SendError> errors;
  std::vector<SendClose> closes;
  int candidates = 0;
  int ends_of_candidates = 0;
};

}  // namespace cs
