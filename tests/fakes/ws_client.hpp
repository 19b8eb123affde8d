// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cs::test {

/// A TCP connection to 127.0.0.1 for raw reads and writes. Reads throw after ten seconds without data. One thread.
class RawClient {
 public:
  /// `receive_buffer`: bytes, 0 for the default; small for a client that does not read. `from`: last byte of the
  /// client's address 127.0.0.x; 0 for the default address.
  explicit RawClient(int port, int receive_buffer = 0, unsigned char from = 0)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
    if (from != 0 && bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error(std::string("bind: ") + std::strerror(errno));
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  ~RawClient() { hang_up(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

  void hang_up() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  /// Closes the connection with a TCP reset: neither side can send any more.
  void reset() {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    hang_up();
  }

  /// Shuts down the sending direction. Reading still works.
  void send_no_more() { shutdown(fd_, SHUT_WR); }

  /// Ignores errors: the peer may close the connection during the write.
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads exactly `size` bytes; fewer if the peer closed the connection.
  std::string read(std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    return take(std::min(size, buffer_.size()));
  }

  /// Reads up to and including `end`; less if the peer closed the connection.
  std::string read_until(std::string_view end) {
    while (buffer_.find(end) == buffer_.npos)
      if (!fill()) return take(buffer_.size());
    return take(buffer_.find(end) + end.size());
  }

  /// Whether the peer neither sends data nor closes the connection within `time`.
  bool stays_quiet(std::chrono::milliseconds time) {
    pollfd readable = {fd_, POLLIN, 0};
    return buffer_.empty() && poll(&readable, 1, static_cast<int>(time.count())) == 0;
  }

  /// Waits until the peer closes the connection, without reading. False after ten seconds. Works only if the peer
  /// leaves data of this client unread and so sends a reset; otherwise its pending data would come first.
  bool wait_until_cut() {
    pollfd end = {fd_, 0, 0};
    return poll(&end, 1, 10000) == 1;
  }

  /// Reads until the peer closes the connection.
  std::string read_all() {
    while (fill()) {
    }
    return take(buffer_.size());
  }

 private:
  bool fill() {
    pollfd readable = {fd_, POLLIN, 0};
    if (poll(&readable, 1, 10000) != 1) throw std::runtime_error("no data from the server within ten seconds");
    char bytes[16384];
    const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  std::string take(std::size_t size) {
    std::string result = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return result;
  }

  int fd_;
  std::string buffer_;
};

struct HttpReply {
  std::string head;
  std::string body;
  [[nodiscard]] int status() const { return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3)); }
  [[nodiscard]] bool has(std::string_view field) const { return head.find(field) != head.npos; }
};

/// Sends one request and returns the whole reply.
inline HttpReply http(int port, const std::string& method, const std::string& path, const std::string& fields = "") {
  RawClient client(port);
  client.write(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
  HttpReply reply;
  reply.head = client.read_until("\r\n\r\n");
  reply.body = client.read_all();
  return reply;
}

/// A WebSocket client, RFC 6455.
class WsClient {
 public:
  enum Opcode : unsigned char { kMore = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

  struct Frame {
    unsigned opcode = 0;
    std::string payload;
  };

  /// `before`: path of a GET request to send first on the same connection. `fields`: further header fields, each with
  /// its line end.
  explicit WsClient(int port, int receive_buffer = 0, const std::string& before = "", const std::string& fields = "")
      : raw_(port, receive_buffer) {
    if (!before.empty()) {
      raw_.write("GET " + before + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const std::string head = raw_.read_until("\r\n\r\n");
      const auto length = head.find("Content-Length: ");
      if (length == head.npos) throw std::runtime_error("reply without Content-Length: " + head);
      raw_.read(std::stoul(head.substr(length + 16)));
    }
    raw_.write(std::string("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") +
               fields + "\r\n");
    const std::string head = raw_.read_until("\r\n\r\n");
    // The accept value for this key in RFC 6455, section 1.3.
    if (head.find(" 101 ") == head.npos || head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == head.npos)
      throw std::runtime_error("WebSocket upgrade failed: " + head.substr(0, head.find('\r')));
  }

  void send(std::string_view text) { send_frame(kText, text, true); }

  void send_frame(Opcode opcode, std::string_view payload, bool final) {
    raw_.write(head(opcode, payload.size(), final));
    constexpr unsigned char kMask[] = {0x37, 0xfa, 0x21, 0x3d};
    std::string masked(payload);
    for (std::size_t i = 0; i < masked.size(); ++i)
      masked[i] = static_cast<char>(static_cast<unsigned char>(masked[i]) ^ kMask[i % 4]);
    raw_.write(masked);
  }

  /// Sends only the header of a frame with a payload of `size` bytes.
  void announce_frame(Opcode opcode, std::size_t size) { raw_.write(head(opcode, size, true)); }

  /// Receives the next frame, skipping pings and pongs; empty if the peer closed the connection.
  std::optional<Frame> receive() {
    while (true) {
      const std::string start = raw_.read(2);
      if (start.size() < 2) return std::nullopt;
      std::size_t size = static_cast<unsigned char>(start[1]) & 0x7fU;
      if (size >= 126) {
        const std::string more = raw_.read(size == 126 ? 2 : 8);
        size = 0;
        for (const char c : more) size = size << 8U | static_cast<unsigned char>(c);
      }
      Frame frame{static_cast<unsigned char>(start[0]) & 0x0fU, raw_.read(size)};
      if (frame.payload.size() < size) return std::nullopt;
      if (frame.opcode < kPing) return frame;
    }
  }

  /// The text of the next message; "(close CODE)" for a close, "(end)" if the peer closed the connection.
  std::string receive_text() {
    const auto frame = receive();
    if (!frame) return "(end)";
    if (frame->opcode == kClose) return "(close " + std::to_string(code_of(*frame)) + ")";
    return frame->payload;
  }

  /// The server's close code; 0 if it closed without a close frame. Replies to the close as a browser does.
  int receive_close() {
    while (const auto frame = receive()) {
      if (frame->opcode != kClose) continue;
      send_frame(kClose, frame->payload.substr(0, 2), true);
      return code_of(*frame);
    }
    return 0;
  }

  RawClient& raw() { return raw_; }

 private:
  static int code_of(const Frame& close) {
    if (close.payload.size() < 2) return 1005;
    return static_cast<unsigned char>(close.payload[0]) << 8 | static_cast<unsigned char>(close.payload[1]);
  }

  static std::string head(Opcode opcode, std::size_t size, bool final) {
    std::string bytes(1, static_cast<char>(opcode | (final ? 0x80 : 0)));
    const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    const std::size_t length = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
    bytes += static_cast<char>(0x80U | length);
    for (int i = length_bytes - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i) & 0xffU);
    return bytes + "\x37\xfa\x21\x3d";
  }

  RawClient raw_;
};

}  // namespace cs::test
