// SPDX-License-Identifier: MIT
#include "network/udp_burst.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace cs {
namespace {

using testing::ElementsAre;

/// Packets of these sizes, each filled with its own letter.
struct Packets {
  explicit Packets(const std::vector<std::size_t>& sizes) {
    char letter = 'a';
    for (const std::size_t size : sizes) texts.emplace_back(size, letter++);
    for (std::string& text : texts) vectors.push_back({text.data(), text.size()});
  }
  std::vector<std::string> texts;
  std::vector<iovec> vectors;
};

std::size_t length_of(const std::vector<std::size_t>& sizes) {
  return burst_length(Packets(sizes).vectors);
}

TEST(UdpBurst, ContainsPacketsOfOneSizeAndAShorterLastOne) {
  EXPECT_EQ(length_of({}), 0U);
  EXPECT_EQ(length_of({10}), 1U);
  EXPECT_EQ(length_of({10, 10, 10}), 3U);
  EXPECT_EQ(length_of({10, 10, 7, 10}), 3U);
  EXPECT_EQ(length_of({7, 10, 10}), 1U);
  EXPECT_EQ(length_of({10, 7, 7}), 2U);
}

TEST(UdpBurst, StaysWithinTheLimitsOfTheKernel) {
  EXPECT_EQ(length_of(std::vector<std::size_t>(100, 10)), 64U);
  EXPECT_EQ(length_of(std::vector<std::size_t>(60, 1200)), 54U);
}

TEST(UdpBurst, ArrivesAsSeparatePackets) {
  const Fd receiver(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Fd sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  UdpPeer peer;
  auto* address = reinterpret_cast<sockaddr_in*>(&peer.address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer.length = sizeof(sockaddr_in);
  ASSERT_EQ(bind(receiver.get(), reinterpret_cast<sockaddr*>(&peer.address), peer.length), 0);
  ASSERT_EQ(getsockname(receiver.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.length), 0);

  Packets packets({1200, 1200, 1200, 31});
  ASSERT_EQ(send_burst(sender.get(), peer, packets.vectors), 0);
  Packets single({500});
  ASSERT_EQ(send_burst(sender.get(), peer, single.vectors), 0);
  std::vector<std::string> got;
  for (int i = 0; i < 5; ++i) {
    std::string buffer(2000, '\0');
    buffer.resize(static_cast<std::size_t>(recv(receiver.get(), buffer.data(), buffer.size(), 0)));
    got.push_back(buffer);
  }
  EXPECT_THAT(got,
              ElementsAre(packets.texts[0], packets.texts[1], packets.texts[2], packets.texts[3], single.texts[0]));
}

TEST(UdpBurst, UnsupportedIsDistinguishedFromLost) {
  UdpPeer peer;
  Packets packets({1200, 1200});
  EXPECT_EQ(send_burst(-1, peer, packets.vectors), EBADF);
  EXPECT_FALSE(cannot_burst(EAGAIN));
  EXPECT_FALSE(cannot_burst(ENETUNREACH));
  EXPECT_TRUE(cannot_burst(EIO));
  EXPECT_TRUE(cannot_burst(EMSGSIZE));
}

}  // namespace
}  // namespace cs
