// SPDX-License-Identifier: MIT
#include "service/recording.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "record/file_name.hpp"

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

constexpr NeededElement kNeeded[] = {{"h264parse", "gstreamer1.0-plugins-bad"},
                                     {"mp4mux", "gstreamer1.0-plugins-good"}};

constexpr std::array kModeNames = {"off", "on", "viewers"};  // as in RecordMode

constexpr std::uint64_t kMegabyte = 1'000'000;

ApiReply json_reply(int status, const Json& json) {
  return {
      .status = status,
      .fields = {{"Cache-Control", "no-store"}},
      .body = std::make_shared<const std::string>(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n")};
}

/// The HTTP status for a disk error.
int status_of(int error) {
  return error == ENOSPC || error == EDQUOT ? 507 : 500;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text + ".";
}

}  // namespace

std::span<const NeededElement> recording_elements() {
  return kNeeded;
}

Recording::Recording(const Settings& settings, const std::vector<Channel>& channels, Loop& loop, Metrics& metrics)
    : mode_(settings.record), metrics_(metrics) {
  const auto channel =
      std::ranges::find_if(channels, [](const Channel& each) { return each.stream.codec == Codec::h264; });
  if (settings.record_dir.empty()) missing_ = "CS_RECORD_DIR is not set; set it to the directory for recordings.";
  if (channel == channels.end()) {
    missing_ = "Recordings need H.264, but no H.264 encoder works; see the log.";
    if (mode_ != RecordMode::off || settings.clip_seconds > 0) make_log("record")->warn("{}", missing_);
    return;
  }
  if (missing_.empty()) {
    store_.emplace(Store::Config{settings.record_dir, static_cast<std::uint64_t>(settings.record_max_mb) * kMegabyte},
                   metrics);
    recorder_.emplace(Recorder::Config{.mode = mode_, .segment = std::chrono::seconds(settings.record_segment_s)},
                      *channel, *store_, loop, metrics);
  }
  if (settings.clip_seconds > 0) clips_.emplace(std::chrono::seconds(settings.clip_seconds), *channel, loop, metrics);
}

void Recording::watched(bool watched) {
  if (recorder_) recorder_->watched(watched);
}

void Recording::finish() {
  if (recorder_) recorder_->finish();
}

std::vector<ApiDispatcher::Row> Recording::api_rows() {
  using enum ApiMethod;
  return {{{.path = "/api/recording", .methods = {get, post, erase}},
           [this](const ApiQuestion& question, const ApiResponder& respond) { answer_recording(question, respond); }},
          {{.path = "/api/clip", .methods = {post}},
           [this](const ApiQuestion& question, const ApiResponder& respond) { answer_clip(question, respond); }}};
}

ApiReply Recording::state(const Recorder::Report& report) const {
  Json json = {{"state", name_of(report.state)}, {"setting", kModeNames.at(static_cast<std::size_t>(mode_))}};
  if (const auto& at = report.position; at && !at->file.empty())
    json["file"] = {{"name", at->file},
                    {"startedAt", iso_time(wall_time(at->began))},
                    {"seconds", std::chrono::duration<double>(at->last - at->began).count()},
                    {"bytes", at->bytes}};
  else
    json["file"] = nullptr;
  json["segments"] = metrics_.get("recording_segments_total").value();
  json["bytes"] = metrics_.get("recording_bytes_total").value();
  json["unitsSkipped"] = metrics_.get("recording_frames_skipped_total").value();
  json["errors"] = metrics_.get("recording_errors_total").value();
  json["error"] = report.failure ? Json(report.failure->sentence) : Json(nullptr);
  return json_reply(200, json);
}

void Recording::answer_recording(const ApiQuestion& question, const ApiResponder& respond) {
  if (!recorder_) return respond(api_words(409, missing_));
  switch (question.method) {
    case ApiMethod::get:
      return respond(state(recorder_->report()));
    case ApiMethod::erase:
      return recorder_->stop([this, respond](const Recorder::Report& report) { respond(state(report)); });
    case ApiMethod::post:
      break;
  }
  recorder_->start([this, respond](const Recorder::Report& report) {
    if (report.state == Recorder::State::recording) return respond(state(report));
    if (report.failure) return respond(api_words(status_of(report.failure->error), sentence(report.failure->sentence)));
    respond(api_words(409, "The recording was stopped before it began."));
  });
}

void Recording::answer_clip(const ApiQuestion& question, const ApiResponder& respond) {
  const bool save = question.query == "save";
  if (!save && !question.query.empty())
    return respond(api_words(400, "The only query is \"?save\", which saves the clip in CS_RECORD_DIR."));
  if (save && !store_) return respond(api_words(409, missing_));
  if (!clips_)
    return respond(api_words(409, missing_.starts_with("CS_") || missing_.empty()
                                      ? "CS_CLIP_SECONDS is not set; set it to the length of the clip buffer."
                                      : missing_));
  const auto answer = [respond](const std::variant<Clips::Clip, Clips::NoClip>& result) {
    if (const auto* no = std::get_if<Clips::NoClip>(&result))
      return respond(
          api_words(no->why == Clips::NoClip::Why::failed ? status_of(no->error) : 503, sentence(no->sentence)));
    const auto& [name, file] = std::get<Clips::Clip>(result);
    if (!file) return respond(json_reply(201, {{"file", name}}));
    respond(
        {.content_type = "video/mp4",
         .fields = {{"Content-Disposition", "attachment; filename=\"" + name + "\""}, {"Cache-Control", "no-store"}},
         .body = file});
  };
  clips_->make(answer, save ? &*store_ : nullptr);
}

}  // namespace cs
