// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/table.hpp"
#include "encode/encoder_table.hpp"
#include "scene/scenes.hpp"

namespace cs {
namespace {

TEST(Readme, HasTheTableOfSettings) {
  std::ifstream file(CS_TEST_DIR "/../README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  ASSERT_FALSE(readme.empty());
  std::vector<std::string> scene_names;
  for (const SceneRow& row : scenes()) scene_names.emplace_back(row.name);
  const std::string expected =
      "<!-- settings -->\n" + settings_markdown({encoder_names(), scene_names}) + "<!-- /settings -->\n";
  EXPECT_NE(readme.find(expected), std::string::npos) << "README.md must contain:\n" << expected;
}

}  // namespace
}  // namespace cs
