// SPDX-License-Identifier: MIT
#include "observability/status.hpp"

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string_view>

#include "observability/health.hpp"

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

Json histogram_json(const Histogram& times) {
  const auto buckets = times.buckets();
  return {{"count", std::reduce(buckets.begin(), buckets.end())},
          {"sumUs", std::chrono::duration<double, std::micro>(times.sum()).count()},
          {"buckets", buckets}};
}

Json stages_json(const Metrics& metrics) {
  Json stages = {{"boundsUs", kBucketBoundsUs}};
  for (const Stage* stage : metrics.stages()) stages[stage->name] = histogram_json(stage->times);
  return stages;
}

/// Null: what is not known.
Json milliseconds_json(std::optional<double> seconds) {
  return seconds ? Json(*seconds * 1000) : Json();
}

Json picture_json(const FrameFormat& format) {
  return {{"width", format.size.width}, {"height", format.size.height}, {"fps", format.fps}};
}

/// Without addresses: this can be read by all who can watch.
Json viewer_json(const ViewerFigures& viewer, TimePoint now) {
  std::optional<double> connected_after;
  if (viewer.connected_after) connected_after = seconds(*viewer.connected_after);
  const auto& reception = viewer.reception;
  return {{"viewer", viewer.client},
          {"state", name_of(viewer.state)},
          {"codec", encoding_name(viewer.codec)},
          {"hereS", seconds(now - viewer.since)},
          {"connectedAfterMs", milliseconds_json(connected_after)},
          {"bytes", viewer.bytes},
          {"packets", viewer.packets},
          {"pictures", viewer.pictures},
          {"picturesSkipped", viewer.pictures_skipped},
          {"picturesSkippedForNetwork", viewer.pictures_skipped_for_network},
          {"picture", picture_json(viewer.picture)},
          {"movesDown", viewer.moves_down},
          {"movesUp", viewer.moves_up},
          {"limitedByNetworkS", viewer.limited_s},
          {"slowed", viewer.slowed},
          {"bytesPerSecond", viewer.bytes_per_second},
          {"networkCarriesBitsPerSecond",
           viewer.carries_bits_per_second ? Json(std::round(*viewer.carries_bits_per_second)) : Json()},
          {"roundTripMs", milliseconds_json(reception ? reception->round_trip_s : std::nullopt)},
          {"jitterMs", milliseconds_json(reception ? std::optional(reception->jitter_s) : std::nullopt)},
          {"loss", reception ? Json(reception->loss) : Json()},
          {"packetsLost", reception ? Json(reception->packets_lost) : Json()}};
}

Json viewers_json(const ViewerList& viewers) {
  const TimePoint now = Clock::now();
  Json list = Json::array();
  for (const ViewerFigures& viewer : viewers) list.push_back(viewer_json(viewer, now));
  return list;
}

/// The whole of it is said by /api/recording. An empty state: nothing is recorded here.
Json recording_json(const Metrics& metrics, const std::string& state) {
  if (state.empty()) return nullptr;
  return {{"state", state},
          {"segments", metrics.total("recording_segments_total")},
          {"bytes", metrics.total("recording_bytes_total")},
          {"errors", metrics.total("recording_errors_total")}};
}

}  // namespace

std::string status_json(const Metrics& metrics, const ViewerList& viewers, const FrameFormat& format, TimePoint start) {
  const std::string unready = unready_because(metrics, format);
  const Json status = {{"version", metrics.fact("version")},
                       {"uptimeS", seconds(Clock::now() - start)},
                       {"ready", unready.empty()},
                       {"unreadyBecause", unready.empty() ? Json() : Json(unready)},
                       {"scene", metrics.fact("scene")},
                       {"picture", picture_json(format)},
                       {"renderer", metrics.fact("renderer")},
                       {"readback", metrics.fact("readback")},
                       {"encoders", Json(metrics.facts("encoder"))},
                       {"encodersWhy", Json(metrics.facts("encoder_reason"))},
                       {"viewers", viewers_json(viewers)},
                       {"recording", recording_json(metrics, metrics.fact("recording"))},
                       {"stages", stages_json(metrics)}};
  return status.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cs
