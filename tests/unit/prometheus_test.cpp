// SPDX-License-Identifier: MIT
#include "observability/prometheus.hpp"

#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "observability/metric_table.hpp"

using testing::HasSubstr;
using testing::Not;

namespace cs {
namespace {

/// What the first group of the pattern matched, each time. By GLib, as std::regex makes GCC 12 warn under sanitizers.
std::set<std::string> all_matches(const char* pattern, const std::string& text) {
  std::set<std::string> found;
  GRegex* const regex = g_regex_new(pattern, {}, {}, nullptr);
  GMatchInfo* match = nullptr;
  g_regex_match(regex, text.c_str(), {}, &match);
  for (; g_match_info_matches(match) != FALSE; g_match_info_next(match, nullptr)) {
    gchar* const name = g_match_info_fetch(match, 1);
    found.insert(name);
    g_free(name);
  }
  g_match_info_free(match);
  g_regex_unref(regex);
  return found;
}

/// The names of all metrics that the sources make.
std::set<std::string> names_in_sources() {
  const char* const making = R"re((?:\bget|\bdistribution|\bprepare)\(\s*"(\w+)")re";
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CS_TEST_DIR "/../src")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    names.merge(all_matches(making, text));
  }
  return names;
}

TEST(MetricTable, HasExactlyOneRowForEachMetric) {
  std::set<std::string> rows;
  for (const MetricRow& row : metric_table()) rows.insert(std::string(row.name));
  EXPECT_EQ(rows, names_in_sources()) << "a metric is one row of src/observability/metric_table.cpp";
  EXPECT_EQ(rows.size(), metric_table().size()) << "two rows have the same name";
  EXPECT_GT(rows.size(), 50U);
}

TEST(MetricTable, FollowsTheConventions) {
  for (const auto& [name, kind, help, labels] : metric_table()) {
    EXPECT_EQ(name.ends_with("_total"), kind == MetricRow::Kind::counter) << name;
    EXPECT_TRUE(help.ends_with('.')) << name;
    EXPECT_EQ(help.find("  "), help.npos) << name;
  }
}

TEST(Prometheus, ExportsAMetricWithNameHelpAndType) {
  Metrics metrics;
  metrics.get("frames_rendered_total").add(3);
  metrics.get("viewers", {{"codec", "H264"}, {"state", "connected"}}).add(2);
  const std::string text = prometheus_text(metrics);
  EXPECT_THAT(text, HasSubstr("# HELP cubestream_frames_rendered_total Frames drawn and handed to the encoders.\n"
                              "# TYPE cubestream_frames_rendered_total counter\ncubestream_frames_rendered_total 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE cubestream_viewers gauge\n"
                              "cubestream_viewers{codec=\"H264\",state=\"connected\"} 2\n"));
}

TEST(Prometheus, MetricsWithLabelsAreOneFamily) {
  Metrics metrics;
  metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "late"}}).add(4);
  metrics.get("frames_dropped_total", {{"place", "encode"}, {"reason", "encoder-busy"}}).add(5);
  const std::string text = prometheus_text(metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE cubestream_frames_dropped_total counter\n"
                              "cubestream_frames_dropped_total{place=\"render\",reason=\"late\"} 4\n"
                              "cubestream_frames_dropped_total{place=\"encode\",reason=\"encoder-busy\"} 5\n"));
}

TEST(Prometheus, ExportsStagesInSecondsWithCoarseBuckets) {
  Metrics metrics;
  Histogram& draw = metrics.stage("draw");
  draw.add(std::chrono::microseconds(1000));
  draw.add(std::chrono::microseconds(1025));
  draw.add(std::chrono::seconds(2));
  const std::string text = prometheus_text(metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE cubestream_stage_duration_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("_count{stage=\"draw\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("_sum{stage=\"draw\"} 2.002025\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{stage=\"draw\",le=\"0.000256\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{stage=\"draw\",le=\"0.001024\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{stage=\"draw\",le=\"0.002048\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{stage=\"draw\",le=\"0.524288\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{stage=\"draw\",le=\"+Inf\"} 3\n"));
}

TEST(Prometheus, ExportsDistributions) {
  Metrics metrics;
  Distribution& loss = metrics.distribution("viewer_loss_ratio", {0, 0.1});
  for (const double value : {0.0, 0.05, 0.5}) loss.add(value);
  const std::string text = prometheus_text(metrics);
  EXPECT_THAT(text, HasSubstr("cubestream_viewer_loss_ratio_count 3\n"));
  EXPECT_THAT(text, HasSubstr("cubestream_viewer_loss_ratio_bucket{le=\"0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("cubestream_viewer_loss_ratio_bucket{le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("cubestream_viewer_loss_ratio_bucket{le=\"+Inf\"} 3\n"));
}

TEST(Prometheus, ExportsFactsAsEscapedLabels) {
  Metrics metrics;
  metrics.state("version", "1.2.3");
  metrics.state("renderer", "a \"brush\"\nand\\paint");
  metrics.state("encoder", "x264enc", "H264");
  metrics.state("encoder_reason", "it was the first", "H264");
  const std::string text = prometheus_text(metrics);
  EXPECT_THAT(text, HasSubstr("cubestream_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("renderer=\"a \\\"brush\\\"\\nand\\\\paint\""));
  EXPECT_THAT(text, HasSubstr("cubestream_encoder_info{codec=\"H264\",encoder=\"x264enc\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("it was the first")));
}

TEST(Prometheus, ExportsTheStateOfTheProcess) {
  const std::string text = prometheus_text(Metrics());
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                           "process_max_fds", "process_start_time_seconds", "process_threads"}) {
    const auto at = text.find("\n" + std::string(name) + " ");
    ASSERT_NE(at, text.npos) << name;
    EXPECT_GE(std::stod(text.substr(at + 2 + std::string(name).size())), 0) << name;
  }
  const auto start = text.find("\nprocess_start_time_seconds ");
  using std::chrono::system_clock;
  const double now = std::chrono::duration<double>(system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(std::stod(text.substr(start + 28)), now, 600);
}

TEST(Prometheus, AMetricWithoutARowIsNotExported) {
  Metrics metrics;
  metrics.get("unlisted_total").add();
  EXPECT_THAT(prometheus_text(metrics), Not(HasSubstr("unlisted")));
}

}  // namespace
}  // namespace cs
