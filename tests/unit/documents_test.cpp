// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/settings_table.hpp"
#include "cubestream/error_codes.hpp"
#include "encoder/encoder_table.hpp"
#include "observability/metric_table.hpp"
#include "scene/scenes.hpp"

namespace cs {
namespace {

TEST(Documents, ConfigurationHasTheTableOfSettings) {
  std::ifstream file(CS_TEST_DIR "/../docs/configuration.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  ASSERT_FALSE(page.empty());
  const std::string expected =
      "<!-- settings -->\n" + settings_markdown({encoder_names(), scene_names()}) + "<!-- /settings -->\n";
  EXPECT_NE(page.find(expected), std::string::npos) << "docs/configuration.md must contain:\n" << expected;
}

TEST(Documents, OperationsNamesTheSignalsAndExitCodesOfTheHelp) {
  std::ifstream file(CS_TEST_DIR "/../docs/operations.md");
  std::set<std::string> in_page;
  bool is_there = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) is_there = line == "## Signals and exit codes";
    static const std::regex first_cell("\\| ([A-Z0-9, ]+) \\|.*");
    if (std::smatch match; is_there && std::regex_match(line, match, first_cell)) in_page.insert(match[1]);
  }
  std::set<std::string> in_help;
  std::istringstream help(help_text({encoder_names(), {}}));
  is_there = false;
  for (std::string line; std::getline(help, line);) {
    if (!line.empty() && line.front() != ' ') is_there = line == "Signals:" || line == "Exit codes:";
    static const std::regex first_column("  ([A-Z0-9, ]*[A-Z0-9])  .*");
    if (std::smatch match; is_there && std::regex_match(line, match, first_column)) in_help.insert(match[1]);
  }
  EXPECT_EQ(in_help, in_page);
  EXPECT_EQ(in_help.size(), 6U);
}

TEST(Documents, MetricsHasTheTableOfMetrics) {
  std::ifstream file(CS_TEST_DIR "/../docs/metrics.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string expected = "<!-- metrics -->\n" + metrics_markdown() + "<!-- /metrics -->\n";
  EXPECT_NE(page.find(expected), std::string::npos) << "docs/metrics.md must contain:\n" << expected;
}

TEST(Documents, ApiHasTheTableOfErrorCodes) {
  std::ifstream file(CS_TEST_DIR "/../docs/api.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  std::ostringstream expected;
  expected << "<!-- error codes -->\n| code | ends the | WebSocket close | WHEP status, `Retry-After` | meaning |\n"
           << "|---|---|---|---|---|\n";
  for (const ErrorCode& row : kErrorCodes) {
    expected << "| `" << row.code << "` | " << (row.of == ErrorCode::Of::offer ? "offer" : "session") << " | "
             << row.close_code << " | " << row.http_status;
    if (row.retry_after_s > 0) expected << ", " << row.retry_after_s << " s";
    expected << " | " << row.meaning << " |\n";
  }
  expected << "<!-- /error codes -->\n";
  EXPECT_NE(page.find(expected.str()), std::string::npos) << "docs/api.md must contain:\n" << expected.str();
}

}  // namespace
}  // namespace cs
