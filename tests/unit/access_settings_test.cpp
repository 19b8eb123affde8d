// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "unit/read_settings.hpp"

namespace cs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

TEST(AccessSettings, TheTokenComesFromOneSettingAndIsNotShort) {
  EXPECT_THAT(read({"CS_AUTH_TOKEN=0123456789abcdef", "CS_AUTH_TOKEN_FILE=/x"}).errors,
              ElementsAre(HasSubstr("both set")));
  const Parsed weak = read({"CS_AUTH_TOKEN=guess"});
  EXPECT_THAT(weak.errors, IsEmpty());
  EXPECT_THAT(weak.warnings, ElementsAre(HasSubstr("may be guessed")));
  EXPECT_THAT(weak.warnings.front(), Not(HasSubstr("\"guess\"")));
  EXPECT_THAT(read({"CS_FRAME_ANCESTORS=none,self"}).errors, SizeIs(1));
}

Parsed read_with_file(const std::string& contents, const std::string& setting = "CS_AUTH_TOKEN_FILE") {
  const std::string path = testing::TempDir() + "/token-" + std::to_string(getpid());
  std::ofstream(path) << contents;
  Parsed parsed = read({setting + "=" + path});
  read_secret_files(parsed);
  std::filesystem::remove(path);
  return parsed;
}

TEST(AccessSettings, TheTokenIsTheOnlyLineOfItsFile) {
  for (const char* contents : {"0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\n"}) {
    const Parsed parsed = read_with_file(contents);
    EXPECT_THAT(parsed.errors, IsEmpty());
    EXPECT_EQ(parsed.settings.access.token, "0123456789abcdef");
  }
  const std::string longest(80, 'x');
  EXPECT_EQ(read_with_file(longest + "\n").settings.access.token, longest);
}

TEST(AccessSettings, TheTurnSecretCanComeFromAFile) {
  const auto read_secret = [](const std::string& contents) { return read_with_file(contents, "CS_TURN_SECRET_FILE"); };
  EXPECT_EQ(read_secret("two words of 508\r\n").settings.ice.servers.turn_secret, "two words of 508");
  EXPECT_EQ(read_secret(std::string(508, 'x')).settings.ice.servers.turn_secret, std::string(508, 'x'));
  EXPECT_THAT(read_secret("guess").warnings, Contains(HasSubstr("may be guessed")));
  for (const std::string& contents :
       {std::string(), std::string("\n"), std::string("two\nlines"), std::string(509, 'x')}) {
    const Parsed parsed = read_secret(contents);
    EXPECT_THAT(parsed.errors, ElementsAre(StartsWith("cannot read the TURN secret from CS_TURN_SECRET_FILE=")));
    EXPECT_THAT(parsed.wrong, ElementsAre("CS_TURN_SECRET_FILE"));
    EXPECT_EQ(parsed.settings.ice.servers.turn_secret, "");
  }
}

TEST(AccessSettings, APipeInsteadOfAFileIsAnErrorWithoutWaiting) {
  const std::string path = testing::TempDir() + "pipe-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  for (const std::string& each : {path, testing::TempDir(), std::string("/dev/zero")}) {
    Parsed parsed = read({"CS_AUTH_TOKEN_FILE=" + each});
    read_secret_files(parsed);
    EXPECT_THAT(parsed.errors, ElementsAre(HasSubstr("it is not a regular file"))) << each;
  }
  std::remove(path.c_str());
}

TEST(AccessSettings, AFileWithoutATokenIsAnErrorThatDoesNotQuoteIt) {
  for (const std::string& contents :
       {std::string(), std::string("\n"), std::string("two words\n"), std::string("two\nlines\n"), std::string(81, 'x'),
        std::string(100000, 'x'), std::string("a\0b", 3)}) {
    const Parsed parsed = read_with_file(contents);
    ASSERT_THAT(parsed.errors, SizeIs(1));
    EXPECT_THAT(parsed.errors.front(), HasSubstr("CS_AUTH_TOKEN_FILE"));
    EXPECT_THAT(parsed.errors.front(), Not(HasSubstr("two")));
    EXPECT_EQ(parsed.settings.access.token, "");
  }
  for (const char* path : {"/nowhere/token", "/proc"}) {
    Parsed parsed = read({std::string("CS_AUTH_TOKEN_FILE=") + path});
    read_secret_files(parsed);
    EXPECT_THAT(parsed.errors, ElementsAre(HasSubstr(path)));
  }
}

}  // namespace
}  // namespace cs
