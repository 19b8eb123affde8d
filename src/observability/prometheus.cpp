// SPDX-License-Identifier: MIT
#include "observability/prometheus.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "observability/process_metrics.hpp"
#include "observability/prometheus_table.hpp"

namespace cs {
namespace {

using Family = prometheus::MetricFamily;
using Sample = prometheus::ClientMetric;
using prometheus::MetricType;

/// Of the stages' fine buckets those whose ends are told, in microseconds: all 72 of ten stages would be most of what a
/// scrape is.
constexpr std::array<std::int64_t, 11> kToldBoundsUs = {64,    256,   1024,  2048,   4096,  8192,
                                                        16384, 32768, 65536, 131072, 524288};
static_assert(std::ranges::all_of(kToldBoundsUs, [](auto us) {
  return std::ranges::find(kBucketBoundsUs, us) != kBucketBoundsUs.end();
}));

std::vector<Sample::Label> to_labels(const Labels& labels) {
  std::vector<Sample::Label> result;
  for (const auto& [name, value] : labels) result.push_back({name, value});
  return result;
}

/// Of a row: `place="render",reason="late"`.
void add_labels(std::string_view text, std::vector<Sample::Label>& labels) {
  while (!text.empty()) {
    const auto equals = text.find("=\"");
    const auto end = text.find('"', equals + 2);
    labels.push_back({std::string(text.substr(0, equals)), std::string(text.substr(equals + 2, end - equals - 2))});
    text.remove_prefix(std::min(text.size(), end + 2));
  }
}

/// Families in the order of their first row, found by name.
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

using Rows = std::multimap<std::string_view, const MetricRow*>;

const Rows& rows_by_inner() {
  static const Rows rows = [] {
    Rows result;
    for (const MetricRow& row : metric_rows()) result.emplace(row.inner, &row);
    return result;
  }();
  return rows;
}

MetricRow row_of(const std::string& inner, MetricRow::Kind otherwise) {
  const auto row = rows_by_inner().find(inner);
  return row != rows_by_inner().end()
             ? *row->second
             : MetricRow{.inner = {}, .outer = {}, .kind = otherwise, .help = {}, .labels = {}};
}

/// Of the first row of that outer name.
std::string_view help_of(const MetricRow& row) {
  const auto rows = metric_rows();
  const auto first = std::ranges::find(rows, row.outer, &MetricRow::outer);
  return first != rows.end() ? first->help : std::string_view();
}

std::string outer_name(const MetricRow& row, const std::string& inner) {
  return row.outer.empty() ? "cubestream_" + inner : std::string(row.outer);
}

void tell(Families& families, const Reading& reading) {
  const bool counts = reading.name.ends_with("_total");
  const MetricRow row = row_of(reading.name, counts ? MetricRow::Kind::counter : MetricRow::Kind::gauge);
  Sample sample;
  sample.label = to_labels(reading.labels);
  add_labels(row.labels, sample.label);
  const bool is_counter = row.kind == MetricRow::Kind::counter;
  (is_counter ? sample.counter.value : sample.gauge.value) = static_cast<double>(reading.value);
  const auto type = is_counter ? MetricType::Counter : MetricType::Gauge;
  families.of(outer_name(row, reading.name), help_of(row), type).metric.push_back(std::move(sample));
}

void tell(Families& families, const std::string& name, const Distribution& distribution) {
  const MetricRow row = row_of(name, MetricRow::Kind::distribution);
  Sample sample;
  auto& histogram = sample.histogram;
  const auto counts = distribution.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += static_cast<std::uint64_t>(counts[i]);
    if (i < distribution.bounds().size())
      histogram.bucket.push_back({.cumulative_count = histogram.sample_count, .upper_bound = distribution.bounds()[i]});
  }
  histogram.sample_sum = distribution.sum();
  families.of(outer_name(row, name), help_of(row), MetricType::Histogram).metric.push_back(std::move(sample));
}

void tell(Families& families, const Stage& stage) {
  constexpr double kMicrosecond = 1e-6;
  Sample sample;
  sample.label = {{"stage", stage.name}};
  auto& histogram = sample.histogram;
  const auto counts = stage.times.buckets();
  const auto* told = kToldBoundsUs.begin();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += static_cast<std::uint64_t>(counts[i]);
    if (i >= kBucketBoundsUs.size() || told == kToldBoundsUs.end() || kBucketBoundsUs[i] != *told) continue;
    histogram.bucket.push_back(
        {.cumulative_count = histogram.sample_count, .upper_bound = static_cast<double>(*told++) * kMicrosecond});
  }
  histogram.sample_sum = std::chrono::duration<double>(stage.times.sum()).count();
  families
      .of("cubestream_stage_duration_seconds",
          "Time that a frame took in each stage of its way; packetise, send and total are of each viewer.",
          MetricType::Histogram)
      .metric.push_back(std::move(sample));
}

/// A fact in words becomes a label of a gauge that is 1.
void tell_facts(Families& families, const std::map<std::string, std::string>& facts) {
  constexpr std::string_view kEncoder = "encoder ";
  const auto say = [&](const char* name, const char* help, Labels labels) {
    Sample sample;
    sample.label = to_labels(labels);
    sample.gauge.value = 1;
    families.of(name, help, MetricType::Gauge).metric.push_back(std::move(sample));
  };
  const auto fact = [&](const char* name) {
    const auto found = facts.find(name);
    return found != facts.end() ? found->second : std::string();
  };
  say("cubestream_build_info", "The version that runs.", {{"version", fact("version")}});
  say("cubestream_renderer_info", "What draws, and how frames leave it.",
      {{"renderer", fact("renderer")}, {"readback", fact("readback")}, {"scene", fact("scene")}});
  for (const auto& [name, value] : facts)
    if (name.starts_with(kEncoder) && name.find(' ', kEncoder.size()) == name.npos)
      say("cubestream_encoder_info", "The encoder of each codec.",
          {{"codec", name.substr(kEncoder.size())}, {"encoder", value}});
}

void tell_process(Families& families) {
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
  const auto of_name = [&](std::string_view inner) {
    for (const Reading& reading : readings)
      if (reading.name == inner) tell(families, reading);
  };
  // In the order of the table, so that rows of one name come with the help of the first.
  for (const MetricRow& row : metric_rows())
    if (row.kind != MetricRow::Kind::distribution) of_name(row.inner);
  for (const Reading& reading : readings)
    if (!rows_by_inner().contains(reading.name)) tell(families, reading);
  for (const auto& [name, distribution] : metrics.distributions()) tell(families, name, *distribution);
  for (const Stage* stage : metrics.stages()) tell(families, *stage);
  tell_facts(families, metrics.facts());
  tell_process(families);
  return prometheus::TextSerializer().Serialize(families.all());
}

}  // namespace cs
