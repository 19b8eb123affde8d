// SPDX-License-Identifier: MIT
#include "source/producer_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace cs {
namespace {

using testing::HasSubstr;

/// A message made of numbers, as a producer writes it.
class Bytes {
 public:
  template <typename T>
  Bytes& put(T value) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }
  Bytes& zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  Bytes& text(const std::string& text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  /// The message, with its size in the header.
  [[nodiscard]] std::vector<std::byte> message(unsigned type) const {
    Bytes all;
    all.put(static_cast<std::uint16_t>(type)).put(static_cast<std::uint16_t>(8 + bytes_.size())).put(std::uint32_t{0});
    all.bytes_.insert(all.bytes_.end(), bytes_.begin(), bytes_.end());
    return all.bytes_;
  }

 private:
  std::vector<std::byte> bytes_;
};

Bytes hello(std::uint32_t width = 640, std::uint32_t height = 360, std::uint32_t format = 1, std::uint32_t mode = 1,
            std::uint16_t version = 1, std::uint16_t oldest = 1, std::uint32_t fps = 0) {
  Bytes bytes;
  bytes.put(version).put(oldest).put(std::uint32_t{0}).put(format).put(mode).put(width).put(height);
  bytes.put(fps).put(std::uint32_t{1}).put(std::uint64_t{0}).text("plasma").zeros(58);
  return bytes;
}

Bytes frame(std::uint32_t flags = 0, std::uint32_t metadata = 0) {
  Bytes bytes;
  bytes.put(std::uint64_t{7}).put(std::uint64_t{1000}).put(std::uint32_t{2}).put(std::uint32_t{1}).put(flags);
  bytes.put(metadata).put(std::uint64_t{0});
  return bytes;
}

template <typename T>
T parsed(const std::vector<std::byte>& message) {
  const auto result = parse_producer_message(message);
  if (const auto* error = std::get_if<ProducerError>(&result)) {
    ADD_FAILURE() << error->sentence;
    return {};
  }
  const auto& any = std::get<ProducerMessage>(result);
  if (const auto* found = std::get_if<T>(&any)) return *found;
  ADD_FAILURE() << "another kind of message: " << any.index();
  return {};
}

std::string refused(const std::vector<std::byte>& message) {
  const auto result = parse_producer_message(message);
  const auto* error = std::get_if<ProducerError>(&result);
  return error == nullptr ? "(accepted)" : error->sentence;
}

TEST(ProducerProtocol, HelloIsRead) {
  const auto read = parsed<ProducerHello>(hello().message(1));
  EXPECT_EQ(read.name, "plasma");
  EXPECT_EQ(read.wish, (ProducerFrames{.width = 640, .height = 360, .is_bottom_up = true}));
  EXPECT_EQ(parsed<ProducerHello>(hello(0, 0, 5, 2).message(1)).wish.format, ProducerFormat::nv12);
  EXPECT_EQ(parsed<ProducerHello>(hello(0, 0, 5, 2).message(1)).wish.mode, ProducerMode::push);
  EXPECT_EQ(read.most_fps, 0);
  EXPECT_EQ(parsed<ProducerHello>(hello(0, 0, 1, 1, 1, 1, 10).message(1)).most_fps, 10);
  EXPECT_EQ(parsed<ProducerHello>(hello(0, 0, 1, 1, 1, 1, 0xffff'ffff).message(1)).most_fps, 1000);
  EXPECT_EQ(parsed<ProducerHello>(hello().zeros(40).message(1)).name, "plasma") << "a later version is longer";
}

TEST(ProducerProtocol, AWishThatIsNotPossibleIsRefused) {
  for (const auto& [width, height] :
       {std::pair{641U, 360U}, {640U, 361U}, {62U, 64U}, {7682U, 64U}, {64U, 4322U}, {0U, 64U}, {0xffff'fffeU, 64U}})
    EXPECT_THAT(refused(hello(width, height).message(1)), HasSubstr("is not possible")) << width << "x" << height;
  EXPECT_THAT(refused(hello(640, 360, 0).message(1)), HasSubstr("format 0 is unknown"));
  EXPECT_THAT(refused(hello(640, 360, 6).message(1)), HasSubstr("format 6 is unknown"));
  EXPECT_THAT(refused(hello(640, 360, 1, 3).message(1)), HasSubstr("mode 3 is unknown"));
  EXPECT_THAT(refused(hello(640, 360, 1, 1, 3, 2).message(1)), HasSubstr("speaks version 1"));
}

TEST(ProducerProtocol, FrameIsRead) {
  const auto read = parsed<ProducerFrame>(frame(3, 5).text("hello and more").message(5));
  EXPECT_EQ(read.request, 7U);
  EXPECT_EQ(read.captured_at, 1000U);
  EXPECT_EQ(read.generation, 2U);
  EXPECT_EQ(read.slot, 1U);
  EXPECT_TRUE(read.is_unchanged);
  EXPECT_TRUE(read.wants_keyframe);
  EXPECT_EQ(read.metadata.size(), 5U);
  EXPECT_THAT(refused(frame(0, 4097).zeros(4097).message(5)), HasSubstr("larger than 4 KiB"));
  EXPECT_THAT(refused(frame(0, 6).zeros(5).message(5)), HasSubstr("shorter than its metadata"));
}

TEST(ProducerProtocol, StatusIsRead) {
  const auto status = [](std::uint32_t percent, const std::string& text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    return parsed<ProducerStatus>(Bytes().put(percent).put(length).text(text).text("of a later version").message(7));
  };
  EXPECT_EQ(status(40, "loading").text, "loading");
  EXPECT_EQ(status(40, "loading").percent, 40);
  EXPECT_EQ(status(101, "loading").percent, -1);
  EXPECT_EQ(status(0, std::string(1000, 'x')).text.size(), kMaxStatusText);
  EXPECT_EQ(status(0, std::string("a\0b", 3)).text, "a");
  EXPECT_EQ(status(0, "").text, "");
  EXPECT_THAT(refused(Bytes().put(std::uint32_t{0}).put(std::uint32_t{3}).text("ab").message(7)),
              HasSubstr("shorter than its text"));
}

TEST(ProducerProtocol, MalformedMessagesAreRefusedAndUnknownOnesSkipped) {
  for (const unsigned type : {1U, 2U, 5U, 7U, 11U})
    EXPECT_THAT(refused(Bytes().zeros(4).message(type)), HasSubstr("too short"));
  EXPECT_THAT(refused({}), HasSubstr("shorter than its header"));
  EXPECT_THAT(refused(std::vector<std::byte>(7)), HasSubstr("shorter than its header"));
  auto wrong = hello().message(1);
  wrong.push_back(std::byte{0});
  EXPECT_THAT(refused(wrong), HasSubstr("says that it has 112"));
  for (const unsigned type : {0U, 3U, 4U, 6U, 8U, 9U, 10U, 65535U})
    parsed<ProducerUnknown>(Bytes().zeros(3).message(type));
}

TEST(ProducerProtocol, AnyBytesAreHandled) {
  std::mt19937 random(18);
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = (round % 2 == 0 ? hello() : frame(0, 5).text("hello")).message(round % 2 == 0 ? 1 : 5);
    for (int change = 0; change < 4; ++change) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    EXPECT_FALSE(refused(bytes).empty());
  }
}

TEST(ProducerProtocol, LayoutsHoldAllPlanes) {
  for (std::uint32_t format = 1; format <= 5; ++format) {
    const SlotLayout layout = slot_layout({.width = 646, .height = 362, .format = static_cast<ProducerFormat>(format)});
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < layout.planes; ++i) {
      const PlaneLayout& plane = layout.plane.at(i);
      EXPECT_EQ(plane.offset, end) << format;
      EXPECT_EQ(plane.stride % 64, 0U);
      end += std::uint64_t{plane.stride} * plane.rows;
    }
    EXPECT_EQ(layout.bytes, end);
  }
  EXPECT_EQ(slot_layout({.width = 640, .height = 360, .format = ProducerFormat::i420}).planes, 3U);
  EXPECT_EQ(slot_layout({.width = 640, .height = 360, .format = ProducerFormat::rgb}).plane[0].stride, 1920U);
}

TEST(ProducerProtocol, MessagesOfTheDaemonHaveTheirSizeAndNumber) {
  ProducerMessageWriter writer;
  const ProducerFrames frames{.width = 640, .height = 360};
  const std::vector<std::pair<std::vector<std::byte>, std::size_t>> messages = {
      {writer.hello(30), 112},      {writer.config(1, frames, 30), 104},
      {writer.buffers(1), 16},      {writer.request({}), 56},
      {writer.release(1, 2), 16},   {writer.error(ProducerErrorCode::busy, "It ends."), 24},
      {writer.demand(true, 30), 16}};
  std::uint32_t number = 0;
  for (const auto& [message, size] : messages) {
    EXPECT_EQ(message.size(), size);
    std::uint16_t said = 0;
    std::memcpy(&said, message.data() + 2, sizeof said);
    EXPECT_EQ(said, size);
    std::uint32_t sequence = 0;
    std::memcpy(&sequence, message.data() + 4, sizeof sequence);
    EXPECT_EQ(sequence, number++);
  }
  EXPECT_EQ(writer.error(ProducerErrorCode::busy, std::string(100'000, 'x')).size(), 16U + 1024);
}

TEST(ProducerProtocol, AnErrorHasItsReasonAndTheLengthOfItsText) {
  ProducerMessageWriter writer;
  const auto number = [](const std::vector<std::byte>& message, std::size_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, message.data() + offset, sizeof value);
    return value;
  };
  EXPECT_EQ(number(writer.error(ProducerErrorCode::rule_broken, "no"), 8), 0U);
  EXPECT_EQ(number(writer.error(ProducerErrorCode::busy, "no"), 8), 1U);
  EXPECT_EQ(number(writer.error(ProducerErrorCode::stopping, "no"), 8), 2U);
  EXPECT_EQ(number(writer.error(ProducerErrorCode::stopping, "no"), 12), 2U);
  EXPECT_EQ(number(writer.request({.is_moving = true}), 44), 1U);
  EXPECT_EQ(number(writer.request({.is_moving = false, .needs_picture = true}), 44), 2U);
}

}  // namespace
}  // namespace cs
