// SPDX-License-Identifier: MIT
#include "config/command_line.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "config/settings_table.hpp"

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

TEST(CommandLine, ParsesItsOptions) {
  EXPECT_EQ(action({"--help"}), Action::help);
  EXPECT_EQ(action({"--version"}), Action::version);
  EXPECT_EQ(action({"--check"}), Action::check);
  EXPECT_EQ(action({"--health"}), Action::health);
  EXPECT_EQ(action({"--check=json"}), Action::check);
}

CommandLine sign(std::vector<const char*> words) {
  words.insert(words.begin(), "--sign-link");
  return read_command_line(words);
}

TEST(CommandLine, ReadsRoleLifetimeAndBaseOfASignedLink) {
  const CommandLine usual = sign({});
  EXPECT_EQ(usual.action, Action::sign_link);
  EXPECT_EQ(usual.link.role, Role::view);
  EXPECT_EQ(usual.link.lasts, std::chrono::hours(24));
  EXPECT_EQ(usual.link.base, "");
  const CommandLine asked = sign({"--role", "control", "--expires=90m", "--base", "https://cube.example"});
  EXPECT_EQ(asked.action, Action::sign_link);
  EXPECT_EQ(asked.link.role, Role::control);
  EXPECT_EQ(asked.link.lasts, std::chrono::minutes(90));
  EXPECT_EQ(asked.link.base, "https://cube.example/");
  EXPECT_EQ(sign({"--base=http://[::1]:8080/in/a/folder/"}).link.base, "http://[::1]:8080/in/a/folder/");
  EXPECT_EQ(sign({"--expires", "1s"}).link.lasts, std::chrono::seconds(1));
  EXPECT_EQ(sign({"--expires", "3650d"}).link.lasts, std::chrono::hours(87600));
  EXPECT_EQ(sign({"--help"}).action, Action::help);
  EXPECT_EQ(sign({"--name", "Anna"}).link.name, "Anna");
  EXPECT_EQ(sign({"--name", ""}).action, Action::refuse);
  EXPECT_EQ(sign({"--name", "an extraordinarily long name that no page could ever show"}).action, Action::refuse);
}

TEST(CommandLine, TheFormerRoleAdminIsControlWithAWarning) {
  const CommandLine former = sign({"--role", "admin"});
  EXPECT_EQ(former.action, Action::sign_link);
  EXPECT_EQ(former.link.role, Role::control);
  EXPECT_THAT(former.link.warning, HasSubstr("deprecated"));
  EXPECT_EQ(sign({"--role", "control"}).link.warning, "");
}

TEST(CommandLine, RejectsInvalidOptionsOfALink) {
  for (const auto& [name, values] : std::vector<std::pair<const char*, std::vector<const char*>>>{
           {"--role", {"", "View", "root", "1"}},
           {"--expires", {"", "2", "h", "0h", "-1h", "2 h", "2w", "1.5h", "3651d", "99999999999999999999d"}},
           {"--base",
            {"", "cube.example", "ftp://cube.example/", "http://", "http://a.example/?x", "http://a.example/#x",
             "http://u:p@a.example/", "http://a b/"}}})
    for (const char* value : values) {
      EXPECT_EQ(sign({name, value}).action, Action::refuse) << name << " " << value;
      EXPECT_THAT(sign({name, value}).complaint, HasSubstr(name));
    }
  EXPECT_EQ(sign({"--role"}).action, Action::refuse);
  EXPECT_EQ(sign({"--check"}).action, Action::refuse);
  EXPECT_EQ(action({"--check", "--sign-link"}), Action::refuse);
}

TEST(CommandLine, CheckPrintsTextOrJson) {
  EXPECT_FALSE(read_command_line(std::vector<const char*>{"--check"}).json);
  EXPECT_TRUE(read_command_line(std::vector<const char*>{"--check=json"}).json);
  EXPECT_TRUE(read_command_line(std::vector<const char*>{"--check=json", "--check"}).json);
  EXPECT_EQ(action({"--check=xml"}), Action::refuse);
}

TEST(CommandLine, AcceptsTheInternalEncoderProbe) {
  const CommandLine result = read_command_line(std::vector<const char*>{"--try-encoder", "x264enc"});
  EXPECT_EQ(result.action, Action::probe_encoder);
  EXPECT_EQ(result.encoder, "x264enc");
  EXPECT_EQ(action({"--try-encoder"}), Action::refuse);
  EXPECT_EQ(action({"--try-encoder", "x264enc", "--help"}), Action::refuse);
}

TEST(CommandLine, TheLeastIntrusiveOptionWins) {
  EXPECT_EQ(action({"--check", "--help"}), Action::help);
  EXPECT_EQ(action({"--version", "--health", "--check", "--check"}), Action::version);
}

TEST(CommandLine, RejectsEverythingElseWithAReason) {
  for (const char* argument : {"-h", "--Help", "--help=markdown", "help", "", "--", "--port=80"}) {
    const CommandLine result = read_command_line(std::vector<const char*>{"--help", argument});
    EXPECT_EQ(result.action, Action::refuse) << argument;
    EXPECT_THAT(result.complaint, HasSubstr(std::string("\"") + argument + "\""));
    EXPECT_THAT(result.complaint, HasSubstr("--help, --version, --check or --health"));
  }
}

TEST(CommandLine, NeverPrintsControlCharacters) {
  const std::string complaint = read_command_line(std::vector<const char*>{"\x1b[2J\n"}).complaint;
  EXPECT_THAT(complaint, HasSubstr(R"("\x1b[2J\x0a")"));
}

TEST(Help, ContainsEveryRowOfTheSettingsTable) {
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
