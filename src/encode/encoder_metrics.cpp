// SPDX-License-Identifier: MIT
#include "encode/encoder_metrics.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace cs {
namespace {

constexpr std::int64_t kBytesPerKilobit = 125;

Labels codec_label(const Stream& stream) {
  return {{"codec", std::string(encoding_name(stream.codec))}};
}

Labels with(Labels labels, const char* name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

std::map<KeyframeCause, Metric*> keyframe_counters(const Stream& stream, Metrics& metrics) {
  static constexpr std::pair<KeyframeCause, const char*> kCauses[] = {{KeyframeCause::start, "start"},
                                                                      {KeyframeCause::newcomer, "newcomer"},
                                                                      {KeyframeCause::gap, "gap"},
                                                                      {KeyframeCause::request, "request"}};
  std::map<KeyframeCause, Metric*> counters;
  for (const auto& [cause, name] : kCauses)
    counters[cause] = &metrics.get("keyframes_requested_total", with(codec_label(stream), "cause", name));
  return counters;
}

}  // namespace

EncoderMetrics::EncoderMetrics(const Stream& stream, Metrics& metrics)
    : alive(metrics.get("encoders_running")),
      errors(metrics.get("encoder_errors_total")),
      push_refused(metrics.get("frames_dropped_total", {{"place", "encode"}, {"reason", "encoder-failed"}})),
      skipped(metrics.get("frames_dropped_total", {{"place", "encode"}, {"reason", "encoder-busy"}})),
      restarts(metrics.get("encoder_restarts_total")),
      gave_up(metrics.get("encoder_gave_up", codec_label(stream))),
      units_(metrics.get("encoded_frames_total", codec_label(stream))),
      bytes_(metrics.get("encoded_bytes_total", codec_label(stream))),
      keyframes_(metrics.get("encoded_keyframes_total", codec_label(stream))),
      target_(metrics.get("encoder_target_bytes_per_second",
                          with(codec_label(stream), "size", text_of(stream.format.size)))),
      keyframe_requests_(keyframe_counters(stream, metrics)) {
  set_target(stream.bitrate_kbps);
}

void EncoderMetrics::count(const AccessUnit& unit) {
  units_.add();
  bytes_.add(static_cast<std::int64_t>(unit.data.size()));
  if (unit.keyframe) keyframes_.add();
}

void EncoderMetrics::count_keyframe_request(KeyframeCause cause) {
  if (const auto counter = keyframe_requests_.find(cause); counter != keyframe_requests_.end()) counter->second->add();
}

void EncoderMetrics::set_target(int kbps) {
  target_.add((kbps - std::exchange(target_kbps_, kbps)) * kBytesPerKilobit);
}

}  // namespace cs
