// SPDX-License-Identifier: MIT
#include "log/plain_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.hpp"

using namespace std::string_literals;

namespace cs {
namespace {

TEST(PlainText, KeepsTextInAllLanguages) {
  for (const std::string_view text : {"", "left: closed, 1000", "W\u00f6rter \u2013 \u20ac", "\u0440\u0443\u0441",
                                      "\u65e5\u672c\u8a9e", "\u05e2\u05d1\u05e8\u05d9\u05ea", "\U0001F3AC"})
    EXPECT_EQ(plain_text(text), text);
}

/// Characters that can end a line, move the cursor, or colour, hide or reverse text.
const std::vector<std::string> kUnsafe = {"\n",     "\r",     "\r\n",   "\t",     "\0"s,    "\x1b[31m", "\x7f",
                                          "\b",     "\u0080", "\u0085", "\u009b", "\u009f", "\u00ad",   "\u200b",
                                          "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e",   "\u2066",
                                          "\u2069", "\u061c", "\ufeff", "\v",     "\f",     "\u2060",   "\U000e0041"};

TEST(PlainText, RemovesUnsafeCharacters) {
  for (const std::string& unsafe : kUnsafe) {
    const std::string plain = plain_text("a" + unsafe + "b");
    EXPECT_EQ(plain.find(unsafe), plain.npos) << plain;
    EXPECT_EQ(plain.front(), 'a');
    EXPECT_EQ(plain.back(), 'b');
  }
  EXPECT_EQ(plain_text("a\u202eb\u2028c"), "a b c");
}

TEST(PlainText, ReplacesInvalidUtf8) {
  const std::string mark = "\ufffd";
  EXPECT_EQ(plain_text("\xff"), mark);
  EXPECT_EQ(plain_text("a\x9b"
                       "31mb"),
            "a" + mark + "31mb")
      << "a bare C1 control byte is invalid too";
  EXPECT_EQ(plain_text("\xc0\x8a"), mark + mark) << "an overlong line feed";
  EXPECT_EQ(plain_text("\xed\xa0\x80"), mark + mark + mark) << "a surrogate";
  EXPECT_EQ(plain_text("\xe2\x80"), mark + mark) << "cut off";
  EXPECT_EQ(plain_text("\xf4\x90\x80\x80"), mark + mark + mark + mark) << "beyond Unicode";
  EXPECT_EQ(plain_text("\xe2\x80\xe2\x82\xac"), mark + mark + "\u20ac");
}

std::string logged(LogFormat format, const std::string& name, const std::string& message) {
  start_logging(LogLevel::info, format);
  testing::internal::CaptureStderr();
  make_log(name)->info("{}", message);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, ClientTextCannotForgeOrColourATextLine) {
  for (const std::string& unsafe : kUnsafe) {
    std::string line =
        logged(LogFormat::text, "viewer" + unsafe + "7", "he said" + unsafe + "2026-01-01 info main: all is well");
    ASSERT_TRUE(line.ends_with("all is well\n"));
    line.pop_back();
    EXPECT_EQ(plain_text(line), line);
  }
}

TEST(Log, JsonLinesAreAsciiAndKeepTheMessage) {
  for (const std::string& unsafe : kUnsafe) {
    const std::string said = "he \"said\"" + unsafe + "\",\"level\":\"error";
    std::string line = logged(LogFormat::json, "viewer" + unsafe, said);
    ASSERT_TRUE(line.ends_with("}\n"));
    line.pop_back();
    for (const char c : line) ASSERT_TRUE(c >= 0x20 && c < 0x7f) << line;
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["message"], said);
    EXPECT_EQ(json["name"], "viewer" + unsafe);
    EXPECT_EQ(json["level"], "info");
  }
  EXPECT_EQ(nlohmann::json::parse(logged(LogFormat::json, "n", "\xff"))["message"], "\ufffd");
}

}  // namespace
}  // namespace cs
