// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cs {

/// What a client gets for an HTTP request. Any thread.
struct Reply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string owned_type;             ///< in place of content_type, when it is no literal
  std::string_view page;              ///< the body, when it lives as long as the server or as `owner`
  std::shared_ptr<const void> owner;  ///< what is large is sent from where it lies
  std::string text;                   ///< the body otherwise
  std::string fields;                 ///< further header fields, each with its line's end
  bool with_body = true;              ///< false: the head speaks of a body that is not sent

  [[nodiscard]] std::string_view body() const { return text.empty() ? page : std::string_view(text); }
  void add_field(std::string_view name, std::string_view value);

  /// Status line and header fields, up to and with the empty line. `ends`: the connection closes after it; `common`:
  /// the fields that every answer has.
  [[nodiscard]] std::string head(bool ends, std::string_view common) const;
};

/// A refusal in words. Any thread.
[[nodiscard]] Reply refusal(int status, std::string words);

}  // namespace cs
