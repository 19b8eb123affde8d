// SPDX-License-Identifier: MIT
#include <glib.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "check/server_path.hpp"
#include "check/stun_client.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;
using Message = std::vector<std::uint8_t>;

constexpr std::size_t kHeader = 20;
constexpr std::string_view kUser = "me";
constexpr std::string_view kPass = "guess what";

std::deque<std::string> answers;  // the replies of the simulated server

/// The value of an attribute of this type (RFC 8489, section 14). Empty: none.
std::string attribute(const Message& message, unsigned type) {
  for (std::size_t at = kHeader; at + 4 <= message.size();) {
    const std::size_t size = std::size_t{message[at + 2]} << 8U | message[at + 3];
    if ((unsigned{message[at]} << 8U | message[at + 1]) == type && at + 4 + size <= message.size())
      return {message.begin() + static_cast<std::ptrdiff_t>(at + 4),
              message.begin() + static_cast<std::ptrdiff_t>(at + 4 + size)};
    at += 4 + (size + 3) / 4 * 4;
  }
  return "";
}

void set_length(Message& message, std::size_t length) {
  message[2] = static_cast<std::uint8_t>(length >> 8U);
  message[3] = static_cast<std::uint8_t>(length);
}

/// Signs a message as a server that knows the password does (RFC 8489, sections 9.2.2 and 14.5).
void sign(Message& message, const std::string& realm) {
  const std::string words = std::string(kUser) + ":" + realm + ":" + std::string(kPass);
  std::array<guint8, 16> key{};
  gsize key_size = key.size();
  GChecksum* md5 = g_checksum_new(G_CHECKSUM_MD5);
  g_checksum_update(md5, reinterpret_cast<const guchar*>(words.data()), static_cast<gssize>(words.size()));
  g_checksum_get_digest(md5, key.data(), &key_size);
  g_checksum_free(md5);
  set_length(message, message.size() - kHeader + 24);
  std::array<guint8, 20> digest{};
  gsize size = digest.size();
  GHmac* hmac = g_hmac_new(G_CHECKSUM_SHA1, key.data(), key_size);
  g_hmac_update(hmac, message.data(), static_cast<gssize>(message.size()));
  g_hmac_get_digest(hmac, digest.data(), &size);
  g_hmac_unref(hmac);
  message.insert(message.end(), {0x00, 0x08, 0x00, 0x14});
  message.insert(message.end(), digest.begin(), digest.end());
}

void must_be_sentence(const ServerAnswer& answer) {
  must(answer.failure.empty() != answer.address.empty(), "there is an address or an error");
  must(answer.failure.find(kPass) == std::string::npos, "no error contains the password");
  must(!test::has_control(answer.failure) && !test::has_control(answer.address), "an answer is one line");
}

}  // namespace

// Replaces src/check/server_path.cpp: the input contains the replies, there is no network.

ServerPath::ServerPath(const std::string& /*where*/, Transport transport, std::chrono::milliseconds /*limit*/)
    : transport_(transport) {}

/// The first character of a reply selects what the server adds: "t" a header that matches the request, "s" also the
/// signature.
std::vector<std::uint8_t> ServerPath::ask(std::span<const std::uint8_t> request) {
  if (answers.empty()) throw StartupError("no answer came in time");
  const std::string answer = answers.front();
  answers.pop_front();
  const char kind = answer.empty() ? '\0' : answer.front();
  Message message(answer.begin() + (answer.empty() ? 0 : 1), answer.end());
  if (kind != 't' && kind != 's') return message;
  // The first byte selects the class; the matching header replaces it.
  message.resize(std::max<std::size_t>(message.size(), 1));
  const bool is_error = message.front() == 'e';
  message.erase(message.begin());
  message.insert(message.begin(), request.begin(), request.begin() + kHeader);
  message[0] = static_cast<std::uint8_t>((request[0] & 0xfeU) | 0x01U);
  message[1] = static_cast<std::uint8_t>(request[1] | (is_error ? 0x10U : 0x00U));
  message.resize(kHeader + (message.size() - kHeader + 3) / 4 * 4);
  set_length(message, message.size() - kHeader);
  if (kind == 's') sign(message, attribute({request.begin(), request.end()}, 0x0014));
  return message;
}

/// Input: the replies of the server to consecutive requests, separated by "%%".
void fuzz(std::string_view input) {
  std::deque<std::string> all;
  while (!input.empty()) all.emplace_back(test::cut(input, "%%"));
  const std::chrono::seconds limit{1};
  answers = all;
  must_be_sentence(ask_stun("stun://192.0.2.1:3478", limit));
  answers = all;
  IceServers servers;
  servers.turn = "turn://192.0.2.1:3478?transport=tcp";
  servers.turn_user = kUser;
  servers.turn_pass = kPass;
  must_be_sentence(allocate_relay(servers, limit));
}

}  // namespace cs
