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

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/frame_stamp.hpp"
#include "cubestream/readback.hpp"
#include "render/loss_limit.hpp"
#include "render/offscreen_target.hpp"
#include "render/pacer.hpp"
#include "render/rate_report.hpp"

namespace cs {

struct RendererConfig {
  Size size;  ///< of most pictures: for these all is made ready at start
  PixelFormat pixels = PixelFormat::i420;
  ReadbackMode readback = ReadbackMode::automatic;
  FrameStamp stamp = FrameStamp::asked;
  /// After this time without a picture that could be read back, the GL context is replaced, like a lost one. The time
  /// doubles with each replacement that does not help, up to a minute.
  std::chrono::milliseconds unread_limit = std::chrono::seconds(2);
  /// Where tests inject a lost context: asked after each picture in place of EglContext::reset_status(). Render thread.
  std::function<unsigned()> reset_status = {};
};

/// Draws the scene at the rate and the size that are wanted while somebody watches and hands the pictures to the sink.
/// Survives the loss of the GL context; what it cannot survive ends the loop. Built and destroyed on the main thread,
/// everything else happens on its own, the render thread.
class Renderer {
 public:
  /// Returns when a first picture has been drawn, so that the first viewer waits for no shader; throws StartupError if
  /// that cannot be. `sink`, `demand`, `loop` and `metrics` must outlive it.
  Renderer(RendererConfig config, SceneFactory make_scene, FrameSink& sink, Demand& demand, Loop& loop,
           Metrics& metrics);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

 private:
  void live(const std::stop_token& stop, std::promise<void> up);
  void build_canvas();
  void draw_while_watched(const std::stop_token& stop);
  void draw_at_rate(int fps, const std::stop_token& stop);
  void draw_one(TimePoint due);
  [[nodiscard]] std::optional<std::uint32_t> stamp_for_now() const;
  void lose_context(std::string_view cause);
  void recover();
  void on_unread(TimePoint began);
  void report_rate();

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
  ReadbackMode readback_;  // once chosen, it stays
  LossLimit loss_limit_;
  RateReport rate_report_;
  RateWindow window_;
  TimePoint window_end_;
  std::optional<TimePoint> unread_since_;  // none: the latest picture could be read back
  std::chrono::milliseconds unread_limit_;

  std::jthread thread_;
};

}  // namespace cs
