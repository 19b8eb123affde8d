// SPDX-License-Identifier: MIT
#include "config/command_line.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "config/table.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using Action = CommandLine::Action;

Action action(const std::vector<const char*>& arguments) {
  return read_command_line(arguments).action;
}

TEST(CommandLine, RunsWithoutArguments) {
  EXPECT_EQ(action({}), Action::run);
}

TEST(CommandLine, KnowsFourOptions) {
  EXPECT_EQ(action({"--help"}), Action::help);
  EXPECT_EQ(action({"--version"}), Action::version);
  EXPECT_EQ(action({"--check"}), Action::check);
  EXPECT_EQ(action({"--health"}), Action::health);
  EXPECT_EQ(action({"--check=json"}), Action::check);
}

TEST(CommandLine, ChecksForPeopleOrForMachines) {
  EXPECT_FALSE(read_command_line(std::vector<const char*>{"--check"}).json);
  EXPECT_TRUE(read_command_line(std::vector<const char*>{"--check=json"}).json);
  EXPECT_TRUE(read_command_line(std::vector<const char*>{"--check=json", "--check"}).json);
  EXPECT_EQ(action({"--check=xml"}), Action::refuse);
}

TEST(CommandLine, TriesAnEncoderForTheServiceItself) {
  const CommandLine result = read_command_line(std::vector<const char*>{"--try-encoder", "x264enc"});
  EXPECT_EQ(result.action, Action::try_encoder);
  EXPECT_EQ(result.encoder, "x264enc");
  EXPECT_EQ(action({"--try-encoder"}), Action::refuse);
  EXPECT_EQ(action({"--try-encoder", "x264enc", "--help"}), Action::refuse);
}

TEST(CommandLine, LetsTheOptionWinThatDoesLeast) {
  EXPECT_EQ(action({"--check", "--help"}), Action::help);
  EXPECT_EQ(action({"--version", "--health", "--check", "--check"}), Action::version);
}

TEST(CommandLine, RefusesEverythingElseInASentence) {
  for (const char* argument : {"-h", "--Help", "--help=markdown", "help", "", "--", "--port=80"}) {
    const CommandLine result = read_command_line(std::vector<const char*>{"--help", argument});
    EXPECT_EQ(result.action, Action::refuse) << argument;
    EXPECT_THAT(result.complaint, HasSubstr(std::string("\"") + argument + "\""));
    EXPECT_THAT(result.complaint, HasSubstr("--help, --version, --check or --health"));
  }
}

TEST(CommandLine, NeverRepeatsControlCharacters) {
  const std::string complaint = read_command_line(std::vector<const char*>{"\x1b[2J\n"}).complaint;
  EXPECT_THAT(complaint, HasSubstr(R"("\x1b[2J\x0a")"));
}

TEST(Help, HasEveryRowOfTheTable) {
  const Allowed allowed = {{"some264enc"}, {"cube", "teapot"}};
  const std::string help = help_text(allowed);
  for (const SettingRow& row : settings_table()) {
    EXPECT_THAT(help, HasSubstr(std::string(row.name)));
    EXPECT_THAT(help, HasSubstr(std::string(row.meaning)));
    EXPECT_THAT(help, HasSubstr(allowed_values(row, allowed)));
  }
  EXPECT_THAT(help, HasSubstr("CS_PORT=8080\n"));
  EXPECT_THAT(help, HasSubstr("CS_TURN_SERVER (none)\n"));
  EXPECT_THAT(help, HasSubstr("allowed: auto or some264enc\n"));
  EXPECT_THAT(help, HasSubstr("SIGUSR1"));
  EXPECT_THAT(help, HasSubstr("Exit codes"));
}

}  // namespace
}  // namespace cs
