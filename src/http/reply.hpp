// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cs {

/// The reply to an HTTP request. Any thread.
struct Reply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string owned_type;             ///< replaces content_type when it is not a literal
  std::string_view page;              ///< the body, if its storage lives as long as the server or `owner`
  std::shared_ptr<const void> owner;  ///< keeps a large `page` alive, so that it is sent without a copy
  std::string text;                   ///< the body, if it is not empty; `page` otherwise
  std::string fields;                 ///< further header fields, each with CRLF
  bool with_body = true;              ///< false: only the head is sent

  [[nodiscard]] std::string_view body() const { return text.empty() ? page : std::string_view(text); }
  void add_field(std::string_view name, std::string_view value);

  /// Status line and header fields, including the final empty line. `ends`: the connection closes after the reply.
  /// `common`: header fields of every reply.
  [[nodiscard]] std::string head(bool ends, std::string_view common) const;
};

/// Creates a plain-text refusal. `words`: a sentence with a line end. Any thread.
[[nodiscard]] Reply refusal(int status, std::string words);

}  // namespace cs
