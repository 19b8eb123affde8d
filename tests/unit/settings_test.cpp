// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/read_settings.hpp"

namespace cs {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

TEST(Settings, HaveTheExpectedDefaults) {
  const Settings settings = read({"PATH=/bin", "HOME", "", "=", "cs_fps=1"}).settings;
  EXPECT_EQ(settings.host, "0.0.0.0");
  EXPECT_EQ(settings.port, 8080);
  EXPECT_EQ(settings.format, (FrameFormat{{1280, 720}, 30}));
  EXPECT_EQ(settings.bitrate_kbps, 2500);
  EXPECT_EQ(settings.ice.servers.stun + settings.ice.servers.turn + settings.ice.servers.turn_user +
                settings.ice.servers.turn_pass + settings.ice.servers.turn_secret + settings.turn_secret_file,
            "");
  EXPECT_EQ(settings.ice.port_min, 0);
  EXPECT_EQ(settings.ice.port_max, 0);
  EXPECT_THAT(settings.ice.public_addresses, IsEmpty());
  EXPECT_TRUE(settings.ice.tcp);
  EXPECT_THAT(settings.ice.interfaces, IsEmpty());
  EXPECT_EQ(settings.max_viewers, 16);
  EXPECT_EQ(settings.max_per_address, 0);
  EXPECT_EQ(settings.encoder, "auto");
  EXPECT_EQ(settings.scene, "cube");
  EXPECT_EQ(settings.record_dir, "");
  EXPECT_EQ(settings.record, RecordMode::off);
  EXPECT_EQ(settings.record_segment_s, 600);
  EXPECT_EQ(settings.record_max_mb, 10000);
  EXPECT_EQ(settings.clip_seconds, 0);
  EXPECT_EQ(settings.log_level, LogLevel::info);
  EXPECT_EQ(settings.log_format, LogFormat::text);
}

TEST(Settings, TheMinimumBitRateIsAtMostTheMaximum) {
  EXPECT_THAT(read({"CS_BITRATE_KBPS=400", "CS_BITRATE_MIN_KBPS=500"}).errors,
              ElementsAre("CS_BITRATE_MIN_KBPS=500 is more than CS_BITRATE_KBPS=400"));
  EXPECT_THAT(read({"CS_BITRATE_KBPS=500", "CS_BITRATE_MIN_KBPS=500"}).errors, IsEmpty());
  EXPECT_THAT(read({"CS_BITRATE_KBPS=100"}).errors, IsEmpty()) << "the default minimum is no error";
}

TEST(Settings, EachVariableSetsItsMember) {
  const Settings settings = read({"CS_HOST=::1",
                                  "CS_PORT=81",
                                  "CS_WIDTH=640",
                                  "CS_HEIGHT=480",
                                  "CS_FPS=25",
                                  "CS_BITRATE_KBPS=900",
                                  "CS_BITRATE_MIN_KBPS=90",
                                  "CS_LADDER=off",
                                  "CS_STUN_SERVER=stun://a:1",
                                  "CS_TURN_SERVER=turn://b:2",
                                  "CS_TURN_USER=u=v",
                                  "CS_TURN_PASS=p",
                                  "CS_ICE_PORT_MIN=50000",
                                  "CS_ICE_PORT_MAX=50100",
                                  "CS_PUBLIC_IP=203.0.113.7",
                                  "CS_ICE_TCP=off",
                                  "CS_ICE_INTERFACES=eth0",
                                  "CS_MAX_VIEWERS=3",
                                  "CS_MAX_PER_ADDRESS=5",
                                  "CS_ENCODER=x264enc",
                                  "CS_SCENE=cube",
                                  "CS_RECORD_DIR=/srv",
                                  "CS_RECORD=viewers",
                                  "CS_RECORD_SEGMENT_S=60",
                                  "CS_RECORD_MAX_MB=500",
                                  "CS_CLIP_SECONDS=30",
                                  "CS_LOG_LEVEL=warn",
                                  "CS_LOG_FORMAT=json"})
                                .settings;
  EXPECT_EQ(settings.host, "::1");
  EXPECT_EQ(settings.port, 81);
  EXPECT_EQ(settings.format, (FrameFormat{{640, 480}, 25}));
  EXPECT_EQ(settings.bitrate_kbps, 900);
  EXPECT_EQ(settings.bitrate_min_kbps, 90);
  EXPECT_FALSE(settings.ladder);
  EXPECT_EQ(settings.ice.servers.stun, "stun://a:1");
  EXPECT_EQ(settings.ice.servers.turn, "turn://b:2");
  EXPECT_EQ(settings.ice.servers.turn_user, "u=v");
  EXPECT_EQ(settings.ice.servers.turn_pass, "p");
  EXPECT_EQ(settings.ice.port_min, 50000);
  EXPECT_EQ(settings.ice.port_max, 50100);
  EXPECT_THAT(settings.ice.public_addresses, ElementsAre("203.0.113.7"));
  EXPECT_FALSE(settings.ice.tcp);
  EXPECT_THAT(settings.ice.interfaces, ElementsAre("eth0"));
  EXPECT_EQ(settings.record_dir, "/srv");
  EXPECT_EQ(settings.record, RecordMode::viewers);
  EXPECT_EQ(settings.record_segment_s, 60);
  EXPECT_EQ(settings.record_max_mb, 500);
  EXPECT_EQ(settings.clip_seconds, 30);
  EXPECT_EQ(settings.max_viewers, 3);
  EXPECT_EQ(settings.max_per_address, 5);
  EXPECT_EQ(settings.encoder, "x264enc");
  EXPECT_EQ(settings.log_level, LogLevel::warn);
  EXPECT_EQ(settings.log_format, LogFormat::json);
}

TEST(Settings, ReportAllMistakesAtOnce) {
  const Parsed parsed = read({"CS_PORT=http", "CS_FPS=0", "CS_SCENE=", "CS_LOG_LEVEL=loud", "CS_FSP=1"});
  EXPECT_THAT(parsed.errors,
              ElementsAre("CS_PORT cannot be \"http\"; allowed: a whole number from 0 to 65535",
                          "CS_FPS cannot be \"0\"; allowed: a whole number from 1 to 240",
                          "CS_LOG_LEVEL cannot be \"loud\"; allowed: trace, debug, info, warn or error"));
  EXPECT_THAT(parsed.warnings, SizeIs(1));
}

TEST(Settings, SizeAndRateMustFitAnH264Level) {
  EXPECT_THAT(read({"CS_WIDTH=7680", "CS_HEIGHT=4320", "CS_FPS=128"}).errors, IsEmpty());
  EXPECT_THAT(read({"CS_WIDTH=7680", "CS_HEIGHT=4320", "CS_FPS=129"}).errors,
              ElementsAre("CS_WIDTH=7680, CS_HEIGHT=4320 and CS_FPS=129 together exceed the highest H.264 level, "
                          "6.2; at this size CS_FPS can be at most 128"));
  EXPECT_THAT(read({"CS_WIDTH=7680", "CS_HEIGHT=4320", "CS_FPS=250"}).errors, SizeIs(1)) << "one mistake, one sentence";
  EXPECT_THAT(read({"CS_WIDTH=7680", "CS_HEIGHT=4320", "CS_BITRATE_KBPS=200000"}).errors, IsEmpty());
}

TEST(Settings, PortRangeNeedsBothEnds) {
  EXPECT_THAT(
      read({"CS_ICE_PORT_MIN=50000"}).errors,
      ElementsAre("CS_ICE_PORT_MIN=50000 and CS_ICE_PORT_MAX=0 are not a range; set both, or neither for any port"));
  EXPECT_THAT(read({"CS_ICE_PORT_MAX=50000"}).errors, SizeIs(1));
  EXPECT_THAT(read({"CS_ICE_PORT_MIN=50001", "CS_ICE_PORT_MAX=50000"}).errors,
              ElementsAre(HasSubstr("are not a range: the first port is greater than the last")));
  EXPECT_THAT(read({"CS_ICE_PORT_MIN=x", "CS_ICE_PORT_MAX=50000"}).errors, SizeIs(1)) << "one mistake, one sentence";
}

TEST(Settings, AFormerValueStillWorksWithAWarning) {
  const Parsed former = read({"CS_READBACK=shader"});
  EXPECT_THAT(former.errors, IsEmpty());
  EXPECT_EQ(former.settings.readback, ReadbackMode::automatic);
  EXPECT_THAT(former.warnings, ElementsAre("CS_READBACK=shader is deprecated; auto is used"));
}

TEST(Settings, WarnIfThereAreFewerPortsThanViewers) {
  const std::vector<std::string> range = {"CS_ICE_PORT_MIN=50000", "CS_ICE_PORT_MAX=50009"};
  const auto with = [&](const std::string& more) {
    auto environment = range;
    environment.push_back(more);
    return read(environment);
  };
  EXPECT_THAT(with("CS_MAX_VIEWERS=10").warnings, IsEmpty());
  EXPECT_THAT(with("CS_MAX_VIEWERS=11").errors, IsEmpty());
  EXPECT_THAT(with("CS_MAX_VIEWERS=11").warnings,
              ElementsAre("CS_ICE_PORT_MIN=50000 and CS_ICE_PORT_MAX=50009 allow only 10 viewers, since each viewer "
                          "uses one port, but CS_MAX_VIEWERS=11"));
}

TEST(Settings, ListsIgnoreSpacesAndDuplicates) {
  const Settings settings =
      read({"CS_PUBLIC_IP=203.0.113.7, 2001:db8::7 ,203.0.113.7", "CS_ICE_INTERFACES=eth0 , lo"}).settings;
  EXPECT_THAT(settings.ice.public_addresses, ElementsAre("203.0.113.7", "2001:db8::7"));
  EXPECT_THAT(settings.ice.interfaces, ElementsAre("eth0", "lo"));
  EXPECT_THAT(
      read({"CS_PUBLIC_IP=203.0.113.7,home"}).errors,
      ElementsAre("CS_PUBLIC_IP cannot be \"203.0.113.7,home\": entry \"home\": it is not an IP address; allowed: "
                  "IPv4 and IPv6 addresses, separated by commas"));
}

TEST(Settings, TurnServerNeedsUserAndPassword) {
  const std::string server = "CS_TURN_SERVER=turn://a:1";
  EXPECT_THAT(read({server}).errors, ElementsAre(HasSubstr("without CS_TURN_USER and CS_TURN_PASS")));
  EXPECT_THAT(read({server}).errors, ElementsAre(HasSubstr("or CS_TURN_SECRET")));
  EXPECT_THAT(read({server, "CS_TURN_USER=u"}).errors, ElementsAre(HasSubstr("without CS_TURN_PASS;")));
  EXPECT_THAT(read({server, "CS_TURN_PASS=p"}).errors, ElementsAre(HasSubstr("without CS_TURN_USER;")));
  EXPECT_THAT(read({"CS_TURN_USER=u"}).errors, IsEmpty());
  EXPECT_THAT(read({"CS_TURN_USER=u"}).warnings, ElementsAre(StartsWith("CS_TURN_USER is set without CS_TURN_SERVER")));
  EXPECT_THAT(read({"CS_TURN_USER=u", "CS_TURN_PASS=p"}).warnings, ElementsAre(HasSubstr("CS_TURN_PASS are set")));
  EXPECT_THAT(read({"CS_TURN_SERVER=a", "CS_TURN_USER=u", "CS_TURN_PASS=p"}).warnings, IsEmpty());
}

TEST(Settings, TurnSecretReplacesUserAndPassword) {
  const std::string server = "CS_TURN_SERVER=turn://a:1";
  const std::string secret = "CS_TURN_SECRET=0123456789abcdef";
  const Parsed parsed = read({server, secret});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_THAT(parsed.warnings, IsEmpty());
  EXPECT_EQ(parsed.settings.ice.servers.turn_secret, "0123456789abcdef");
  EXPECT_THAT(changed_settings(parsed.settings),
              Contains(std::pair<std::string, std::string>("CS_TURN_SECRET", "(set)")));
  EXPECT_THAT(read({server, "CS_TURN_SECRET_FILE=/run/secret"}).errors, IsEmpty());

  EXPECT_THAT(read({server, secret, "CS_TURN_USER=u"}).errors,
              ElementsAre("CS_TURN_USER is set together with CS_TURN_SECRET, from which user and password are derived; "
                          "set one or the other"));
  EXPECT_THAT(read({server, secret, "CS_TURN_USER=u", "CS_TURN_PASS=p"}).errors,
              ElementsAre(StartsWith("CS_TURN_USER and CS_TURN_PASS are set together with CS_TURN_SECRET, ")));
  EXPECT_THAT(read({server, "CS_TURN_SECRET_FILE=/run/secret", "CS_TURN_PASS=p"}).errors,
              ElementsAre(StartsWith("CS_TURN_PASS is set together with CS_TURN_SECRET_FILE, ")));
  EXPECT_THAT(read({server, secret, "CS_TURN_SECRET_FILE=/run/secret"}).errors, ElementsAre(HasSubstr("both set")));
  EXPECT_THAT(read({secret}).errors, IsEmpty());
  EXPECT_THAT(read({secret}).warnings,
              ElementsAre("CS_TURN_SECRET is set without CS_TURN_SERVER and will not be used"));
  EXPECT_THAT(read({server, "CS_TURN_SECRET=guess"}).warnings, ElementsAre(HasSubstr("may be guessed")));
  EXPECT_THAT(read({server, "CS_TURN_SECRET=a\nb"}).errors, SizeIs(1)) << "one mistake, one sentence";
}

TEST(Settings, WarnOfFormatsThatBrowsersDoNotShowInH264) {
  const auto warnings = [](const char* width, const char* height, const char* fps) {
    return read({std::string("CS_WIDTH=") + width, std::string("CS_HEIGHT=") + height, std::string("CS_FPS=") + fps})
        .warnings;
  };
  EXPECT_THAT(warnings("4096", "2304", "30"), IsEmpty());
  EXPECT_THAT(warnings("1920", "1080", "240"), IsEmpty());
  EXPECT_THAT(warnings("4224", "2304", "30"), ElementsAre(HasSubstr("they get VP8")));
  EXPECT_THAT(warnings("7680", "4320", "30"), ElementsAre(HasSubstr("they get VP8")));
  EXPECT_THAT(warnings("2560", "1440", "240"), ElementsAre(HasSubstr("they get VP8")));
}

TEST(Settings, TlsNeedsBothFiles) {
  EXPECT_THAT(read({"CS_TLS_CERT=/a.pem", "CS_TLS_KEY=/a.key"}).errors, IsEmpty());
  EXPECT_THAT(read({"CS_TLS_CERT=/a.pem"}).errors,
              ElementsAre("CS_TLS_CERT is set without CS_TLS_KEY; TLS needs both"));
  EXPECT_THAT(read({"CS_TLS_KEY=/a.key"}).errors, ElementsAre("CS_TLS_KEY is set without CS_TLS_CERT; TLS needs both"));
  EXPECT_THAT(read({"CS_TLS_CERT=/a.pem", "CS_TLS_KEY=a"}).errors, SizeIs(1));
}

TEST(Settings, RecordingNeedsADirectory) {
  for (const char* mode : {"on", "viewers"}) {
    EXPECT_THAT(read({std::string("CS_RECORD=") + mode}).errors,
                ElementsAre(std::string("CS_RECORD=") + mode + " needs CS_RECORD_DIR, the directory for recordings"));
    EXPECT_THAT(read({std::string("CS_RECORD=") + mode, "CS_RECORD_DIR=/srv"}).errors, IsEmpty());
    EXPECT_THAT(read({std::string("CS_RECORD=") + mode, "CS_RECORD_DIR=srv"}).errors, SizeIs(1));
  }
  EXPECT_THAT(read({"CS_RECORD=off"}).errors, IsEmpty());
}

TEST(Settings, WarnOfAClipBufferThatNeedsMuchMemory) {
  EXPECT_THAT(read({"CS_CLIP_SECONDS=30"}).warnings, IsEmpty());
  EXPECT_THAT(read({"CS_CLIP_SECONDS=600", "CS_BITRATE_KBPS=20000"}).warnings,
              ElementsAre(HasSubstr("use about 1500 MB of memory")));
}

TEST(Settings, NeverPrintAPassword) {
  for (const std::vector<std::string>& environment :
       std::vector<std::vector<std::string>>{{"CS_TURN_SERVER=turn://u:hunter2@a:1"},
                                             {"CS_TURN_SERVER=turn:u:hunter2@a"},
                                             {"CS_STUN_SERVER=stun://u:hunt@hunter2@a:1"},
                                             {"CS_TURN_PASS=hunter2\n"},
                                             {"CS_TURN_PASS=hunter2"},
                                             {"CS_TURN_SECRET=hunter2\n"},
                                             {"CS_TURN_SERVER=turn://a:1", "CS_TURN_SECRET=hunter2"},
                                             {"CS_TURN_SERVER=turn://a:1", "CS_TURN_USER=u", "CS_TURN_PASS=hunter2"}}) {
    const Parsed parsed = read(environment);
    EXPECT_THAT(parsed.errors, Each(Not(HasSubstr("hunter2"))));
    EXPECT_THAT(parsed.warnings, Each(Not(HasSubstr("hunter2"))));
    for (const auto& [name, value] : changed_settings(parsed.settings)) EXPECT_THAT(value, Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(read({"CS_TURN_SERVER=turn://u:p@a:1"}).errors.front(), HasSubstr("CS_TURN_USER and CS_TURN_PASS"));
}

}  // namespace
}  // namespace cs
