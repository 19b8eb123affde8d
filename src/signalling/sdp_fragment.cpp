// SPDX-License-Identifier: MIT
#include "signalling/sdp_fragment.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "signalling/messages.hpp"

namespace cs {
namespace {

using Why = FragmentRefusal::Why;

/// Removes the next line from the text and returns it without its line end.
std::string_view cut_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Returns the value of "a=NAME:value", or nullopt.
std::optional<std::string_view> attribute(std::string_view line, std::string_view name) {
  if (!line.starts_with("a=")) return std::nullopt;
  line.remove_prefix(2);
  if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") return std::nullopt;
  return line.substr(name.size() + 1);
}

/// Reads the ICE attribute of a line, if any.
void read_ice(IceCredentials& section, std::string_view line) {
  if (const auto mid = attribute(line, "mid")) section.mid = *mid;
  if (const auto ufrag = attribute(line, "ice-ufrag")) section.ufrag = *ufrag;
  if (const auto pwd = attribute(line, "ice-pwd")) section.pwd = *pwd;
}

/// Parses one fragment line by line.
class Fragment {
 public:
  explicit Fragment(const std::vector<IceCredentials>& offer) : offer_(offer) {}

  /// False: the fragment is refused.
  bool take(std::string_view line) {
    if (line.size() < 2 || line[1] != '=' || has_control(line, "\x7f"))
      return refuse(Why::malformed, "it contains a line that is not SDP");
    if (line.starts_with("m=")) {
      if (!end_section()) return false;
      ++sections_;
      current_ = {};
      return true;
    }
    read_ice(sections_ == 0 ? session_level_ : current_, line);
    if (line == "a=end-of-candidates") {
      if (sections_ == 0)
        session_ends_ = true;
      else
        waiting_.emplace_back();
      return true;
    }
    if (!attribute(line, "candidate")) return true;
    if (sections_ == 0) return refuse(Why::malformed, "it contains a candidate before the first m= line");
    line.remove_prefix(2);
    if (line.size() > kMaxCandidateBytes) return refuse(Why::malformed, "it contains a candidate larger than 1 KB");
    if (++candidates_ > kMaxFragmentCandidates) return refuse(Why::too_many, "it contains more than 128 candidates");
    waiting_.emplace_back(line);
    return true;
  }

  std::variant<FragmentCandidates, FragmentRefusal> result() {
    if (!refusal_ && end_section()) {
      if (sections_ == 0 && differs(session_level_, offer_.empty() ? IceCredentials{} : offer_.front()))
        refuse(Why::restart, kRestart);
      else if (sections_ == 0 && !session_ends_)
        refuse(Why::malformed, "it contains neither a media section nor a=end-of-candidates");
    }
    if (refusal_) return std::move(*refusal_);
    if (session_ends_) result_.push_back({});
    return std::move(result_);
  }

 private:
  static constexpr const char* kRestart = "its ice-ufrag or ice-pwd differs from the offer";

  bool refuse(Why why, std::string words) {
    if (!refusal_) refusal_ = {why, std::move(words)};
    return false;
  }

  /// Missing credentials mean the credentials of the offer.
  static bool differs(const IceCredentials& given, const IceCredentials& offered) {
    return (!given.ufrag.empty() && given.ufrag != offered.ufrag) || (!given.pwd.empty() && given.pwd != offered.pwd);
  }

  bool end_section() {
    if (sections_ == 0) return true;
    if (current_.ufrag.empty()) current_.ufrag = session_level_.ufrag;
    if (current_.pwd.empty()) current_.pwd = session_level_.pwd;
    auto index = sections_ - 1;
    if (!current_.mid.empty()) {
      const auto known = [&](const IceCredentials& section) { return section.mid == current_.mid; };
      index = static_cast<std::size_t>(std::find_if(offer_.begin(), offer_.end(), known) - offer_.begin());
    }
    if (index >= offer_.size()) return refuse(Why::malformed, "it contains a media section that is not in the offer");
    if (differs(current_, offer_[index])) return refuse(Why::restart, kRestart);
    for (std::string& text : waiting_) result_.push_back({std::move(text), static_cast<unsigned>(index)});
    waiting_.clear();
    return true;
  }

  const std::vector<IceCredentials>& offer_;
  IceCredentials session_level_;
  IceCredentials current_;
  std::size_t sections_ = 0;
  std::size_t candidates_ = 0;
  bool session_ends_ = false;
  std::vector<std::string> waiting_;  // candidates of the current section, until its mid is known
  FragmentCandidates result_;
  std::optional<FragmentRefusal> refusal_;
};

}  // namespace

std::variant<FragmentCandidates, FragmentRefusal> read_fragment(std::string_view fragment,
                                                                const std::vector<IceCredentials>& offer) {
  Fragment reading(offer);
  while (!fragment.empty()) {
    const std::string_view line = cut_line(fragment);
    if (!line.empty() && !reading.take(line)) break;
  }
  return reading.result();
}

}  // namespace cs
