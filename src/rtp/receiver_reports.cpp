// SPDX-License-Identifier: MIT
#include "rtp/receiver_reports.hpp"

#include <algorithm>
#include <utility>

#include "ice/webrtc_internals.hpp"

namespace cs {
namespace {

constexpr double kShortSecond = 65536;  // RTCP round trip times are in units of 2^-16 s
constexpr double kWholeLoss = 256;      // fraction lost is in units of 2^-8
constexpr double kClockRate = 90000;    // RTP clock rate of all video codecs, in Hz

guint unsigned_of(const GstStructure* source, const char* field) {
  guint value = 0;
  gst_structure_get_uint(source, field, &value);
  return value;
}

bool is_true(const GstStructure* source, const char* field) {
  gboolean value = FALSE;
  return gst_structure_get_boolean(source, field, &value) != FALSE && value != FALSE;
}

Reception reception_of(const GstStructure* source) {
  Reception reception;
  if (const guint round_trip = unsigned_of(source, "rb-round-trip"); round_trip != 0)
    reception.round_trip_s = round_trip / kShortSecond;
  reception.loss = unsigned_of(source, "rb-fractionlost") / kWholeLoss;
  gint lost = 0;
  gst_structure_get_int(source, "rb-packetslost", &lost);
  reception.packets_lost = std::max(0, lost);  // duplicates make it negative (RFC 3550, section 6.4.1)
  reception.jitter_s = unsigned_of(source, "rb-jitter") / kClockRate;
  return reception;
}

}  // namespace

ReceiverReports::ReceiverReports(GstElement* webrtcbin) {
  const auto rtpbin = find_element(webrtcbin, WebRtcElement::rtp_bin);
  if (!rtpbin) return;
  GObject* session = nullptr;
  g_signal_emit_by_name(rtpbin.get(), "get-internal-session", 0U, &session);  // the only session (bundle)
  session_ = adopt(session);
}

std::optional<ReceiverReports::Sample> ReceiverReports::sample() {
  if (!session_) return std::nullopt;
  GstStructure* stats = nullptr;
  g_object_get(session_.get(), "stats", &stats, nullptr);
  if (stats == nullptr) return std::nullopt;
  std::optional<Sample> result;
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS  // rtpsession uses GValueArray
      const GValue* field = gst_structure_get_value(stats, "source-stats");
  const auto* sources = field != nullptr ? static_cast<const GValueArray*>(g_value_get_boxed(field)) : nullptr;
  for (guint i = 0; sources != nullptr && i < sources->n_values && !result; ++i) {
    const GstStructure* source = gst_value_get_structure(&sources->values[i]);
    if (!is_true(source, "have-rb")) continue;
    result = {.reception = reception_of(source)};
    const std::uint64_t id = std::uint64_t{unsigned_of(source, "rb-exthighestseq")} << 32U ^
                             unsigned_of(source, "rb-lsr") ^ unsigned_of(source, "rb-dlsr");
    result->is_new = std::exchange(last_, id) != id;
  }
  G_GNUC_END_IGNORE_DEPRECATIONS
  gst_structure_free(stats);
  return result;
}

}  // namespace cs
