// SPDX-License-Identifier: MIT
#include "check/server_path.hpp"

#include <array>
#include <cstddef>

#include "base/error.hpp"
#include "check/call_after.hpp"

namespace cs {
namespace {

constexpr gint64 kRepeatAfterUs = 500'000;  // initial RTO of RFC 8489
constexpr std::size_t kHeader = 20;         // of a STUN message; bytes 2 and 3 hold the length without header

}  // namespace

ServerPath::ServerPath(const std::string& where, Transport transport, std::chrono::milliseconds limit)
    : transport_(transport),
      deadline_(g_cancellable_new()),
      timer_(call_after(limit, [deadline = deadline_.get()] { g_cancellable_cancel(deadline); })) {
  if (transport == Transport::tls && g_tls_backend_supports_tls(g_tls_backend_get_default()) == FALSE)
    throw StartupError("GLib has no TLS support; install the package glib-networking to check this server");
  const std::unique_ptr<GSocketClient, Unref> client(g_socket_client_new());
  g_socket_client_set_enable_proxy(client.get(), FALSE);
  if (transport == Transport::udp) {
    g_socket_client_set_socket_type(client.get(), G_SOCKET_TYPE_DATAGRAM);
    g_socket_client_set_protocol(client.get(), G_SOCKET_PROTOCOL_UDP);
  }
  g_socket_client_set_tls(client.get(), transport == Transport::tls ? TRUE : FALSE);
  GError* error = nullptr;
  connection_.reset(g_socket_client_connect_to_host(client.get(), where.c_str(), 3478, deadline_.get(), &error));
  if (!connection_) fail(error);
}

std::vector<std::uint8_t> ServerPath::ask(std::span<const std::uint8_t> request) {
  return transport_ == Transport::udp ? ask_by_udp(request) : ask_by_stream(request);
}

std::vector<std::uint8_t> ServerPath::ask_by_udp(std::span<const std::uint8_t> request) {
  GSocket* socket = g_socket_connection_get_socket(connection_.get());
  std::array<gchar, 2048> answer{};
  gint64 timeout = kRepeatAfterUs;
  for (;;) {
    GError* error = nullptr;
    if (g_socket_send(socket, reinterpret_cast<const gchar*>(request.data()), request.size(), deadline_.get(), &error) <
        0)
      fail(error);
    if (g_socket_condition_timed_wait(socket, G_IO_IN, timeout, deadline_.get(), &error) == FALSE) {
      if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) fail(error);
      g_error_free(error);
      timeout *= 2;
      continue;
    }
    const gssize got = g_socket_receive(socket, answer.data(), answer.size(), deadline_.get(), &error);
    if (got < 0) fail(error);
    return {answer.begin(), answer.begin() + got};
  }
}

std::vector<std::uint8_t> ServerPath::ask_by_stream(std::span<const std::uint8_t> request) {
  GOutputStream* out = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
  GInputStream* in = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
  GError* error = nullptr;
  if (g_output_stream_write_all(out, request.data(), request.size(), nullptr, deadline_.get(), &error) == FALSE)
    fail(error);
  std::vector<std::uint8_t> answer(kHeader);
  const auto read = [&](std::size_t from) {
    gsize got = 0;
    if (g_input_stream_read_all(in, answer.data() + from, answer.size() - from, &got, deadline_.get(), &error) == FALSE)
      fail(error);
    if (got < answer.size() - from) throw StartupError("the server closed the connection");
  };
  read(0);
  answer.resize(kHeader + (std::size_t{answer[2]} << 8U) + answer[3]);
  read(kHeader);
  return answer;
}

void ServerPath::fail(GError* error) const {
  const bool late = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE;
  const bool refused = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) != FALSE;
  const bool distrusted = g_error_matches(error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) != FALSE;
  const std::string message = error->message;
  g_error_free(error);
  if (late) throw StartupError("no answer came in time; a firewall may block it, or the address is wrong");
  if (refused) throw StartupError("no server listens there (connection refused)");
  if (distrusted)
    throw StartupError(
        "its TLS certificate is not valid for that name, or not signed by a CA that this machine trusts");
  throw StartupError(message);
}

}  // namespace cs
