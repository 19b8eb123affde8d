// SPDX-License-Identifier: MIT
#include "net/status.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEncoder = "encoder ";

Json histogram_json(const Histogram& times) {
  const auto buckets = times.buckets();
  return {{"count", std::reduce(buckets.begin(), buckets.end())},
          {"sumUs", std::chrono::duration<double, std::micro>(times.sum()).count()},
          {"buckets", buckets}};
}

}  // namespace

std::string status_json(const Metrics& metrics, const PictureFormat& format, TimePoint start) {
  auto facts = metrics.facts();
  Json encoders = Json::object();
  for (const auto& [name, fact] : facts)
    if (name.starts_with(kEncoder)) encoders[name.substr(kEncoder.size())] = fact;
  Json stages = {{"boundsUs", kBucketBoundsUs}};
  for (const Stage* stage : metrics.stages()) stages[stage->name] = histogram_json(stage->times);
  const Json status = {{"version", facts["version"]},
                       {"uptimeS", std::chrono::duration<double>(Clock::now() - start).count()},
                       {"picture", {{"width", format.size.width}, {"height", format.size.height}, {"fps", format.fps}}},
                       {"renderer", facts["renderer"]},
                       {"readback", facts["readback"]},
                       {"encoders", encoders},
                       {"stages", stages}};
  return status.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cs
