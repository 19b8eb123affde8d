// SPDX-License-Identifier: MIT
#include "rtp/rtp_packetizer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace cs {
namespace {

constexpr std::size_t kMaxPacket = 1200;
constexpr std::size_t kHead = 12;
constexpr std::uint32_t kClockRate = 90000;
constexpr std::uint8_t kVersion = 0x80;
constexpr std::uint8_t kVersionExtended = 0x90;

/// The header extensions of a packet (RFC 8285, section 4.2).
class Extensions {
 public:
  /// Minimum and maximum playout delay of 0.
  void add_no_playout_delay(int id) {
    const std::array<std::uint8_t, 3> none = {};
    add(id, none);
  }
  void add_number(int id, std::uint16_t number) {
    const std::array number_bytes = {static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
    add(id, number_bytes);
  }

  [[nodiscard]] bool empty() const { return size_ == kHeader; }

  /// The extension block with header and padding.
  [[nodiscard]] std::span<const std::uint8_t> bytes() {
    const std::size_t words = (size_ - kHeader + 3) / 4;
    bytes_[3] = static_cast<std::uint8_t>(words);
    return std::span(bytes_).first(kHeader + 4 * words);
  }

 private:
  void add(int id, std::span<const std::uint8_t> value) {
    bytes_[size_++] = static_cast<std::uint8_t>(static_cast<std::size_t>(id) << 4U | (value.size() - 1));
    size_ = static_cast<std::size_t>(std::ranges::copy(value, bytes_.begin() + size_).out - bytes_.begin());
  }

  static constexpr std::size_t kHeader = 4;
  std::array<std::uint8_t, kHeader + 8> bytes_ = {0xbe, 0xde};
  std::size_t size_ = kHeader;
};

std::uint32_t ticks(TimePoint time) {
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, kClockRate>>;
  return static_cast<std::uint32_t>(std::chrono::duration_cast<Ticks>(time.time_since_epoch()).count());
}

}  // namespace

RtpPacketizer::RtpPacketizer(Codec codec, const Config& config)
    : split_(codec_row(codec).split),
      payload_type_(static_cast<std::uint8_t>(config.payload_type)),
      ssrc_(config.ssrc),
      playout_delay_id_(config.playout_delay_id),
      transport_wide_id_(config.transport_wide_id),
      timestamp_offset_(g_random_int()),
      // The first number is below 2^15, away from the wrap-around: RFC 3711, 3.3.1.
      sequence_(static_cast<std::uint16_t>(g_random_int() & 0x7fffU)) {}

Ref<GstBufferList> RtpPacketizer::packetize(const AccessUnit& unit) {
  const std::uint32_t timestamp = ticks(unit.captured_at) + timestamp_offset_;
  const auto pts = static_cast<GstClockTime>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(unit.captured_at.time_since_epoch()).count());
  auto list = adopt(gst_buffer_list_new());
  GstBuffer* last = nullptr;
  const auto emit = [&](std::span<const std::uint8_t> prefix, std::span<const std::byte> data) {
    const std::uint16_t sequence = sequence_++;
    Extensions extensions;
    // Receivers read it from the first packet of an access unit.
    if (playout_delay_id_ != 0 && last == nullptr) extensions.add_no_playout_delay(playout_delay_id_);
    if (transport_wide_id_ != 0) extensions.add_number(transport_wide_id_, sequence);
    const bool extended = !extensions.empty();
    const auto extension = extended ? extensions.bytes() : std::span<const std::uint8_t>();
    GstBuffer* packet =
        gst_buffer_new_allocate(nullptr, kHead + extension.size() + prefix.size() + data.size(), nullptr);
    const auto byte = [](std::uint32_t word, unsigned shift) { return static_cast<std::uint8_t>(word >> shift); };
    const std::array<std::uint8_t, kHead> head = {extended ? kVersionExtended : kVersion,
                                                  payload_type_,
                                                  byte(sequence, 8),
                                                  byte(sequence, 0),
                                                  byte(timestamp, 24),
                                                  byte(timestamp, 16),
                                                  byte(timestamp, 8),
                                                  byte(timestamp, 0),
                                                  byte(ssrc_, 24),
                                                  byte(ssrc_, 16),
                                                  byte(ssrc_, 8),
                                                  byte(ssrc_, 0)};
    GstMapInfo map;
    if (gst_buffer_map(packet, &map, GST_MAP_WRITE) == FALSE) return gst_buffer_unref(packet);  // as lost
    std::uint8_t* to = std::ranges::copy(head, map.data).out;
    to = std::ranges::copy(extension, to).out;
    to = std::ranges::copy(prefix, to).out;
    std::ranges::copy(data, reinterpret_cast<std::byte*>(to));
    gst_buffer_unmap(packet, &map);
    GST_BUFFER_PTS(packet) = pts;
    gst_buffer_list_add(list.get(), packet);
    last = packet;
  };
  Extensions most;
  if (playout_delay_id_ != 0) most.add_no_playout_delay(playout_delay_id_);
  if (transport_wide_id_ != 0) most.add_number(transport_wide_id_, 0);
  const std::size_t overhead = kHead + (most.empty() ? 0 : most.bytes().size());
  split_(unit.parts, picture_id_++, kMaxPacket - overhead, emit);
  if (last != nullptr) {
    constexpr std::uint8_t marked = 0x80;
    const auto type = static_cast<std::uint8_t>(payload_type_ | marked);
    gst_buffer_fill(last, 1, &type, 1);
    GST_BUFFER_FLAG_SET(last, GST_BUFFER_FLAG_MARKER);
  }
  return list;
}

}  // namespace cs
