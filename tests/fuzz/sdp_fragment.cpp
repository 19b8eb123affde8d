// SPDX-License-Identifier: MIT
#include "signalling/sdp_fragment.hpp"

#include <string>
#include <variant>

#include "fuzz/fuzz.hpp"
#include "signalling/messages.hpp"

namespace cs {
namespace {

using test::must;

void look(const FragmentRefusal& refusal, std::size_t /*sections*/) {
  must(refusal.words.starts_with("it"), "what is refused has a half sentence");
  must(!test::has_control(refusal.words), "a refusal is one line");
}

void look(const FragmentCandidates& candidates, std::size_t sections) {
  std::size_t real = 0;
  for (const Candidate& candidate : candidates) {
    must(candidate.mline_index < sections || candidate.text.empty(), "a candidate's section is one of the offer");
    must(candidate.text.empty() || candidate.text.starts_with("candidate:"), "a candidate is one, or the end of them");
    must(candidate.text.size() <= kMaxCandidateBytes, "a candidate is within its bounds");
    for (const char c : candidate.text) must(static_cast<unsigned char>(c) >= 0x20, "a candidate is one line");
    if (!candidate.text.empty()) ++real;
  }
  must(real <= kMaxFragmentCandidates, "the candidates are bounded");
}

}  // namespace

/// An offer, a line of "%", and a fragment.
void fuzz(std::string_view input) {
  const std::string_view sdp = test::cut(input, "%\n");
  const auto offer = ice_sections(sdp);
  std::visit([&](const auto& result) { look(result, offer.size()); }, read_fragment(input, offer));
}

}  // namespace cs
