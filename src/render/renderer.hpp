// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "input/input_reports.hpp"
#include "input/input_slot.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "render/frame_stamp.hpp"
#include "render/loss_limit.hpp"
#include "render/offscreen_target.hpp"
#include "render/pacer.hpp"
#include "render/rate_report.hpp"
#include "render/readback.hpp"

namespace cs {

struct RendererConfig {
  Size size;  ///< of most frames; the GL objects for this size are created at start
  PixelFormat pixels = PixelFormat::i420;
  ReadbackMode readback = ReadbackMode::automatic;
  FrameStamp stamp = FrameStamp::asked;
  /// After this time without a successful readback, the GL context is replaced, as after a loss. The time doubles with
  /// each replacement that does not help, up to one minute.
  std::chrono::milliseconds unread_limit = std::chrono::seconds(2);
  /// For tests that simulate a lost context: called after each frame in place of the real status. Render thread.
  std::function<unsigned()> reset_status = {};
  /// Input for the scene, and reports of what became of it. Null: none. Must outlive the renderer.
  InputSlot* input = nullptr;
  InputReports* reports = nullptr;
  std::function<void(const InputWish&)> on_wish = [](const InputWish&) {
  };  ///< the scene's, when it changes; main thread
};

/// Draws the scene while the demand is live, at the size and rate the sink requests, and pushes the frames to the sink.
/// Recovers from the loss of the GL context; an error it cannot recover from ends the loop. Built and destroyed on the
/// main thread; all other work runs on its own thread, the render thread.
class Renderer {
 public:
  /// Returns after a first frame has been drawn, so that the first viewer does not wait for shader compilation. Throws
  /// StartupError. `sink`, `demand`, `loop` and `metrics` must outlive it.
  Renderer(RendererConfig config, SceneFactory make_scene, FrameSink& sink, Demand& demand, Loop& loop,
           Metrics& metrics);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

 private:
  void run(const std::stop_token& stop, std::promise<void> up);
  void build_target();
  void draw_while_live(const std::stop_token& stop);
  void draw_at_rate(int fps, const std::stop_token& stop);
  void draw_one(TimePoint due);
  [[nodiscard]] std::optional<std::uint32_t> stamp_for_now() const;
  void lose_context(std::string_view cause);
  void recover();
  void on_unread(TimePoint began);
  void report_rate();
  void report_wish();

  const RendererConfig config_;
  const SceneFactory make_scene_;
  const TimePoint started_;
  const Log log_;
  FrameSink& sink_;
  Demand& demand_;
  Loop& loop_;
  Metrics& metrics_;
  Metric& drawn_;
  Metric& skipped_;
  Metric& refused_;
  Metric& unread_;
  Metric& losses_;
  Metric& context_up_;
  Heartbeat& heartbeat_;
  Histogram& wait_;
  Histogram& update_;
  Histogram& draw_;
  Histogram& read_back_;
  Histogram& convert_;

  // Owned by the render thread.
  std::unique_ptr<OffscreenTarget> target_;
  ReadbackMode readback_;  // the automatic choice is made once
  LossLimit loss_limit_;
  RateReport rate_report_;
  RateWindow window_;
  TimePoint window_end_;
  std::optional<TimePoint> unread_since_;  // empty: the latest readback succeeded
  std::chrono::milliseconds unread_limit_;
  std::vector<InputBatchId> unshown_;  // input that the scene has, but no frame shows yet
  InputWish wish_;                     // as reported

  const std::shared_ptr<Renderer*> alive_;  // for jobs on the main loop
  std::jthread thread_;
};

}  // namespace cs
