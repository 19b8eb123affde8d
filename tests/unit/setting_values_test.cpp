// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/settings_table.hpp"
#include "config/values.hpp"
#include "unit/read_settings.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// Reads one setting together with the other settings that it needs.
Parsed read_one(const std::string& name, const std::string& value) {
  std::vector<std::string> environment;
  if (name.starts_with("CS_TURN_"))
    environment = {"CS_TURN_SERVER=turn://relay.example:3478", "CS_TURN_USER=somebody", "CS_TURN_PASS=secret"};
  if (name.starts_with("CS_TURN_SECRET")) environment.resize(1);
  if (name.starts_with("CS_ICE_PORT_")) environment = {"CS_ICE_PORT_MIN=1", "CS_ICE_PORT_MAX=65535"};
  if (name == "CS_TLS_CERT") environment = {"CS_TLS_KEY=/etc/ssl/a.key"};
  if (name == "CS_TLS_KEY") environment = {"CS_TLS_CERT=/etc/ssl/a.pem"};
  if (name == "CS_BITRATE_MIN_KBPS") environment = {"CS_BITRATE_KBPS=200000"};
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

/// Good values in the form that --check prints, and bad values of every kind: of texts, of lists, and of numbers that
/// depend on another setting. Those of other numbers and of choices are derived: examples_of().
const std::map<std::string_view, Examples> kExamples = {
    {"CS_HOST",
     {{"127.0.0.1", "::1", "fe80::1", "localhost", "a-b.example.", "my_box"},
      {"a b", "[::1]", "10.0.0.256", "1.2.3", "-1", "a..b", "ex$ample", "bücher.example", ".", "a\tb", "12345",
       kHuge}}},
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
    {"CS_ICE_INTERFACES",
     {{"eth0", "eth0,wlan0", "192.0.2.1", "fd00::2,br-lan.7", "lo"},
      {"eth0,", ",", "eth 0", "eth0/24", "fe80::1", "a-very-long-name-of-it", "eth0,eth\x01", "öth0 ", kHuge}}},
    {"CS_SCENE_SOCKET",
     {{"/run/user/1000/frames.sock", "/tmp/a b", "unixfd:/run/cubestream/gst.sock"},
      {"frames.sock", "./a", "@abstract", "-1", "unixfd:", "unixfd:gst.sock", "unixfd:unixfd:/x", "UNIXFD:/x", "/a\nb",
       "unixfd:/\x7f", kHuge}}},
    {"CS_RECORD_DIR",
     {{"/srv/recordings", "/", "/mnt/größe and blanks"}, {"recordings", "./x", "~/x", "-1", "/a\nb", "/\x7f", kHuge}}},
};

const std::vector<std::string> kNoNumbers = {"-1",   "+80",  "80 ", " 80",        "0x50",  "80.0",   "1e3",
                                             "2.5M", "80px", "10m", "50-100",     "1 000", "10,000", "many",
                                             "８０", "१",    "٧٢٠", "2147483648", kHuge};

Examples examples_of(const SettingRow& row) {
  if (const auto found = kExamples.find(row.name); found != kExamples.end()) return found->second;
  Examples examples;
  if (const auto* number = std::get_if<NumberSetting>(&row.kind)) {
    const int step = number->even ? 2 : 1;
    for (const int good : {number->least, number->least + step, number->most})
      examples.good.push_back(std::to_string(good));
    examples.bad = kNoNumbers;
    for (const int bad : {number->least - 1, number->most + step}) examples.bad.push_back(std::to_string(bad));
    if (number->even) examples.bad.push_back(std::to_string(number->least + 1));
  } else if (const auto* choice = std::get_if<ChoiceSetting>(&row.kind)) {
    examples.good = choice->names(kAllowed);
    const std::string& name = examples.good.back();
    examples.bad = {name + " ", "x" + name, "Teapot", "-1", "2", "ä", "１", kHuge};
  }
  return examples;
}

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
  const Examples examples = examples_of(row_of(GetParam()));
  ASSERT_FALSE(examples.good.empty()) << "add good and bad values of the new setting to kExamples";
  for (const std::string& value : examples.good) {
    const Parsed parsed = read_one(name(), value);
    EXPECT_THAT(parsed.errors, IsEmpty()) << value;
    EXPECT_THAT(parsed.warnings, IsEmpty()) << value;
    EXPECT_EQ(shown(row_of(GetParam()), parsed.settings), is_secret(row_of(GetParam())) ? "(set)" : value);
  }
}

TEST_P(EachSetting, RejectsBadValuesAndSaysWhatIsAllowed) {
  const SettingRow& row = row_of(GetParam());
  for (const std::string& value : examples_of(row).bad) {
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

}  // namespace
}  // namespace cs
