// SPDX-License-Identifier: MIT
#include "http/http_body.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;
using Progress = BodyReader::Progress;

constexpr std::size_t kLimit = 512;

struct Outcome {
  Progress progress = Progress::more;
  std::string body;
};

Outcome read(const HttpRequest& request, std::string_view bytes, std::size_t piece) {
  BodyReader reader(request, kLimit);
  Outcome outcome;
  while (!bytes.empty() && outcome.progress == Progress::more) {
    const std::string_view some = bytes.substr(0, std::min(piece, reader.wants()));
    outcome.progress = reader.take(some);
    bytes.remove_prefix(some.size());
  }
  outcome.body = reader.release();
  must(outcome.body.size() <= kLimit || outcome.progress == Progress::too_large, "a body is bounded");
  return outcome;
}

std::string in_chunks(std::string_view body, std::size_t piece) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    const std::string_view some = body.substr(0, piece);
    text += {kDigits[some.size() / 16], kDigits[some.size() % 16]};
    text.append("\r\n").append(some).append("\r\n");
  }
  return text + "0\r\n\r\n";
}

}  // namespace

/// Input: the first byte is the size of the pieces in which the rest arrives.
void fuzz(std::string_view input) {
  if (input.empty()) return;
  const std::size_t piece = 1 + static_cast<std::uint8_t>(input.front()) % 64;
  input.remove_prefix(1);

  HttpRequest chunked;
  chunked.body = HttpRequest::Body::chunked;
  const Outcome whole = read(chunked, input, input.size() + 1);
  const Outcome pieces = read(chunked, input, piece);
  must(whole.progress == pieces.progress, "the result does not depend on the pieces");
  if (whole.progress == Progress::whole) {
    must(whole.body == pieces.body, "the body does not depend on the pieces");
    const Outcome again = read(chunked, in_chunks(whole.body, piece), 7);
    must(again.progress == Progress::whole && again.body == whole.body, "a body can be sent again");
  }

  HttpRequest sized;
  sized.body = HttpRequest::Body::sized;
  sized.body_size = input.size();
  const Outcome plain = read(sized, input, piece);
  if (input.empty()) return;
  must(plain.progress == (input.size() > kLimit ? Progress::too_large : Progress::whole),
       "Content-Length decides the result");
  must(plain.progress == Progress::too_large || plain.body == input, "a sized body is unchanged");
}

}  // namespace cs
