// SPDX-License-Identifier: MIT
#include "signalling/sdp_fragment.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "signalling/messages.hpp"

namespace cs {
namespace {

using Why = FragmentRefusal::Why;

/// The next line, without its end; the text goes on behind it.
std::string_view cut_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The value of "a=NAME:value", or nothing.
std::optional<std::string_view> attribute(std::string_view line, std::string_view name) {
  if (!line.starts_with("a=")) return std::nullopt;
  line.remove_prefix(2);
  if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") return std::nullopt;
  return line.substr(name.size() + 1);
}

/// Takes what a line says of its section's ICE.
void note(IceSection& section, std::string_view line) {
  if (const auto mid = attribute(line, "mid")) section.mid = *mid;
  if (const auto ufrag = attribute(line, "ice-ufrag")) section.ufrag = *ufrag;
  if (const auto pwd = attribute(line, "ice-pwd")) section.pwd = *pwd;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// One fragment's way through its lines.
class Fragment {
 public:
  explicit Fragment(const std::vector<IceSection>& offer) : offer_(offer) {}

  /// False: there is a refusal.
  bool take(std::string_view line) {
    if (line.size() < 2 || line[1] != '=' || has_control(line))
      return refuse(Why::malformed, "it has a line that is no SDP");
    if (line.starts_with("m=")) {
      if (!end_section()) return false;
      ++sections_;
      here_ = {};
      return true;
    }
    note(sections_ == 0 ? everywhere_ : here_, line);
    if (line == "a=end-of-candidates") {
      if (sections_ == 0)
        all_end_ = true;
      else
        waiting_.emplace_back();
      return true;
    }
    if (!attribute(line, "candidate")) return true;
    if (sections_ == 0) return refuse(Why::malformed, "it has a candidate before the first m= line");
    line.remove_prefix(2);
    if (line.size() > kMaxCandidateBytes) return refuse(Why::malformed, "it has a candidate of more than 1 KB");
    if (++candidates_ > kMaxFragmentCandidates) return refuse(Why::too_many, "it has more than 128 candidates");
    waiting_.emplace_back(line);
    return true;
  }

  std::variant<FragmentCandidates, FragmentRefusal> result() {
    if (!refusal_ && end_section()) {
      if (sections_ == 0 && differs(everywhere_, offer_.empty() ? IceSection{} : offer_.front()))
        refuse(Why::restart, kRestart);
      else if (sections_ == 0 && !all_end_)
        refuse(Why::malformed, "it has neither a media section nor an end of candidates");
    }
    if (refusal_) return std::move(*refusal_);
    if (all_end_) result_.push_back({});
    return std::move(result_);
  }

 private:
  static constexpr const char* kRestart = "its ice-ufrag or ice-pwd is not the offer's";

  bool refuse(Why why, std::string words) {
    if (!refusal_) refusal_ = {why, std::move(words)};
    return false;
  }

  /// Whoever leaves its credentials out means the ones there are.
  static bool differs(const IceSection& said, const IceSection& offered) {
    return (!said.ufrag.empty() && said.ufrag != offered.ufrag) || (!said.pwd.empty() && said.pwd != offered.pwd);
  }

  bool end_section() {
    if (sections_ == 0) return true;
    if (here_.ufrag.empty()) here_.ufrag = everywhere_.ufrag;
    if (here_.pwd.empty()) here_.pwd = everywhere_.pwd;
    auto index = sections_ - 1;
    if (!here_.mid.empty()) {
      const auto known = [&](const IceSection& section) { return section.mid == here_.mid; };
      index = static_cast<std::size_t>(std::find_if(offer_.begin(), offer_.end(), known) - offer_.begin());
    }
    if (index >= offer_.size()) return refuse(Why::malformed, "it has a media section that the offer has not");
    if (differs(here_, offer_[index])) return refuse(Why::restart, kRestart);
    for (std::string& text : waiting_) result_.push_back({std::move(text), static_cast<unsigned>(index)});
    waiting_.clear();
    return true;
  }

  const std::vector<IceSection>& offer_;
  IceSection everywhere_;
  IceSection here_;
  std::size_t sections_ = 0;
  std::size_t candidates_ = 0;
  bool all_end_ = false;
  std::vector<std::string> waiting_;  // for their section's mid
  FragmentCandidates result_;
  std::optional<FragmentRefusal> refusal_;
};

}  // namespace

std::vector<IceSection> ice_sections(std::string_view sdp) {
  IceSection everywhere;
  std::vector<IceSection> sections;
  while (!sdp.empty()) {
    const std::string_view line = cut_line(sdp);
    if (line.starts_with("m="))
      sections.push_back({"", everywhere.ufrag, everywhere.pwd});
    else
      note(sections.empty() ? everywhere : sections.back(), line);
  }
  return sections;
}

std::variant<FragmentCandidates, FragmentRefusal> read_fragment(std::string_view fragment,
                                                                const std::vector<IceSection>& offer) {
  Fragment reading(offer);
  while (!fragment.empty()) {
    const std::string_view line = cut_line(fragment);
    if (!line.empty() && !reading.take(line)) break;
  }
  return reading.result();
}

}  // namespace cs
