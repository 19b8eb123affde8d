// SPDX-License-Identifier: MIT
// What is reported about settings: unknown names, changes, mistakes, quoted values.
#include <gmock/gmock.h>

#include <string>

#include "config/values.hpp"
#include "unit/read_settings.hpp"

namespace cs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

TEST(UnknownSetting, IsAWarningThatSuggestsTheNearestName) {
  const auto warning = [](const std::string& name) { return read({name + "=1"}).warnings.at(0); };
  EXPECT_EQ(warning("CS_FSP"), "CS_FSP is not a setting of cubestreamd; did you mean CS_FPS?");
  EXPECT_THAT(warning("CS_fps"), HasSubstr("mean CS_FPS?"));
  EXPECT_THAT(warning("CS_HIEGHT"), HasSubstr("mean CS_HEIGHT?"));
  EXPECT_THAT(warning("CS_BITRATE"), HasSubstr("mean CS_BITRATE_KBPS?"));
  EXPECT_THAT(warning("CS_STUN"), HasSubstr("mean CS_STUN_SERVER?"));
  EXPECT_THAT(warning("CS_MAX_VIEWER"), HasSubstr("mean CS_MAX_VIEWERS?"));
  EXPECT_THAT(warning("CS_TURN_PASSWORD"), HasSubstr("mean CS_TURN_PASS?"));
}

TEST(UnknownSetting, GetsNoSuggestionIfNothingIsSimilar) {
  for (const std::string name : {"CS_", "CS_X", "CS_DATABASE_URL", "CS_GO"}) {
    const Parsed parsed = read({name + "=1"});
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_THAT(parsed.warnings, ElementsAre(name + " is not a setting of cubestreamd; cubestreamd --help lists them"));
  }
}

TEST(UnknownSetting, IsPrintedEscapedAndCut) {
  EXPECT_THAT(read({"CS_A\nB=1"}).warnings.at(0), StartsWith(R"("CS_A\x0aB" is not)"));
  EXPECT_LT(read({"CS_" + std::string(100000, 'A') + "=1"}).warnings.at(0).size(), 200U);
}

TEST(ChangedSettings, AreThoseThatDifferFromTheDefaults) {
  EXPECT_THAT(changed_settings({}), IsEmpty());
  const Parsed parsed =
      read({"CS_FPS=60", "CS_PORT=8080", "CS_TURN_SERVER=turn://a:1", "CS_TURN_USER=u", "CS_TURN_PASS=p", "CS_PROT=1"});
  EXPECT_THAT(changed_settings(parsed.settings), ElementsAre(Pair("CS_FPS", "60"), Pair("CS_TURN_SERVER", "turn://a:1"),
                                                             Pair("CS_TURN_USER", "u"), Pair("CS_TURN_PASS", "(set)")));
}

TEST(WrongSettings, AreListedByName) {
  EXPECT_THAT(read({"CS_FPS=fast", "CS_PORT=-1", "CS_WIDTH=640"}).wrong, ElementsAre("CS_FPS", "CS_PORT"));
  EXPECT_THAT(read({"CS_WIDTH=7680", "CS_HEIGHT=4320", "CS_FPS=240"}).wrong,
              ElementsAre("CS_FPS", "CS_HEIGHT", "CS_WIDTH"));
  EXPECT_THAT(read({"CS_TURN_SERVER=turn://a:1"}).wrong, ElementsAre("CS_TURN_SERVER"));
  EXPECT_THAT(read({"CS_ICE_PORT_MIN=9", "CS_ICE_PORT_MAX=8"}).wrong,
              ElementsAre("CS_ICE_PORT_MAX", "CS_ICE_PORT_MIN"));
}

TEST(Quoted, EscapesAndCuts) {
  EXPECT_EQ(in_quotes("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(in_quotes("grün\t\x1b\xff"), R"("grün\x09\x1b\xff")");
  EXPECT_EQ(in_quotes("\u202e"), R"("\xe2\x80\xae")") << "a name must not reverse the text direction";
  EXPECT_EQ(in_quotes(std::string_view("a\0b", 3)), R"("a\x00b")");
  EXPECT_EQ(in_quotes(std::string(70, 'x')), "\"" + std::string(64, 'x') + "\"… (70 bytes)");
}

}  // namespace
}  // namespace cs
