// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/input_wish.hpp"

namespace cs {

/// A program that draws, from its connection to its end. The implementations speak different protocols. Source thread
/// only.
class Producer {
 public:
  Producer() = default;
  virtual ~Producer() = default;
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// The descriptor to poll for input; -1: it is not read at the moment.
  [[nodiscard]] virtual int fd() const = 0;
  /// For page and /readyz, such as "vtk_cone.py".
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// See peer_process(); for the log.
  [[nodiscard]] virtual const std::string& process() const = 0;

  /// Reads what the producer sent, up to a limit. Returns why it is gone: a sentence; kProducerEnded: it closed the
  /// connection; empty: it continues.
  [[nodiscard]] virtual std::string read(TimePoint now) = 0;

  /// Whether anyone watches, and the frame rate of the stream.
  virtual void set_demand(bool is_watched, int fps) = 0;

  /// Asks for a frame that is due at `due`, in pull mode, unless one is asked for already.
  virtual void request(TimePoint due) = 0;

  /// Whether it has not answered a request for a while.
  [[nodiscard]] virtual bool is_silent(TimePoint now) const = 0;

  /// Whether it has shown a picture.
  [[nodiscard]] virtual bool has_shown() const = 0;
  /// How many frames it has shown, unchanged ones included.
  [[nodiscard]] virtual std::uint64_t frames() const = 0;
  /// A text for log and page; empty: nothing to say.
  [[nodiscard]] virtual const std::string& status() const = 0;

  /// Whether it wanted a keyframe since the last call.
  [[nodiscard]] virtual bool take_keyframe_wish() { return false; }

  /// Input waits for it, or a text of a viewer's page.
  virtual void on_input(TimePoint /*now*/) {}
  /// The input that it wants.
  [[nodiscard]] virtual InputWish wish() const { return {}; }
  /// JSON texts for the viewers' pages since the last call.
  [[nodiscard]] virtual std::vector<std::string> take_texts() { return {}; }

  /// The daemon stops: tells the producer, if its protocol can.
  virtual void stop() {}
};

inline constexpr const char* kProducerEnded = "it ended";

}  // namespace cs
