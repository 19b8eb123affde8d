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

#include "cubestream/ice.hpp"

namespace cs {

/// Deleter of SdpMessage.
struct SdpMessageDeleter {
  void operator()(GstSDPMessage* message) const { gst_sdp_message_free(message); }
};
using SdpMessage = std::unique_ptr<GstSDPMessage, SdpMessageDeleter>;

/// Parses an SDP. Returns null on failure; GStreamer's parser accepts nearly everything. Pure.
[[nodiscard]] SdpMessage parse_sdp(std::string_view text);

/// A media section of a session description, with access to the session attributes. Returns views into the message,
/// which must outlive this object.
class SdpSection {
 public:
  SdpSection(const GstSDPMessage& message, unsigned index);

  [[nodiscard]] unsigned index() const { return index_; }
  [[nodiscard]] std::string_view media() const;  ///< "video", "audio", "application"
  [[nodiscard]] std::string_view protocol() const;
  [[nodiscard]] bool is_rejected() const;  ///< port 0 without a=bundle-only
  /// The payload types from 35 to 127. Lower ones have static meanings (RFC 3551, section 6), which GStreamer uses.
  [[nodiscard]] std::vector<int> payload_types() const;

  /// Number of formats in the m= line; number of attributes, including session attributes.
  [[nodiscard]] std::size_t formats() const;
  [[nodiscard]] std::size_t attributes() const;

  /// All values of an attribute: first the section's, then the session's.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view key) const;
  /// The first value of all(), if any.
  [[nodiscard]] std::optional<std::string_view> first(std::string_view key) const;
  /// The first value, and all values, of the section without the session.
  [[nodiscard]] std::optional<std::string_view> own(std::string_view key) const;
  [[nodiscard]] std::vector<std::string_view> all_own(std::string_view key) const;
  /// The text after the payload type in the section's first a=rtpmap or a=fmtp line for it; `key` is "rtpmap" or
  /// "fmtp". The lines are indexed once, because offers may have hundreds of them and each payload type is looked up.
  [[nodiscard]] std::optional<std::string_view> of_payload(std::string_view key, int payload_type) const;

  /// Codec and clock rate of a payload type in upper case, for example "H264/90000". Empty if it has none.
  [[nodiscard]] std::string mapping(int payload_type) const;

  /// Whether the client wants to receive: recvonly or sendrecv (the default).
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

/// Adds the candidates to their sections and returns the SDP. `all` adds a=end-of-candidates (RFC 8840, 8.2).
[[nodiscard]] std::string with_candidates(const std::string& sdp, std::span<const Candidate> candidates, bool all);

[[nodiscard]] std::string upper_case(std::string_view text);

/// Splits the text at blanks and tabs.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);

}  // namespace cs
