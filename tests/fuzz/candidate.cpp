// SPDX-License-Identifier: MIT
#include "ice/candidate.hpp"

#include <array>
#include <string>

#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

void check_candidate(std::string_view text) {
  const CandidateFlaw flaw = flaw_of(text);
  must(!words_for(flaw).empty(), "each flaw has a description");
  if (flaw != CandidateFlaw::none) return;
  must(!test::has_control(text), "a valid candidate is one line");
  if (text.starts_with("a=")) text.remove_prefix(2);
  const std::string plain = plain_candidate(text);
  must(flaw_of(plain) == CandidateFlaw::none && plain_candidate(plain) == plain,
       "a forwarded candidate is valid and plain");
  must(plain.find("  ") == plain.npos && !plain.ends_with(' '), "its words are separated by one blank");
  const std::array<std::string, 3> addresses = {"203.0.113.7", "2001:db8::7", "198.51.100.1"};
  const auto all = announced(std::string(text), addresses);
  must(!all.empty() && all.front() == text && all.size() <= 1 + addresses.size(), "the candidate itself comes first");
}

}  // namespace

void fuzz(std::string_view input) {
  check_candidate(input);
  // A candidate that is refused from a remote client may be valid from a local one, but not vice versa.
  if (flaw_of(input) == CandidateFlaw::none)
    must(flaw_of(input, IpAddress::Reach::machine) == CandidateFlaw::none,
         "a candidate that is valid for all clients is valid for local ones");
}

}  // namespace cs
