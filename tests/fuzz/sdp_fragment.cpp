// SPDX-License-Identifier: MIT
#include "signalling/sdp_fragment.hpp"

#include <gst/gst.h>

#include <string>
#include <variant>

#include "fuzz/fuzz.hpp"
#include "sdp/offer.hpp"
#include "signalling/messages.hpp"

namespace cs {
namespace {

using test::must;

void check(const FragmentRefusal& refusal, std::size_t /*sections*/) {
  must(refusal.words.starts_with("it"), "a refusal has a half sentence");
  must(!test::has_control(refusal.words), "a refusal is one line");
}

void check(const FragmentCandidates& candidates, std::size_t sections) {
  std::size_t real = 0;
  for (const Candidate& candidate : candidates) {
    must(candidate.mline_index < sections || candidate.text.empty(), "the section of a candidate is in the offer");
    must(candidate.text.empty() || candidate.text.starts_with("candidate:"),
         "a candidate is valid, or marks the end of candidates");
    must(candidate.text.size() <= kMaxCandidateBytes, "a candidate is within its limits");
    for (const char c : candidate.text) must(static_cast<unsigned char>(c) >= 0x20, "a candidate is one line");
    if (!candidate.text.empty()) ++real;
  }
  must(real <= kMaxFragmentCandidates, "the candidates are bounded");
}

}  // namespace

/// Input: an offer, a line "%", and a fragment.
void fuzz(std::string_view input) {
  const std::string_view sdp = test::cut(input, "%\n");
  static const bool started = gst_init_check(nullptr, nullptr, nullptr) == TRUE;
  must(started, "GStreamer starts");
  const auto offer = Offer(sdp).ice_credentials();
  std::visit([&](const auto& result) { check(result, offer.size()); }, read_fragment(input, offer));
}

}  // namespace cs
