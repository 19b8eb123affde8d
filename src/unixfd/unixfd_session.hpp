// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"
#include "producer/frame_pace.hpp"
#include "producer/latest_picture.hpp"
#include "producer/producer.hpp"
#include "unixfd/unixfd_caps.hpp"
#include "unixfd/unixfd_connection.hpp"
#include "unixfd/yuv_to_bgra.hpp"

namespace cs {

/// GStreamer's unixfdsink as a producer, in push mode: of several frames that wait, the newest is copied, and each is
/// given back. Without viewers only the first is copied, so that there is a picture for the first viewer. What cannot
/// be shown is counted, and status() says why; only a broken protocol ends the session. A sender of more than 5,000
/// commands a second is not read for a while, so it has to wait. Source thread only.
class UnixFdSession final : public Producer {
 public:
  /// `socket` is connected to the unixfdsink. `picture` gets the frames. All references must outlive this object.
  UnixFdSession(Fd socket, LatestPicture& picture, Metrics& metrics);

  [[nodiscard]] int fd() const override { return is_throttled_ ? -1 : connection_.fd(); }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& process() const override { return process_; }
  [[nodiscard]] std::string read(TimePoint now) override;
  void set_demand(bool is_watched, int fps) override;
  void request(TimePoint /*due*/) override {}
  [[nodiscard]] bool is_silent(TimePoint /*now*/) const override { return false; }
  [[nodiscard]] bool has_shown() const override { return has_shown_ && !has_ended_; }
  [[nodiscard]] std::uint64_t frames() const override { return frames_; }
  [[nodiscard]] const std::string& status() const override { return status_; }

 private:
  struct Waiting {
    UnixFdBuffer buffer;
    std::vector<Fd> descriptors;
  };
  struct Problem {
    std::string sentence;
    TimePoint since;
  };

  [[nodiscard]] std::string on(UnixFdConnection::Command command, TimePoint now);
  [[nodiscard]] std::string on_caps(std::span<const std::byte> payload, TimePoint now);
  [[nodiscard]] std::string on_buffer(UnixFdConnection::Command command);
  void take_newest(TimePoint now);
  [[nodiscard]] std::string show(const Waiting& frame, TimePoint now);
  /// Gives the waiting frame back, unread.
  void drop_newest(Metric& reason);
  void release(std::uint64_t id);
  void update_status(TimePoint now);

  UnixFdConnection connection_;
  LatestPicture& picture_;
  Metric& shown_;
  Metric& unchanged_;
  Metric& old_;
  Metric& skipped_;
  Metric& unwatched_;
  Metric& broken_;
  const Log log_;
  const std::string name_ = "unixfdsink";
  const std::string process_;
  TokenBucket commands_{1000, std::chrono::microseconds(200)};
  TokenBucket changes_{10, std::chrono::seconds(1)};
  bool is_throttled_ = false;
  bool is_blocked_ = false;  // it does not take its buffers back
  bool has_shown_ = false;
  bool has_ended_ = false;  // EOS
  bool is_watched_ = false;
  int fps_ = 1;
  std::optional<CapsFrames> caps_;  // none: not known, or not supported
  std::string caps_problem_;
  std::optional<Problem> frame_problem_;  // the latest
  std::optional<Waiting> newest_;
  FramePace pace_;
  std::uint64_t frames_ = 0;
  std::vector<std::byte> memory_;
  YuvToBgra to_bgra_;
  std::string status_;
};

}  // namespace cs
