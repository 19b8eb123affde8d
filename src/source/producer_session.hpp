// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"
#include "producer/frame_pace.hpp"
#include "producer/latest_picture.hpp"
#include "producer/producer.hpp"
#include "source/frame_slots.hpp"
#include "source/producer_connection.hpp"
#include "source/producer_input.hpp"
#include "source/size_limit.hpp"

namespace cs {

/// One producer, from its connection to its end: the protocol's state, and whose the slots are. Source thread only.
class ProducerSession final : public Producer {
 public:
  struct Config {
    Size size;                                               ///< for producers without a wish
    TimePoint started_at;                                    ///< zero of the scene's time
    bool needs_picture = true;                               ///< no producer has sent a frame yet
    Clock::duration greet_within = std::chrono::seconds(5);  ///< limit until HELLO
  };

  /// `picture` gets the frames, `input` has the input for the producer. `sizes` limits the memory of all producers
  /// together. All references must outlive this object.
  ProducerSession(ProducerConnection connection, const Config& config, LatestPicture& picture, ProducerInput input,
                  SizeLimit& sizes, Metrics& metrics);
  /// Frees the memory of the frames, also for a producer that keeps it open.
  ~ProducerSession() override;

  [[nodiscard]] int fd() const override { return connection_.fd(); }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& process() const override { return process_; }
  /// Takes the newest frame too, at about the rate of the stream, or one a second without viewers. Others stay in their
  /// slots until a later call.
  [[nodiscard]] std::string read(TimePoint now) override;
  void set_demand(bool is_watched, int fps) override;
  void request(TimePoint due) override;
  [[nodiscard]] bool is_silent(TimePoint now) const override;
  [[nodiscard]] bool has_shown() const override { return frames_ > 0; }
  [[nodiscard]] std::uint64_t frames() const override { return frames_; }
  /// Its latest STATUS; empty: none since the latest frame.
  [[nodiscard]] const std::string& status() const override { return status_; }
  [[nodiscard]] bool take_keyframe_wish() override { return std::exchange(wants_keyframe_, false); }
  /// Sends texts. Sends input too, unless the next request brings it: to a producer with its own clock, or if there are
  /// no viewers and so no requests.
  void on_input(TimePoint now) override;
  [[nodiscard]] InputWish wish() const override { return input_.wish(); }
  [[nodiscard]] std::vector<std::string> take_texts() override { return std::exchange(texts_, {}); }
  /// Leaves the producer its memory: it may show the same picture to the next daemon.
  void stop() override;

 private:
  [[nodiscard]] std::string read_messages(TimePoint now);
  [[nodiscard]] std::string handle(const ProducerConnection::Received& received, TimePoint now);
  void take_newest(TimePoint now);
  [[nodiscard]] std::string on(const ProducerHello& hello);
  [[nodiscard]] std::string on(const ProducerWish& wish);
  [[nodiscard]] std::string on(const ProducerFrame& frame);
  [[nodiscard]] std::string on(const ProducerStatus& status);
  [[nodiscard]] std::string on(const ProducerWants& wants);
  [[nodiscard]] std::string on(const ProducerText& text);
  [[nodiscard]] std::string on(const ProducerUnknown& unknown);
  /// Answers the latest wish, if there is one and the limit permits it.
  [[nodiscard]] std::string answer_wish(TimePoint now);
  /// With the configured size if it has none.
  [[nodiscard]] ProducerFrames sized(ProducerFrames wish) const;
  /// Agrees on frames with new memory.
  [[nodiscard]] std::string configure(ProducerFrames wish, std::uint32_t answers = 0);
  void free_slots();
  void end(ProducerErrorCode code, const std::string& sentence);
  void send(const ProducerMessageWriter::Message& message);

  ProducerConnection connection_;
  const Config config_;
  LatestPicture& picture_;
  ProducerInput input_;
  SizeLimit& sizes_;
  Metric& shown_;
  Metric& unchanged_;
  Metric& old_;
  Metric& skipped_;
  Metric& texts_lost_;
  const Log log_;
  ProducerMessageWriter writer_;
  const std::string process_;
  std::string name_ = "a program";  // until HELLO
  TokenBucket messages_{1000, std::chrono::milliseconds(2)};
  const TimePoint connected_at_;
  bool has_greeted_ = false;
  bool is_blocked_ = false;  // it does not read its messages
  bool is_ended_ = false;    // by ERROR
  std::uint64_t frames_ = 0;
  bool needs_picture_;
  bool wants_keyframe_ = false;
  int most_fps_ = 0;
  std::uint32_t generation_ = 0;
  std::unique_ptr<FrameSlots> slots_;  // null before HELLO
  std::optional<ProducerWish> wish_;   // not answered yet
  std::uint64_t requests_ = 0;
  std::optional<ProducerFrame> newest_;    // not taken yet
  FramePace pace_;                         // of the frames that are taken
  std::optional<TimePoint> requested_at_;  // while a request is not answered
  TimePoint watched_since_;
  bool is_late_ = false;    // a request was due while the one before was not answered
  FramePace request_pace_;  // of a producer that draws fewer frames than the stream has
  bool is_watched_ = false;
  int fps_ = 0;
  std::string status_;
  std::vector<std::string> texts_;  // for the pages; at most kMostTexts
};

}  // namespace cs
