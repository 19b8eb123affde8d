// SPDX-License-Identifier: MIT
#include "viewer/candidate.hpp"

#include <array>
#include <string>

#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

void look_at_one(std::string_view text) {
  const CandidateFlaw flaw = flaw_of(text);
  must(!words_for(flaw).empty(), "each flaw has words");
  if (flaw != CandidateFlaw::none) return;
  must(!test::has_control(text), "a good candidate is one line");
  if (text.starts_with("a=")) text.remove_prefix(2);
  const std::array<std::string, 3> addresses = {"203.0.113.7", "2001:db8::7", "198.51.100.1"};
  const auto all = announced(std::string(text), addresses);
  must(!all.empty() && all.front() == text && all.size() <= 1 + addresses.size(), "the candidate itself comes first");
}

}  // namespace

void fuzz(std::string_view input) {
  look_at_one(input);
  std::size_t dropped = 0;
  const auto note = [&](std::string_view text, CandidateFlaw flaw) {
    must(flaw != CandidateFlaw::none && flaw_of(text) == flaw, "what is dropped has that flaw");
    ++dropped;
  };
  const std::string rest = without_flawed(input, note);
  must(rest.size() <= input.size() && (dropped > 0) == (rest.size() < input.size()), "only what is flawed is missing");
  dropped = 0;
  must(without_flawed(rest, note) == rest && dropped == 0, "what is left has no flaw");
  for (std::string_view lines = rest; !lines.empty();) {
    std::string_view line = test::cut(lines, "\n");
    if (!line.starts_with("a=candidate:")) continue;
    line = line.substr(0, line.find_last_not_of('\r') + 1);
    must(flaw_of(line) == CandidateFlaw::none, "a candidate that is left is good");
    look_at_one(line);
  }
}

}  // namespace cs
