// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "cubestream/application_message.hpp"
#include "cubestream/client_event.hpp"

namespace cs {

// Messages of clients about input and control, as docs/api.md specifies them.

inline constexpr std::size_t kMaxResumeKey = 64;

/// What a client wants of control over the scene.
struct ControlWish {
  enum class Do {
    follow,  ///< the client can send input, and wants to know about control
    take,
    give,  ///< to the client `to`, which asks
    keep,
    release
  };
  Do what = Do::follow;
  ClientId to = 0;
  std::string resume = {};  ///< with follow: the key of a connection that broke
};

/// A message of the client's application for the program that draws.
struct ApplicationMessage {
  std::string json;  ///< at most kMaxApplicationBytes
};

/// A binary message, complete and not parsed yet; at most kMaxInputMessage bytes.
struct InputMessage {
  std::string bytes;
};

/// The error in a client's message about input.
struct InputError {
  std::string sentence;  ///< empty: the client sends too much
};

}  // namespace cs
