// SPDX-License-Identifier: MIT
#include "render/renderer.hpp"

#include <GLES3/gl32.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "render/stamp.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kWindow{1};
constexpr std::chrono::minutes kMaxUnreadLimit{1};
constexpr std::chrono::seconds kIdleTick{1};  // heartbeat interval while there are no viewers

std::string_view cause_of(unsigned reset_status) {
  switch (reset_status) {
    case GL_GUILTY_CONTEXT_RESET:
      return "this process made the driver reset the graphics card";
    case GL_INNOCENT_CONTEXT_RESET:
      return "another process made the driver reset the graphics card";
    default:
      return "the driver gives no reason";
  }
}

/// Sleeps until `when`. False if `stop` was requested first.
bool sleep_until(TimePoint when, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, stop, when, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

Renderer::Renderer(RendererConfig config, SceneFactory make_scene, FrameSink& sink, Demand& demand, Loop& loop,
                   Metrics& metrics)
    : config_(std::move(config)),
      make_scene_(std::move(make_scene)),
      started_(Clock::now()),
      log_(make_log("render")),
      sink_(sink),
      demand_(demand),
      loop_(loop),
      metrics_(metrics),
      drawn_(metrics.get("frames_rendered_total")),
      skipped_(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "late"}})),
      refused_(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "encoders-busy"}})),
      unread_(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "readback-failed"}})),
      losses_(metrics.get("gl_context_losses_total")),
      context_up_(metrics.get("gl_context_up")),
      heartbeat_(metrics.heartbeat(Heartbeat::Kind::thread, "render")),
      wait_(metrics.stage("wait")),
      update_(metrics.stage("update")),
      draw_(metrics.stage("draw")),
      read_back_(metrics.stage("read_back")),
      convert_(metrics.stage("convert")),
      readback_(config_.readback),
      unread_limit_(config_.unread_limit),
      alive_(std::make_shared<Renderer*>(this)) {
  std::promise<void> up;
  std::future<void> is_up = up.get_future();
  thread_ = std::jthread([this, up = std::move(up)](const std::stop_token& stop) mutable { run(stop, std::move(up)); });
  is_up.get();
}

Renderer::~Renderer() = default;

void Renderer::run(const std::stop_token& stop, std::promise<void> up) {
  enter_thread(ThreadRole::render);
  try {
    build_target();
    readback_ = target_->readback();
    std::vector<std::byte> pixels(frame_bytes(config_.size, config_.pixels));
    target_->draw(config_.size, Clock::now() - started_, {}, pixels);  // compiles the shaders
    const EglContext& gl = target_->context();
    metrics_.state("renderer", gl.renderer());
    log_->info("drawing with {} ({}) on EGL {}{}", gl.renderer(), gl.version(), gl.platform(),
               gl.is_robust() ? "" : ", not robust");
    log_->info("reading back: {}", target_->choice());
    report_wish();
    metrics_.state("readback", std::string(kReadbacks.at(static_cast<std::size_t>(readback_))));
    up.set_value();
  } catch (...) {
    target_.reset();
    up.set_exception(std::current_exception());
    return;
  }
  try {
    while (!stop.stop_requested()) {
      heartbeat_.tick();
      if (demand_.wait_until_live(stop, kIdleTick)) draw_while_live(stop);
    }
  } catch (const std::exception& error) {
    loop_.fail(std::string("rendering failed: ") + error.what());
  }
  target_.reset();  // on this thread, because its context is current here
}

void Renderer::build_target() {
  target_.reset();  // first: only one EGL display may exist, and the card may lack memory for two contexts
  target_ = std::make_unique<OffscreenTarget>(
      OffscreenTargetConfig{.size = config_.size, .pixels = config_.pixels, .readback = readback_}, make_scene_);
  context_up_.add();
}

void Renderer::draw_while_live(const std::stop_token& stop) {
  unread_since_.reset();
  while (demand_.level() == Demand::Level::live && !stop.stop_requested()) draw_at_rate(sink_.fps(), stop);
}

void Renderer::draw_at_rate(int fps, const std::stop_token& stop) {
  Pacer pacer(fps, Clock::now());
  window_ = {.fps = fps};
  window_end_ = pacer.deadline() + kWindow;
  while (demand_.level() == Demand::Level::live && sink_.fps() == fps && sleep_until(pacer.deadline(), stop)) {
    const TimePoint due = pacer.deadline();
    const std::int64_t late = pacer.begin(Clock::now());
    skipped_.add(late);
    window_.skipped += late;
    window_.due += late + 1;
    draw_one(due);
    heartbeat_.tick();
    report_rate();
  }
}

std::optional<std::uint32_t> Renderer::stamp_for_now() const {
  if (config_.stamp == FrameStamp::never || (config_.stamp == FrameStamp::asked && !demand_.stamp_wanted())) return {};
  return stamp_of(std::chrono::system_clock::now());
}

void Renderer::draw_one(TimePoint due) {
  std::unique_ptr<FrameMemory> memory = sink_.acquire();
  if (!memory) {
    refused_.add();
    ++window_.refused;
    return;
  }
  const TimePoint began = Clock::now();
  // As late as possible: the frame shows everything that has arrived until now.
  const PendingInput input = config_.input != nullptr ? config_.input->take() : PendingInput();
  if (unshown_.size() > InputReports::kMost) unshown_.clear();
  unshown_.insert(unshown_.end(), input.batches.begin(), input.batches.end());
  const FrameTimes times =
      target_->draw(memory->size(), began - started_, stamp_for_now(), memory->pixels(), input.events);
  report_wish();
  const unsigned status = config_.reset_status ? config_.reset_status() : target_->context().reset_status();
  if (status != GL_NO_ERROR) {
    memory.reset();  // data read from a lost context is invalid
    lose_context(cause_of(status));
    if (loss_limit_.reached_by_loss_at(Clock::now()))
      throw StartupError(
          "the GL context was lost five times within ten seconds; see the kernel's log for the graphics driver");
    return recover();
  }
  window_.drawing += Clock::now() - began;
  if (!times.read.is_complete) return on_unread(began);
  unread_since_.reset();
  unread_limit_ = config_.unread_limit;
  wait_.add(began - due);
  update_.add(times.update);
  draw_.add(times.draw);
  read_back_.add(times.read.read_back);
  if (config_.pixels == PixelFormat::i420) convert_.add(times.read.convert);
  drawn_.add();
  if (config_.reports != nullptr) config_.reports->drawn(began, began, Clock::now(), unshown_);
  unshown_.clear();
  sink_.push({.memory = std::move(memory), .captured_at = began});
}

void Renderer::on_unread(TimePoint began) {
  unread_.add();
  ++window_.skipped;
  if (!unread_since_) {
    unread_since_ = began;
    log_->warn("cannot read a frame back from the graphics card; frames are skipped until this works again");
  } else if (began - *unread_since_ >= unread_limit_) {
    unread_since_.reset();
    unread_limit_ = std::min<std::chrono::milliseconds>(2 * unread_limit_, kMaxUnreadLimit);
    lose_context("no frame can be read back");
    recover();
  }
}

void Renderer::lose_context(std::string_view cause) {
  losses_.add();
  context_up_.add(-1);
  log_->warn("the GL context is lost: {}", cause);
}

void Renderer::recover() {
  try {
    build_target();
  } catch (const StartupError& error) {
    throw StartupError(std::string("the GL context was lost and cannot be created again: ") + error.what());
  }
  log_->info("drawing again, on a new GL context");
}

void Renderer::report_wish() {
  InputWish wish = target_->wish();
  if (wish == wish_) return;
  wish_ = wish;
  loop_.post_result_to(std::weak_ptr<Renderer*>(alive_),
                       [wish = std::move(wish)](Renderer* self) { self->config_.on_wish(wish); });
}

void Renderer::report_rate() {
  const TimePoint now = Clock::now();
  if (now < window_end_) return;
  if (const auto change = rate_report_.add(window_))
    log_->log(change->kept ? LogLevel::info : LogLevel::warn, "{}", change->sentence);
  window_ = {.fps = window_.fps};
  window_end_ = now + kWindow;
}

}  // namespace cs
