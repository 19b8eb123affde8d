// SPDX-License-Identifier: MIT
// TlsTerminator with slow, silent and too many clients.
#include "tls/terminator.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "fakes/certificate.hpp"
#include "fakes/ws_client.hpp"
#include "network/listener.hpp"
#include "network/peer.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using test::Certificate;
using test::RawClient;

/// A TlsTerminator on a free port of 127.0.0.1; the test plays the HTTP server.
struct TlsFixture {
  TlsFixture(std::size_t connections, std::size_t per_address, TlsTimeouts timeouts = {}) {
    std::signal(SIGPIPE, SIG_IGN);  // as the server does
    Fd listener = listen_on("127.0.0.1", 0);
    port = port_of(listener);
    terminator.emplace(TlsTerminator::Config{.listener = std::move(listener),
                                             .files = certificate.files,
                                             .limits = {.max_connections = connections,
                                                        .max_per_address = per_address,
                                                        // 127.0.0.1 counts as a proxy.
                                                        .client_network =
                                                            [](const std::string& address) {
                                                              return address == "127.0.0.1" ? std::string() : address;
                                                            }},
                                             .timeouts = timeouts},
                       metrics);
    web_server = terminator->take_inner();
  }

  /// Waits for the next client's connection and returns the HTTP server's end of it, a blocking socket.
  Fd next_client() {
    pollfd readable = {web_server.get(), POLLIN, 0};
    if (poll(&readable, 1, 10000) != 1) throw std::runtime_error("no connection reached the HTTP server within 10 s");
    return Fd(accept4(web_server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  std::int64_t dropped(const char* reason) {
    return metrics.get("tls_connections_dropped_total", {{"reason", reason}}).value();
  }

  void wait_for_connections(std::int64_t count) {
    const Metric& connections = metrics.get("tls_connections");
    const TimePoint deadline = Clock::now() + 30s;
    std::int64_t last = connections.value();  // read once: the value may change meanwhile
    while (last != count && Clock::now() < deadline) {
      std::this_thread::sleep_for(5ms);
      last = connections.value();
    }
    EXPECT_EQ(last, count);
  }

  Certificate certificate;
  Metrics metrics;
  std::optional<TlsTerminator> terminator;
  Fd web_server;
  int port = 0;
};

/// A client that speaks TLS.
class TlsClient {
 public:
  explicit TlsClient(RawClient& raw) : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
    SSL_set_fd(ssl_.get(), raw.fd());
  }
  [[nodiscard]] bool shake_hands() { return SSL_connect(ssl_.get()) == 1; }
  void say_goodbye() { SSL_shutdown(ssl_.get()); }
  [[nodiscard]] std::string read() {
    char bytes[16384];
    const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
    return {bytes, static_cast<std::size_t>(got > 0 ? got : 0)};
  }

 private:
  const std::unique_ptr<SSL_CTX, SslDeleter> context_;
  const Ssl ssl_;
};

/// Sends until the socket accepts nothing for 200 ms or the peer closes. Returns the number of bytes; 0 if it never
/// stops.
std::size_t fill(const Fd& socket) {
  const std::string piece(65536, 'x');
  std::size_t size = 0;
  for (int i = 0; i < 2000; ++i) {
    pollfd writable = {socket.get(), POLLOUT, 0};
    if (poll(&writable, 1, 200) == 0) return size;
    const ssize_t sent = send(socket.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) size += static_cast<std::size_t>(sent);
    if (sent < 0 && errno != EAGAIN) return size;
  }
  return 0;
}

TEST(TlsTerminator, ClosesAClientThatDoesNotRead) {
  TlsFixture fixture(8, 8, {.read = 200ms});
  RawClient raw(fixture.port, 4096);
  TlsClient client(raw);
  ASSERT_TRUE(client.shake_hands());
  const Fd web_server = fixture.next_client();
  ASSERT_GT(fill(web_server), 0U);
  fixture.wait_for_connections(0);
  EXPECT_EQ(fixture.dropped("unread"), 1);
}

TEST(TlsTerminator, ClosesAClientThatDoesNotReadAfterAServerReset) {
  TlsFixture fixture(8, 8, {.linger = 200ms});
  RawClient raw(fixture.port, 4096);
  TlsClient client(raw);
  ASSERT_TRUE(client.shake_hands());
  std::optional<Fd> web_server = fixture.next_client();
  ASSERT_GT(fill(*web_server), 0U);
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(web_server->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  web_server.reset();
  fixture.wait_for_connections(0);
  EXPECT_EQ(fixture.dropped("unread"), 0) << "it was closed only by the read timeout";
}

TEST(TlsTerminator, AClientThatHalfClosesStillGetsItsAnswer) {
  TlsFixture fixture(8, 8);
  for (const bool says_goodbye : {true, false}) {
    RawClient raw(fixture.port);
    TlsClient client(raw);
    ASSERT_TRUE(client.shake_hands());
    const Fd web_server = fixture.next_client();
    if (says_goodbye) client.say_goodbye();
    raw.send_no_more();  // many clients half-close without a close_notify
    char byte = 0;
    ASSERT_EQ(recv(web_server.get(), &byte, 1, 0), 0) << "the HTTP server does not see the half-close";
    ASSERT_EQ(send(web_server.get(), "answer", 6, MSG_NOSIGNAL), 6);
    EXPECT_EQ(client.read(), "answer");
  }
}

TEST(TlsTerminator, DeliversTheLastReplyAfterTheServerHasClosed) {
  TlsFixture fixture(8, 8);
  RawClient raw(fixture.port);
  TlsClient client(raw);
  ASSERT_TRUE(client.shake_hands());
  {
    const Fd web_server = fixture.next_client();
    ASSERT_EQ(send(web_server.get(), "last words", 10, 0), 10);
  }
  EXPECT_EQ(client.read(), "last words");
  EXPECT_EQ(client.read(), "");
}

TEST(TlsTerminator, ASlowClientGetsTheWholeReplyAfterTheServerHasClosed) {
  const auto linger = 200ms;
  TlsFixture fixture(8, 8, {.linger = linger});
  RawClient raw(fixture.port);
  TlsClient client(raw);
  ASSERT_TRUE(client.shake_hands());
  std::optional<Fd> web_server = fixture.next_client();
  const std::size_t size = fill(*web_server);
  ASSERT_GT(size, 0U);
  web_server.reset();
  std::this_thread::sleep_for(2 * linger);  // longer than the linger timeout
  std::size_t got = 0;
  for (std::string piece = client.read(); !piece.empty(); piece = client.read()) got += piece.size();
  EXPECT_EQ(got, size);
}

TEST(TlsTerminator, SilentConnectionsDoNotEvictAnotherNetworksHandshake) {
  TlsFixture fixture(16, 100);  // at most eight handshakes at a time
  RawClient slow(fixture.port, 0, 2);
  fixture.wait_for_connections(1);
  std::deque<RawClient> silent;
  for (int i = 0; i < 50; ++i) silent.emplace_back(fixture.port, 0, 3);
  for (int i = 0; i < 50; ++i) silent.emplace_back(fixture.port);
  EXPECT_EQ(silent.front().read_all(), "") << "the oldest silent connection was not evicted";
  fixture.wait_for_connections(8);
  EXPECT_TRUE(TlsClient(slow).shake_hands());
}

TEST(TlsTerminator, AConnectionThatTheServerHasClosedIsEvictedForANewOne) {
  TlsFixture fixture(4, 100);
  std::deque<RawClient> closed;
  std::deque<TlsClient> clients;
  for (int i = 0; i < 20; ++i) {
    // The clients do not close when the HTTP server does.
    closed.emplace_back(fixture.port);
    ASSERT_TRUE(clients.emplace_back(closed.back()).shake_hands()) << i;
    Fd web_server = fixture.next_client();
    shutdown(web_server.get(), SHUT_WR);
    EXPECT_EQ(clients.back().read(), "");
  }
  EXPECT_GE(fixture.dropped("crowded"), 1);
  EXPECT_EQ(fixture.metrics.get("tls_connections_refused_total", {{"reason", "full"}}).value(), 0);
}

TEST(TlsTerminator, LimitsTheConnectionsOfOneNetwork) {
  TlsFixture fixture(64, 3);
  std::deque<RawClient> many;
  for (int i = 0; i < 3; ++i) many.emplace_back(fixture.port, 0, 2);
  fixture.wait_for_connections(3);
  RawClient fourth(fixture.port, 0, 2);
  EXPECT_EQ(fourth.read_all(), "");
  EXPECT_EQ(fixture.metrics.get("tls_connections_refused_total", {{"reason", "address"}}).value(), 1);
  RawClient other(fixture.port, 0, 3);
  EXPECT_TRUE(TlsClient(other).shake_hands());
  std::deque<RawClient> of_proxy;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TlsClient(of_proxy.emplace_back(fixture.port)).shake_hands()) << i;
  many.clear();
  fixture.wait_for_connections(6);
  RawClient again(fixture.port, 0, 2);
  EXPECT_TRUE(TlsClient(again).shake_hands()) << "closed connections still count";
}

TEST(TlsTerminator, ReturnsTheClientThatALoopbackPortForwards) {
  TlsFixture fixture(8, 8);
  RawClient raw(fixture.port, 0, 7);
  TlsClient client(raw);
  ASSERT_TRUE(client.shake_hands());
  const Fd web_server = fixture.next_client();
  const ConnectionEnds ends = fixture.terminator->client_behind(peer_port(web_server.get()));
  EXPECT_EQ(ends.client, "127.0.0.7");
  EXPECT_EQ(ends.server, "127.0.0.1");
  EXPECT_EQ(fixture.terminator->client_behind(fixture.port).client, "");
}

}  // namespace
}  // namespace cs
