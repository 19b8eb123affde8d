// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "config/table.hpp"
#include "config/values.hpp"

namespace cs {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

const Allowed kAllowed = {{"x264enc", "openh264enc"}, {"cube"}};

Parsed read(const std::vector<std::string>& environment) {
  return read_settings(environment, kAllowed);
}

/// Reads one setting together with the other settings that it needs.
Parsed read_one(const std::string& name, const std::string& value) {
  std::vector<std::string> environment;
  if (name.starts_with("CS_TURN_"))
    environment = {"CS_TURN_SERVER=turn://relay.example:3478", "CS_TURN_USER=somebody", "CS_TURN_PASS=secret"};
  if (name.starts_with("CS_TURN_SECRET")) environment.resize(1);
  if (name.starts_with("CS_ICE_PORT_")) environment = {"CS_ICE_PORT_MIN=1", "CS_ICE_PORT_MAX=65535"};
  if (name == "CS_TLS_CERT") environment = {"CS_TLS_KEY=/etc/ssl/a.key"};
  if (name == "CS_TLS_KEY") environment = {"CS_TLS_CERT=/etc/ssl/a.pem"};
  if (name == "CS_RECORD") environment = {"CS_RECORD_DIR=/srv/recordings"};
  std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
  environment.push_back(name + "=" + value);
  return read(environment);
}

struct Examples {
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

const std::string kHuge(100000, '9');

/// Every row must be here: good values in the form that --check prints, and bad values of every kind.
const std::map<std::string_view, Examples> kExamples = {
    {"CS_HOST",
     {{"127.0.0.1", "::1", "fe80::1", "localhost", "a-b.example.", "my_box"},
      {"a b", "[::1]", "10.0.0.256", "1.2.3", "-1", "a..b", "ex$ample", "bücher.example", ".", "a\tb", "12345",
       kHuge}}},
    {"CS_PORT", {{"0", "1", "443", "65535"}, {"65536", "-1", "+80", "http", "8080 ", "0x50", "80.0", "８０", kHuge}}},
    {"CS_TLS_CERT", {{"/etc/ssl/a.pem"}, {"a.pem", "./a", "/a\nb", kHuge}}},
    {"CS_TLS_KEY", {{"/etc/ssl/a.key"}, {"a.key", "./a", "/a\tb", kHuge}}},
    {"CS_TRUSTED_PROXIES",
     {{"127.0.0.1", "10.0.0.0/8,fd00::/8"}, {"10.0.0.0/33", "proxy.example", "10.0.0.0/8;::1", ",", kHuge}}},
    {"CS_AUTH_TOKEN",
     {{"0123456789abcdef", "~!\"#$%&'()*+,-./:;<=>?@", std::string(80, 'x')},
      {"two words of a secret", "tab\tseparated-secret",
       "g\xc3\xb6\xc3\x9f"
       "e-of-the-secret",
       "new\nline-in-a-secret", std::string(81, 'x'), kHuge}}},
    {"CS_AUTH_TOKEN_FILE", {{"/run/token", "/etc/a b"}, {"token", "./token", "-1", "/a\nb", kHuge}}},
    {"CS_ALLOWED_ORIGINS",
     {{"https://dash.example", "*", "http://a.example:1,https://b.example", "http://[::1]:8080"},
      {"dash.example", "https://dash.example/", "https://*.example", "null", "http://u:p@a.example",
       "http://a.example,", "-1", "http://\xc3\xa4.example", kHuge}}},
    {"CS_FRAME_ANCESTORS",
     {{"self", "none", "*", "self,https://dash.example"},
      {"'self'", "dash.example", "https://dash.example/x", "none;", "-1", "\xc3\xa4", kHuge}}},
    {"CS_WIDTH",
     {{"64", "1920", "7680"},
      {"63", "62", "65", "7682", "-1280", "1e3", "wide", "1280px", " 1280", "１２８０", kHuge}}},
    {"CS_HEIGHT", {{"64", "1080", "4320"}, {"63", "62", "721", "4322", "-720", "720.0", "high", "٧٢٠", kHuge}}},
    {"CS_FPS", {{"1", "60", "240"}, {"0", "241", "-30", "29.97", "fast", "30,", "３０", "2147483648", kHuge}}},
    {"CS_BITRATE_KBPS", {{"50", "8000", "200000"}, {"49", "200001", "-2500", "2.5M", "much", "２５００", kHuge}}},
    {"CS_BITRATE_MIN_KBPS", {{"50", "150", "2500"}, {"49", "200001", "-150", "150k", "little", "１５０", kHuge}}},
    {"CS_LADDER", {{"auto", "off"}, {"on", "Auto", "1", "-1", "äuto", kHuge}}},
    {"CS_STUN_SERVER",
     {{"stun://stun.example:3478", "stun://192.0.2.1:1", "stun://[2001:db8::1]:65535"},
      {"stun:stun.example:3478", "stun.example:3478", "stun://stun.example", "stun://:3478", "stun://a:0",
       "stun://a:65536", "stun://a:-1", "stun://a:b", "stun://::1:3478", "stun://[::1]", "stun://[a]:1", "stun://ä:1",
       "stun://u:p@a:1", "stun://a:1/x", "STUN://a:1", "-1", kHuge}}},
    {"CS_TURN_SERVER",
     {{"turn://relay.example:3478", "turns://[::1]:443", "turn://a:1?transport=udp", "turns://a:1?transport=tcp"},
      {"turn:relay.example:3478", "turn://relay.example", "stun://a:1", "turn://a:1?transport=tls", "turn://a:1?",
       "turn://a:1?x", "turns://a:1?transport=udp", "turn://u:p@a:1", "turn://ä:1", "turn://a:-1", "-1", kHuge}}},
    {"CS_TURN_SECRET",
     {{"0123456789abcdef", "words with blanks", "пароль-пароль"}, {"a\nb", "\x1b[0m", "broken \xc3", kHuge}}},
    {"CS_TURN_SECRET_FILE", {{"/run/secret"}, {"secret", "./secret", "-1", "/a\nb", kHuge}}},
    {"CS_TURN_USER", {{"somebody", "1700000000:me", "üser", "-1"}, {"a\nb", "\x7f", "broken \xff", kHuge}}},
    {"CS_TURN_PASS",
     {{"secret", "p@ss/w%rd", "пароль", "-1"}, {"a\nb", "\x1b[0m", "broken \xc3", "\"secret\"", "\"", kHuge}}},
    {"CS_ICE_PORT_MIN", {{"1", "50000", "65500"}, {"65536", "-1", "5e4", "any", "50000-50100", "５００００", kHuge}}},
    {"CS_ICE_PORT_MAX", {{"16", "50100", "65535"}, {"65536", "-1", "5e4", "any", "50000-50100", "５００００", kHuge}}},
    {"CS_PUBLIC_IP",
     {{"203.0.113.7", "2001:db8::7", "203.0.113.7,2001:db8::7", "192.168.1.1"},
      {"here.example", "[2001:db8::7]", "203.0.113.256", "127.0.0.1", "::1", "fe80::1", "0.0.0.0", "224.0.0.1",
       "203.0.113.7,", ",", "203.0.113.7;203.0.113.8",
       "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,"
       "1.1.1.9",
       "-1", "١.١.١.١", kHuge}}},
    {"CS_ICE_TCP", {{"on", "off"}, {"On", "true", "1", "-1", "ön", kHuge}}},
    {"CS_ICE_INTERFACES",
     {{"eth0", "eth0,wlan0", "192.0.2.1", "fd00::2,br-lan.7", "lo"},
      {"eth0,", ",", "eth 0", "eth0/24", "fe80::1", "a-very-long-name-of-it", "eth0,eth\x01", "öth0 ", kHuge}}},
    {"CS_MAX_PER_ADDRESS", {{"0", "1", "10000"}, {"10001", "-1", "all"}}},
    {"CS_MAX_VIEWERS", {{"1", "16", "1000"}, {"0", "1001", "-1", "many", "1 000", "१", kHuge}}},
    {"CS_ENCODER", {{"auto", "x264enc", "openh264enc"}, {"Auto", "nvh264enc", "-1", "x264enc ", "ä", kHuge}}},
    {"CS_SCENE", {{"cube"}, {"Cube", "-1", "teapot", "куб", kHuge}}},
    {"CS_READBACK", {{"auto", "direct", "buffered"}, {"Auto", "gpu", "-1", "0", "ä", kHuge}}},
    {"CS_FRAME_STAMP", {{"0", "1", "asked"}, {"on", "2", "-1", "Asked", "１", kHuge}}},
    {"CS_RECORD_DIR",
     {{"/srv/recordings", "/", "/mnt/größe and blanks"}, {"recordings", "./x", "~/x", "-1", "/a\nb", "/\x7f", kHuge}}},
    {"CS_RECORD", {{"off", "on", "viewers"}, {"On", "always", "1", "-1", "viewer", "än", kHuge}}},
    {"CS_RECORD_SEGMENT_S", {{"2", "60", "86400"}, {"1", "86401", "-1", "10m", "6e2", "６０", kHuge}}},
    {"CS_RECORD_MAX_MB", {{"8", "500", "100000000"}, {"7", "100000001", "-1", "1G", "10,000", "１０", kHuge}}},
    {"CS_CLIP_SECONDS", {{"1", "30", "600"}, {"601", "-1", "30s", "1.5", "off", "３０", kHuge}}},
    {"CS_LOG_LEVEL",
     {{"trace", "debug", "info", "warn", "error"}, {"warning", "INFO", "0", "-1", "all", "ínfo", kHuge}}},
    {"CS_LOG_FORMAT", {{"text", "json"}, {"JSON", "xml", "-1", "ｊｓｏｎ", kHuge}}},
};

const SettingRow& row_of(std::string_view name) {
  for (const SettingRow& row : settings_table())
    if (row.name == name) return row;
  throw std::out_of_range(std::string(name));
}

class EachSetting : public testing::TestWithParam<std::string_view> {
 protected:
  [[nodiscard]] std::string name() const { return std::string(GetParam()); }
  [[nodiscard]] static bool is_secret(const SettingRow& row) {
    const auto* text = std::get_if<TextSetting>(&row.kind);
    return text != nullptr && text->secret;
  }
};

TEST_P(EachSetting, AcceptsGoodValues) {
  ASSERT_TRUE(kExamples.contains(GetParam())) << "add good and bad values of the new setting to kExamples";
  for (const std::string& value : kExamples.at(GetParam()).good) {
    const Parsed parsed = read_one(name(), value);
    EXPECT_THAT(parsed.errors, IsEmpty()) << value;
    EXPECT_THAT(parsed.warnings, IsEmpty()) << value;
    EXPECT_EQ(shown(row_of(GetParam()), parsed.settings), is_secret(row_of(GetParam())) ? "(set)" : value);
  }
}

TEST_P(EachSetting, RejectsBadValuesAndSaysWhatIsAllowed) {
  ASSERT_TRUE(kExamples.contains(GetParam())) << "add good and bad values of the new setting to kExamples";
  const SettingRow& row = row_of(GetParam());
  for (const std::string& value : kExamples.at(GetParam()).bad) {
    const Parsed parsed = read_one(name(), value);
    ASSERT_THAT(parsed.errors, SizeIs(1)) << value.substr(0, 100);
    const std::string& error = parsed.errors.front();
    EXPECT_THAT(error, StartsWith(name() + " cannot be "));
    EXPECT_THAT(error, HasSubstr(allowed_values(row, kAllowed)));
    EXPECT_LT(error.size(), 400U) << "a huge value must be cut";
    if (is_secret(row)) {
      EXPECT_THAT(error, Not(HasSubstr(value.substr(0, 100))));
    } else if (value.find('@') == std::string::npos) {
      EXPECT_THAT(error, HasSubstr(value.size() > 100 ? value.substr(0, 60) : in_quotes(value)));
    }
    for (const char c : error) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << error;
  }
}

TEST_P(EachSetting, CountsAsUnsetWhenEmpty) {
  const Parsed parsed = read({name() + "="});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_THAT(parsed.warnings, IsEmpty());
  EXPECT_EQ(shown(row_of(GetParam()), parsed.settings), shown(row_of(GetParam()), Settings{}));
}

TEST_P(EachSetting, AcceptsItsOwnDefault) {
  const std::string standard = shown(row_of(GetParam()), Settings{});
  if (standard == "none") return;
  EXPECT_THAT(read({name() + "=" + standard}).errors, IsEmpty());
}

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const SettingRow& row : settings_table()) names.push_back(row.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Table, EachSetting, testing::ValuesIn(all_names()),
                         [](const auto& example) { return std::string(example.param); });

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
  EXPECT_EQ(read_with_file(std::string(80, 'x') + "\n").settings.access.token, std::string(80, 'x'));
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
