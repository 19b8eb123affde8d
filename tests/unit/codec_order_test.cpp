// SPDX-License-Identifier: MIT
#include "service/codec_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

using testing::ElementsAre;

namespace cs {
namespace {

std::vector<Codec> order_of(const FrameFormat& format, int bitrate_kbps, const std::vector<Codec>& codecs) {
  std::vector<Channel> channels;
  for (const Codec codec : codecs)
    channels.push_back({{.codec = codec, .format = format, .bitrate_kbps = bitrate_kbps}, nullptr});
  prefer_what_browsers_show(channels, format, bitrate_kbps);
  std::vector<Codec> order;
  for (const Channel& channel : channels) order.push_back(channel.stream.codec);
  return order;
}

const std::vector<Codec> kBoth = {Codec::h264, Codec::vp8};

TEST(CodecOrder, H264IsFirstIfBrowsersShowIt) {
  EXPECT_THAT(order_of({{1280, 720}, 30}, 2500, kBoth), ElementsAre(Codec::h264, Codec::vp8));
  EXPECT_THAT(order_of({{3840, 2160}, 60}, 240'000, kBoth), ElementsAre(Codec::h264, Codec::vp8));
}

TEST(CodecOrder, Vp8IsFirstAboveTheH264LimitsOfBrowsers) {
  EXPECT_THAT(order_of({{7680, 4320}, 30}, 2500, kBoth), ElementsAre(Codec::vp8, Codec::h264));
  EXPECT_THAT(order_of({{3840, 2160}, 65}, 2500, kBoth), ElementsAre(Codec::vp8, Codec::h264));
  EXPECT_THAT(order_of({{1280, 720}, 30}, 240'001, kBoth), ElementsAre(Codec::vp8, Codec::h264));
}

TEST(CodecOrder, H264StaysIfItIsTheOnlyCodec) {
  EXPECT_THAT(order_of({{7680, 4320}, 30}, 2500, {Codec::h264}), ElementsAre(Codec::h264));
}

}  // namespace
}  // namespace cs
