// SPDX-License-Identifier: MIT
#include "ladder/adaptation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cs {

std::vector<std::vector<Rung>> ladders_of(const std::vector<Channel>& channels) {
  std::vector<std::vector<Rung>> ladders(channels.size());
  for (std::size_t i = 0; i < channels.size(); ++i)
    for (const RungStream& rung : channels[i].rungs) ladders[i].push_back(rung.rung);
  return ladders;
}

Adaptation::Adaptation(const std::vector<std::vector<Rung>>& ladders) {
  for (const auto& ladder : ladders) channels_.push_back({ladder, {ladder.begin(), ladder.end()}});
}

Adaptation::Changes Adaptation::update(std::vector<Watching> watching, TimePoint now) {
  Changes changes;
  std::erase_if(choices_, [&](const auto& choice) {
    return std::ranges::find(watching, choice.first, &Watching::viewer) == watching.end();
  });
  for (Watching& viewer : watching) {
    if (viewer.next != viewer.rung) continue;  // still moving
    viewer.next = choose(viewer, now);
    if (viewer.next != viewer.rung) changes.moves.push_back({viewer.viewer, viewer.next});
  }
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) set_rates(channel, watching, now, changes);
  return changes;
}

double Adaptation::carries(const Watching& viewer, TimePoint now) {
  if (!viewer.carries || !viewer.limited_at) return std::numeric_limits<double>::max();
  const double forgotten_s = std::chrono::duration<double>(now - *viewer.limited_at - kLimitHolds).count();
  return *viewer.carries * std::pow(kForgottenPerSecond, std::max(0.0, forgotten_s));
}

void Adaptation::set_rates(std::size_t channel, std::span<const Watching> watching, TimePoint now, Changes& changes) {
  auto& rates = channels_[channel].rates;
  for (std::size_t rung = 0; rung < rates.size(); ++rung) {
    std::vector<double> carried;
    for (const Watching& viewer : watching) {
      // Viewers that are moving here count, so that the rate already suits them on arrival.
      if (viewer.channel != channel || (viewer.rung != rung && viewer.next != rung)) continue;
      carried.push_back(carries(viewer, now));
    }
    if (const auto kbps = rates[rung].update(std::move(carried), now)) changes.rates.push_back({channel, rung, *kbps});
  }
}

std::size_t Adaptation::choose(const Watching& viewer, TimePoint now) {
  const auto& [ladder, rates] = channels_[viewer.channel];
  if (ladder.size() < 2) return viewer.rung;
  RungChoice& choice = choices_.try_emplace(viewer.viewer, ladder).first->second;
  if (choice.rung() != viewer.rung) choice.stay(viewer.rung, now);
  std::vector<double> expected;
  for (const StreamRate& rate : rates) expected.push_back(rate.expected());
  return choice.update({.carries = carries(viewer, now),
                        .sending = viewer.sending,
                        .is_crowded = viewer.is_crowded,
                        .expected = expected},
                       now);
}

}  // namespace cs
