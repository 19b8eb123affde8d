// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "check/files.hpp"
#include "check/network.hpp"
#include "check/report.hpp"
#include "network/listener.hpp"

namespace cs {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStdout;
using Form = CheckReport::Form;

TEST(CheckReport, PrintsALineForEachCheckAndTheSettingsAtTheEnd) {
  CaptureStdout();
  CheckReport report(Form::text, {{"CS_PORT", "9000"}});
  report.run("one", [] { return Check{.sentence = "is\ngood"}; });
  report.run("two", [] { return Check{.result = CheckResult::warning, .sentence = "could be better"}; });
  report.run("three", [] { return Check{.result = CheckResult::skipped, .sentence = "is not set"}; });
  EXPECT_EQ(report.finish(), 0);
  EXPECT_EQ(GetCapturedStdout(),
            "ok       one               is good\n"
            "warning  two               could be better\n"
            "-        three             is not set\n"
            "\n"
            "CS_PORT=9000\n"
            "good, with 1 warning\n");
}

TEST(CheckReport, AStartupErrorFailsTheCheckAndTheNextOneRuns) {
  CaptureStdout();
  CheckReport report(Form::text, {});
  report.run("one", []() -> Check { throw StartupError("cannot do it"); });
  report.run("two", [] { return Check{}; });
  EXPECT_EQ(report.finish(), 1);
  const std::string text = GetCapturedStdout();
  EXPECT_THAT(text, HasSubstr("FAILED   one               cannot do it\nok       two"));
  EXPECT_THAT(text, EndsWith("not good: 1 failure, 0 warnings\n"));
}

TEST(CheckReport, PrintsOneJsonDocument) {
  CaptureStdout();
  CheckReport report(Form::json, {{"CS_PORT", "9000"}});
  report.run("one", [] { return Check{.sentence = "\xff", .figures = {{"ms", 1.5}, {"ports", 3}}}; });
  report.run("two", [] { return Check{.result = CheckResult::failed, .sentence = "no"}; });
  EXPECT_EQ(report.finish(), 1);
  const auto json = nlohmann::json::parse(GetCapturedStdout());
  EXPECT_EQ(json["good"], false);
  EXPECT_EQ(json["settings"]["CS_PORT"], "9000");
  EXPECT_EQ(json["checks"][0]["verdict"], "ok");
  EXPECT_EQ(json["checks"][0]["figures"]["ms"], 1.5);
  EXPECT_EQ(json["checks"][0]["figures"]["ports"], 3);
  EXPECT_EQ(json["checks"][1]["name"], "two");
  EXPECT_EQ(json["checks"][1]["verdict"], "failed");
}

TEST(CheckReport, FailsTheCheckThatDoesNotEnd) {
  CaptureStdout();
  CheckReport report(Form::text, {});
  report.run("slow", [&] {
    EXPECT_EQ(report.give_up("not finished"), 1);
    return Check{};
  });
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("FAILED   slow              not finished\n"));
}

class Directory : public testing::Test {
 protected:
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / ("cubestream-check-" + std::to_string(getpid()));
  Directory() { std::filesystem::create_directory(path); }
  ~Directory() override { std::filesystem::remove_all(path); }
};

TEST_F(Directory, IsOkIfWritableAndStaysEmpty) {
  const Check check = check_directory(path, 1);
  EXPECT_EQ(check.result, CheckResult::ok) << check.sentence;
  EXPECT_GT(check.figures.at(0).second, 0);
  EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST_F(Directory, WarnsOfTooLittleFreeSpace) {
  const Check check = check_directory(path, std::numeric_limits<int>::max());
  EXPECT_EQ(check.result, CheckResult::warning);
  EXPECT_THAT(check.sentence, HasSubstr("recommended"));
}

TEST_F(Directory, FailsIfItDoesNotExistOrIsNotWritable) {
  EXPECT_THAT(check_directory(path / "nothing", 1).sentence, HasSubstr("is not a directory"));
  std::ofstream(path / "file") << "text";
  EXPECT_EQ(check_directory(path / "file", 1).result, CheckResult::failed);
  const Check check = check_directory("/proc", 1);  // not even root can write there
  EXPECT_EQ(check.result, CheckResult::failed);
  EXPECT_THAT(check.sentence, HasSubstr("cannot write a file to /proc: "));
}

TEST(IcePorts, FreePortsAreCounted) {
  Settings settings;
  EXPECT_EQ(check_ice_ports(settings).result, CheckResult::skipped);
  settings.max_viewers = 1;
  {
    const Fd holder = listen_on("0.0.0.0", 0);
    settings.ice.port_min = settings.ice.port_max = port_of(holder);
    EXPECT_EQ(check_ice_ports(settings).result, CheckResult::failed) << "the UDP port is free, but the TCP port is not";
  }
  const Check free = check_ice_ports(settings);
  EXPECT_EQ(free.result, CheckResult::ok) << free.sentence;
  settings.max_viewers = 2;
  EXPECT_EQ(check_ice_ports(settings).result, CheckResult::warning);
}

}  // namespace
}  // namespace cs
