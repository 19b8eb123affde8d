// SPDX-License-Identifier: MIT
#include <glib.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fakes/memory_sink.hpp"
#include "fuzz/fuzz.hpp"
#include "log/log.hpp"
#include "producer/latest_picture.hpp"
#include "source/producer_protocol.hpp"
#include "source/producer_session.hpp"

namespace cs {
namespace {

using test::must;

constexpr Size kSize{64, 64};
constexpr std::uint16_t kSecond = 0xffff;     // in place of a length: a second passes, and a frame is requested
constexpr int kMostPixels = 640 * 360;        // larger memory would make the fuzzer slow
constexpr std::size_t kMostName = 63;         // bytes
constexpr std::size_t kMostOfPercent = 16;    // bytes of ", 100 %"
constexpr std::size_t kMostMessages = 2'000;  // of one input

bool is_line_of_utf8(std::string_view text) {
  return !test::has_control(text) && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE;
}

std::uint16_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint16_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

/// The next message of the daemon; none waits: nullopt; the daemon has closed: an empty one. Closes its descriptors.
std::optional<std::string> receive(int socket) {
  std::string bytes(65'536, '\0');
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  std::size_t descriptors = 0;
  if (const cmsghdr* rights = CMSG_FIRSTHDR(&header)) {
    std::array<int, 16> fds{};
    descriptors = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(fds.data(), CMSG_DATA(rights), descriptors * sizeof(int));
    for (std::size_t i = 0; i < descriptors; ++i) const Fd closed(fds.at(i));
  }
  const bool is_buffers = got >= 8 && number_at(bytes, 0) == 3;
  must(descriptors == (is_buffers ? kFrameSlots : 0), "BUFFERS, and no other message, has one descriptor per slot");
  return bytes;
}

/// What the parser makes of a message. True: the session may have it.
bool must_parse(std::string_view message) {
  const auto parsed = parse_producer_message(std::as_bytes(std::span(message)));
  if (const auto* error = std::get_if<ProducerError>(&parsed)) {
    must(!error->sentence.empty() && is_line_of_utf8(error->sentence), "an error is a sentence");
    return true;
  }
  const auto must_be_possible = [](const ProducerFrames& wish) {
    must(wish.width % 2 == 0 && wish.height % 2 == 0 && wish.width <= 7680 && wish.height <= 4320 &&
             ((wish.width == 0 && wish.height == 0) || (wish.width >= 64 && wish.height >= 64)),
         "a size is possible");
    const SlotLayout layout = slot_layout(wish);
    must(layout.planes >= 1 && layout.planes <= 3 && layout.bytes <= 7680ULL * 4320 * 4, "a layout is bounded");
    return wish.width * wish.height <= kMostPixels;
  };
  const auto& known = std::get<ProducerMessage>(parsed);
  if (const auto* hello = std::get_if<ProducerHello>(&known)) {
    must(hello->name.size() <= 64, "a name is bounded");
    return must_be_possible(hello->wish);
  }
  if (const auto* wish = std::get_if<ProducerWish>(&known)) return must_be_possible(wish->wish);
  if (const auto* frame = std::get_if<ProducerFrame>(&known))
    must(frame->metadata.size() <= kMaxMetadata, "metadata are bounded");
  if (const auto* status = std::get_if<ProducerStatus>(&known))
    must(status->text.size() <= kMaxStatusText && status->percent >= -1 && status->percent <= 100,
         "a status is bounded");
  return true;
}

/// A session with a producer that sends what the input says.
class FuzzedProducer {
 public:
  FuzzedProducer() : FuzzedProducer(connected()) {}

  /// False: the session has ended.
  bool send(std::string_view message) {
    must(::send(own_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0, "the session reads");
    if (message.size() >= 8 && number_at(message, 0) == 5) ++frames_;
    return read(std::chrono::milliseconds(1));
  }

  bool pass_a_second() {
    is_watched_ = !is_watched_;
    session_.set_demand(is_watched_, 30);
    session_.request(now_);
    return read(std::chrono::seconds(1));
  }

  /// The encoders get a picture, whatever was sent.
  void must_show() {
    must(picture_.deliver(true, now_) && sink_.count() == 1, "a picture can be shown");
    must(metrics_.total("producer_frames_total") <= frames_, "no frame counts that was not sent");
  }

 private:
  explicit FuzzedProducer(std::pair<Fd, Fd> ends)
      : own_(std::move(ends.first)),
        session_(ProducerConnection(std::move(ends.second)), {.size = kSize, .started_at = now_}, picture_,
                 ProducerInput(input_, reports_), sizes_, metrics_) {}

  static std::pair<Fd, Fd> connected() {
    std::array<int, 2> ends{};
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0, "there are sockets");
    return {Fd(ends[0]), Fd(ends[1])};
  }

  bool read(Clock::duration later) {
    const std::string end = session_.read(now_ += later);
    must(is_line_of_utf8(session_.name()) && session_.name().size() <= kMostName, "the name is a bounded line");
    must(is_line_of_utf8(session_.status()) && session_.status().size() <= kMaxStatusText + kMostOfPercent,
         "the status is a bounded line");
    must(is_line_of_utf8(end), "the reason of the end is a line");
    const std::string sentence = receive_all();
    const bool is_told = end != "it ended" && end != "it does not read its messages";
    must(sentence == (is_told ? end : ""), "a producer that breaks a rule gets the sentence, and no other does");
    return end.empty();
  }

  /// Reads the messages of the daemon. Returns the text of an ERROR.
  std::string receive_all() {
    std::string sentence;
    while (const auto message = receive(own_.get())) {
      must(sentence.empty(), "ERROR is the last message");
      must(message->size() >= 8 && number_at(*message, 2) == message->size(), "a message says its size");
      const int type = number_at(*message, 0);
      must(((type >= 1 && type <= 9 && type != 5 && type != 7) || type == 10 || type == 12),
           "the daemon sends its own messages");
      if (type == 6) must(message->at(12) < static_cast<char>(kFrameSlots), "a slot exists that is released");
      if (type == 8) sentence = message->substr(16);
    }
    return sentence;
  }

  TimePoint now_ = Clock::now();
  Metrics metrics_;
  test::MemorySink sink_{kSize};
  LatestPicture picture_{kSize, sink_, metrics_};
  SizeLimit sizes_;
  InputSlot input_{metrics_};
  InputReports reports_{metrics_};
  Fd own_;
  ProducerSession session_;
  bool is_watched_ = false;
  std::int64_t frames_ = 0;
};

}  // namespace

/// Input: messages, each after its length in two bytes, little-endian. The length 0xffff has no message: see kSecond.
void fuzz(std::string_view input) {
  static const bool is_quiet = (start_logging(LogLevel::error, LogFormat::text), true);
  static_cast<void>(is_quiet);
  FuzzedProducer producer;
  bool is_open = true;
  for (std::size_t count = 0; input.size() >= 2 && count < kMostMessages; ++count) {
    const std::uint16_t length = number_at(input, 0);
    input.remove_prefix(2);
    if (length == kSecond) {
      is_open = is_open && producer.pass_a_second();
      continue;
    }
    const std::string_view message = input.substr(0, length);
    input.remove_prefix(message.size());
    const bool is_small = must_parse(message);
    if (is_open && is_small) is_open = producer.send(message);
  }
  producer.must_show();
}

}  // namespace cs
