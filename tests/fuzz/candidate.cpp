// SPDX-License-Identifier: MIT
#include "ice/candidate.hpp"

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
  const std::string plain = plain_candidate(text);
  must(flaw_of(plain) == CandidateFlaw::none && plain_candidate(plain) == plain, "what is passed on is good and plain");
  must(plain.find("  ") == plain.npos && !plain.ends_with(' '), "its words are one blank apart");
  const std::array<std::string, 3> addresses = {"203.0.113.7", "2001:db8::7", "198.51.100.1"};
  const auto all = announced(std::string(text), addresses);
  must(!all.empty() && all.front() == text && all.size() <= 1 + addresses.size(), "the candidate itself comes first");
}

}  // namespace

void fuzz(std::string_view input) {
  look_at_one(input);
  // Whatever is refused of a client far away may be right of a neighbour, but never the other way round.
  if (flaw_of(input) == CandidateFlaw::none)
    must(flaw_of(input, IpAddress::Reach::machine) == CandidateFlaw::none, "what all may say, a neighbour may");
}

}  // namespace cs
