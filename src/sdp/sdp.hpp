// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/signalling.hpp"

namespace cs {

/// A session description, freed at its end.
struct SdpMessageDeleter {
  void operator()(GstSDPMessage* message) const { gst_sdp_message_free(message); }
};
using SdpMessage = std::unique_ptr<GstSDPMessage, SdpMessageDeleter>;

/// GStreamer's parser takes nearly everything; null: not even that. Pure.
[[nodiscard]] SdpMessage parse_sdp(std::string_view text);

/// A section of a session description and, behind it, what holds for all of them. Views into the message, which must
/// live longer.
class SdpSection {
 public:
  SdpSection(const GstSDPMessage& message, unsigned index);

  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] std::string_view media() const;  ///< "video", "audio", "application"
  [[nodiscard]] std::string_view protocol() const;
  [[nodiscard]] bool is_rejected() const;  ///< port 0, and not because it is for the bundle only
  /// Those that mean what the section says: those below 35 have meanings of their own (RFC 3551, section 6), which
  /// GStreamer goes by.
  [[nodiscard]] std::vector<int> payload_types() const;

  /// How many payload types its line names, and how many attributes it has with those of the session.
  [[nodiscard]] std::size_t formats() const;
  [[nodiscard]] std::size_t attributes() const;

  /// Values of an attribute, the section's before the session's.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view key) const;
  /// The first of them, or nothing.
  [[nodiscard]] std::optional<std::string_view> first(std::string_view key) const;
  /// The first of the section alone; all of them.
  [[nodiscard]] std::optional<std::string_view> own(std::string_view key) const;
  [[nodiscard]] std::vector<std::string_view> all_own(std::string_view key) const;
  /// The rest of the section's first "a=key:PAYLOAD rest", of rtpmap and fmtp. Offers may have hundreds of these lines,
  /// and be asked for each payload type: they are looked through once.
  [[nodiscard]] std::optional<std::string_view> of_payload(std::string_view key, int payload_type) const;

  /// A payload type's codec, upper case, with its clock: "H264/90000". Empty: it has none.
  [[nodiscard]] std::string mapping(int payload_type) const;

  /// Whether the client wants to receive: recvonly or sendrecv, which is also the default.
  [[nodiscard]] bool wants_to_receive() const;

 private:
  using ByPayload = std::array<std::optional<std::string_view>, 128>;

  const GstSDPMessage* message_;
  const GstSDPMedia* media_;
  unsigned index_;
  ByPayload rtpmaps_;
  ByPayload fmtps_;
};

[[nodiscard]] std::vector<SdpSection> sections(const GstSDPMessage& message);

/// The session description with these candidates in their sections; `all`: there will be no more (RFC 8840, 8.2).
[[nodiscard]] std::string with_candidates(const std::string& sdp, std::span<const Candidate> candidates, bool all);

[[nodiscard]] std::string upper_case(std::string_view text);

/// The text cut at blanks.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);

/// The number if it is from `least` to `most` and nothing else is there.
[[nodiscard]] std::optional<int> number_within(std::string_view text, int least, int most);

}  // namespace cs
