// SPDX-License-Identifier: MIT
#include "observability/prometheus.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "observability/metric_table.hpp"
#include "observability/process_metrics.hpp"

namespace cs {
namespace {

using Family = prometheus::MetricFamily;
using Sample = prometheus::ClientMetric;
using prometheus::MetricType;

const std::string kPrefix = "cubestream_";

/// The upper bounds, in microseconds, of the stages' buckets that are exported: all 72 of each stage would be most of a
/// scrape.
constexpr std::array<std::int64_t, 11> kExportedBoundsUs = {64,    256,   1024,  2048,   4096,  8192,
                                                            16384, 32768, 65536, 131072, 524288};
static_assert(std::ranges::all_of(kExportedBoundsUs, [](auto us) {
  return std::ranges::find(kBucketBoundsUs, us) != kBucketBoundsUs.end();
}));

std::vector<Sample::Label> to_labels(const Labels& labels) {
  std::vector<Sample::Label> result;
  for (const auto& [name, value] : labels) result.push_back({name, value});
  return result;
}

/// Metric families, in the order of their first row. Looked up by name.
class Families {
 public:
  Family& of(const std::string& name, std::string_view help, MetricType type) {
    const auto [place, is_new] = index_.try_emplace(name, families_.size());
    if (is_new) families_.push_back({.name = name, .help = std::string(help), .type = type, .metric = {}});
    return families_[place->second];
  }
  [[nodiscard]] const std::vector<Family>& all() const { return families_; }

 private:
  std::map<std::string, std::size_t> index_;
  std::vector<Family> families_;
};

void write(Families& families, const MetricRow& row, const Reading& reading) {
  Sample sample;
  sample.label = to_labels(reading.labels);
  const bool is_counter = row.kind == MetricRow::Kind::counter;
  (is_counter ? sample.counter.value : sample.gauge.value) = static_cast<double>(reading.value);
  families.of(kPrefix + reading.name, row.help, is_counter ? MetricType::Counter : MetricType::Gauge)
      .metric.push_back(std::move(sample));
}

void write(Families& families, const MetricRow& row, const Distribution& distribution) {
  Sample sample;
  auto& histogram = sample.histogram;
  const auto counts = distribution.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += static_cast<std::uint64_t>(counts[i]);
    if (i < distribution.bounds().size())
      histogram.bucket.push_back({.cumulative_count = histogram.sample_count, .upper_bound = distribution.bounds()[i]});
  }
  histogram.sample_sum = distribution.sum();
  families.of(kPrefix + std::string(row.name), row.help, MetricType::Histogram).metric.push_back(std::move(sample));
}

void write(Families& families, const Stage& stage) {
  constexpr double kMicrosecond = 1e-6;
  Sample sample;
  sample.label = {{"stage", stage.name}};
  auto& histogram = sample.histogram;
  const auto counts = stage.times.buckets();
  const auto* bound = kExportedBoundsUs.begin();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += static_cast<std::uint64_t>(counts[i]);
    if (i >= kBucketBoundsUs.size() || bound == kExportedBoundsUs.end() || kBucketBoundsUs[i] != *bound) continue;
    histogram.bucket.push_back(
        {.cumulative_count = histogram.sample_count, .upper_bound = static_cast<double>(*bound++) * kMicrosecond});
  }
  histogram.sample_sum = std::chrono::duration<double>(stage.times.sum()).count();
  families
      .of("cubestream_stage_duration_seconds",
          "Time that a frame spent in each stage; packetise, send and total are counted for each viewer.",
          MetricType::Histogram)
      .metric.push_back(std::move(sample));
}

/// A fact becomes a label of a gauge with the value 1.
void write_facts(Families& families, const Metrics& metrics) {
  const auto add = [&](const char* name, const char* help, Labels labels) {
    Sample sample;
    sample.label = to_labels(labels);
    sample.gauge.value = 1;
    families.of(name, help, MetricType::Gauge).metric.push_back(std::move(sample));
  };
  add("cubestream_build_info", "The running version.", {{"version", metrics.fact("version")}});
  add("cubestream_renderer_info", "The renderer, and how frames are read back from it.",
      {{"renderer", metrics.fact("renderer")},
       {"readback", metrics.fact("readback")},
       {"scene", metrics.fact("scene")}});
  for (const auto& [codec, encoder] : metrics.facts("encoder"))
    add("cubestream_encoder_info", "The encoder of each codec.", {{"codec", codec}, {"encoder", encoder}});
}

void write_process(Families& families) {
  for (const ProcessMetric& metric : process_metrics()) {
    Sample sample;
    (metric.is_counter ? sample.counter.value : sample.gauge.value) = metric.value;
    families.of(std::string(metric.name), metric.help, metric.is_counter ? MetricType::Counter : MetricType::Gauge)
        .metric.push_back(std::move(sample));
  }
}

}  // namespace

std::string prometheus_text(const Metrics& metrics) {
  Families families;
  const auto readings = metrics.all();
  const auto distributions = metrics.distributions();
  for (const MetricRow& row : metric_table()) {
    for (const Reading& reading : readings)
      if (reading.name == row.name) write(families, row, reading);
    for (const auto& [name, distribution] : distributions)
      if (name == row.name) write(families, row, *distribution);
  }
  for (const Stage* stage : metrics.stages()) write(families, *stage);
  write_facts(families, metrics);
  write_process(families);
  return prometheus::TextSerializer().Serialize(families.all());
}

}  // namespace cs
