// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/line.hpp"
#include "fakes/lonely_network.hpp"
#include "fakes/peer.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Viewers in a network namespace of the test, with fake browsers. Main thread only.
class NetworkTest : public testing::Test {
 protected:
  /// The parsed fields of a candidate.
  struct Own {
    std::string transport;
    std::string address;
    int port = 0;
    bool is_active = false;  ///< active TCP, which accepts no connections
  };

  static Own read(const std::string& text) {
    const auto found = words(text);
    return {.transport = std::string(found.at(2)),
            .address = std::string(found.at(4)),
            .port = std::stoi(std::string(found.at(5))),
            .is_active = text.find("tcptype active") != text.npos};
  }

  /// One client and the messages it received.
  struct Client {
    std::unique_ptr<Peer> peer;
    std::vector<std::string> candidates;
    std::vector<SendError> errors;
    bool is_answered = false;
    bool has_all = false;  ///< the end of candidates was received
    bool is_closed = false;

    [[nodiscard]] std::vector<std::string> addresses() const {
      std::set<std::string> found;
      for (const std::string& text : candidates) found.insert(read(text).address);
      return {found.begin(), found.end()};
    }
  };

  NetworkTest() { leave_for_a_lonely_network(); }

  void start(const IceConfig& ice) {
    start_gstreamer();
    line = std::make_unique<Line>(Viewers::Config{.ice = ice});
    line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  }

  /// A client joins and sends an offer. Only candidates for which `passes` returns true are delivered, in both
  /// directions.
  Client& come(
      const Peer::Network& network = {},
      std::function<bool(const std::string&)> passes = [](const std::string&) { return true; }) {
    const ClientId id = clients.size() + 1;
    Client& client = clients[id];
    filter = std::move(passes);
    line->viewers.on_event({id, ClientJoined{.address = "127.0.0.1", .reached_at = reached_at}});
    client.peer = std::make_unique<Peer>(Peer::Handlers{.on_offer =
                                                            [this, id](const std::string& sdp) {
                                                              line->viewers.on_event({id, ClientOffered{sdp}});
                                                            },
                                                        .on_candidate =
                                                            [this, id](const Candidate& candidate) {
                                                              // Since GStreamer 1.24 an empty text ends the candidates.
                                                              if (candidate.text.empty() || filter(candidate.text))
                                                                trickle(id, candidate.text);
                                                            },
                                                        .on_unit = [] {}},
                                         line->loop, Codec::h264, network);
    client.peer->offer();
    return client;
  }

  void trickle(ClientId id, const std::string& text) { line->viewers.on_event({id, ClientTrickled{{text, 0}}}); }

  void leave(ClientId id) {
    line->viewers.on_event({id, ClientLeft{"the test ends it"}});
    clients[id].peer.reset();
  }

  void deliver() {
    while (auto event = line->to_clients.pop()) {
      Client& client = clients[event->client];
      if (const auto* answer = std::get_if<SendAnswer>(&event->what)) {
        client.is_answered = true;
        client.peer->take_answer(answer->sdp);
      } else if (const auto* sent = std::get_if<SendCandidate>(&event->what)) {
        if (sent->candidate.text.empty()) {
          client.has_all = true;
          continue;
        }
        client.candidates.push_back(sent->candidate.text);
        if (filter(sent->candidate.text)) client.peer->take_candidate(sent->candidate);
      } else if (const auto* error = std::get_if<SendError>(&event->what)) {
        client.errors.push_back(*error);
      } else if (std::holds_alternative<SendClose>(event->what)) {
        client.is_closed = true;
      }
    }
  }

  void watch(const Client& client, int units = 5) {
    const int goal = client.peer->units() + units;
    line->run_until([&] { return client.peer->units() >= goal || client.is_closed; }, "pictures");
    for (const SendError& error : client.errors) ADD_FAILURE() << error.message;
  }

  void hear_all(const Client& client) {
    line->run_until([&] { return client.has_all; }, "the last candidate");
  }

  std::unique_ptr<Line> line;
  std::map<ClientId, Client> clients;
  std::function<bool(const std::string&)> filter;
  std::string reached_at;  ///< the server address that clients connected to; empty: unknown
};

}  // namespace cs
