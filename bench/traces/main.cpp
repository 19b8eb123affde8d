// SPDX-License-Identifier: MIT
// Traces the bandwidth estimate in simulated networks. Prints one line of JSON per network:
// {"what", "points": [[seconds, free kbit/s of the link, kbit/s of each stream…, queueing delay in ms], …]}.
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fakes/simulated_network.hpp"

namespace cs::bench {
namespace {

using namespace std::chrono_literals;
using simulated::Network;
using Json = nlohmann::json;

constexpr auto kLength = 100s;
constexpr auto kStep = 1s;
constexpr double kShown = 6e6;  // bit/s; higher link rates are not shown

/// Settings of the network from `at_s` seconds on.
struct Change {
  int at_s;
  LinkSettings link;
  double cross = 0;
};

struct Scenario {
  std::string what;
  int flows;
  std::vector<Change> changes;
};

LinkSettings link(double rate, double loss = 0) {
  return {.rate = rate, .queue_bytes = static_cast<std::size_t>(rate / 8 * 0.3), .delay = 20ms, .loss = loss};
}

LinkSettings shaky(double rate) {
  LinkSettings settings = link(rate);
  settings.jitter = 15ms;
  settings.reorder = 0.05;
  return settings;
}

LinkSettings longer(std::chrono::milliseconds delay) {
  LinkSettings settings = link(100e6);
  settings.delay = delay;
  return settings;
}

const std::vector<Scenario> kScenarios = {
    {"a link falls to 2 Mbit/s, then to 0.5, then rises again",
     1,
     {{0, link(100e6)}, {20, link(2e6)}, {45, link(500e3)}, {65, link(100e6)}}},
    {"a link of 3 Mbit/s, with cross traffic of 2 Mbit/s for a while",
     1,
     {{0, link(3e6)}, {30, link(3e6), 2e6}, {65, link(3e6)}}},
    {"two streams over a link of 4 Mbit/s", 2, {{0, link(4e6)}}},
    {"packet loss of 10 %, then 30 %", 1, {{0, link(100e6)}, {15, link(100e6, 0.1)}, {65, link(100e6, 0.3)}}},
    {"the path delay rises from 20 ms to 80, then to 200",
     1,
     {{0, link(100e6)}, {30, longer(80ms)}, {65, longer(200ms)}}},
    {"jitter and reordering over a link of 2.5 Mbit/s", 1, {{0, shaky(2.5e6)}}},
};

Json trace(const Scenario& scenario) {
  Network network(scenario.flows);
  Json points = Json::array();
  auto next = scenario.changes.begin();
  double free = 0;
  for (std::chrono::seconds at{0}; at < kLength; at += kStep) {
    if (next != scenario.changes.end() && at.count() >= next->at_s) {
      network.set(next->link);
      network.cross_traffic(next->cross);
      free = next->link.rate - next->cross;
      ++next;
    }
    const Network::Seen seen = network.run(kStep);
    Json point = {(at + kStep).count(), std::min(free, kShown) / 1000};
    for (const double rate : seen.rates) point.push_back(rate / 1000);
    point.push_back(seen.delay_p95_ms);
    points.push_back(std::move(point));
  }
  return {{"what", scenario.what}, {"points", points}};
}

}  // namespace
}  // namespace cs::bench

int main() {
  for (const auto& scenario : cs::bench::kScenarios) std::printf("%s\n", cs::bench::trace(scenario).dump().c_str());
  return 0;
}
