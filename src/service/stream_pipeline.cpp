// SPDX-License-Identifier: MIT
#include "service/stream_pipeline.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "cubestream/h264_level.hpp"
#include "ladder/ladder.hpp"
#include "log/log.hpp"

namespace cs {
namespace {

constexpr H264Level kShown = *std::ranges::find(kH264Levels, 52, &H264Level::idc);  // by browsers
constexpr unsigned kLowerWorkers = 1;  // few viewers on slow networks, with few packets

}  // namespace

StreamPipeline::StreamPipeline(StreamEncoder::Config config, unsigned workers, FrameDistributor& frames,
                               InputReports& reports, Loop& loop, Metrics& metrics)
    : fan_out(demand, metrics, workers),
      encoder(std::move(config), demand,
              {.on_unit =
                   [this, &reports](const AccessUnit& unit) {
                     fan_out.publish(unit);
                     reports.encoded(unit.captured_at);
                   },
               .on_failed = [this](const std::string& why) { fan_out.end(why); }},
              frames, loop, metrics) {}

CodecPipelines::CodecPipelines(Codec codec, const std::vector<Rung>& ladder, const std::string& name,
                               FrameDistributor& frames, InputReports& reports, Loop& loop, Metrics& metrics)
    : codec_(codec), ladder_(ladder) {
  for (const Rung& rung : ladder_) {
    const Stream stream{.codec = codec_, .format = rung.format, .bitrate_kbps = rung.most_kbps};
    if (pipelines_.empty()) {
      pipelines_.emplace_back(StreamEncoder::Config{.stream = stream, .candidates = candidate_encoders(name, stream)},
                              FanOut::default_workers(), frames, reports, loop, metrics);
      pipelines_.front().encoder.warm_up();
    } else {
      pipelines_.emplace_back(
          StreamEncoder::Config{.stream = stream,
                                .candidates = pipelines_.front().encoder.candidates(),
                                .name = std::string(encoding_name(codec_)) + " " + text_of(rung.format.size)},
          kLowerWorkers, frames, reports, loop, metrics);
    }
  }
}

Channel CodecPipelines::channel() {
  const Rung& full = ladder_.front();
  Channel channel{.stream = {.codec = codec_, .format = full.format, .bitrate_kbps = full.most_kbps},
                  .broadcast = &pipelines_.front().fan_out};
  auto rung = ladder_.begin();
  for (StreamPipeline& pipeline : pipelines_)
    channel.rungs.push_back({.rung = *rung++, .broadcast = &pipeline.fan_out, .set_bitrate = [&pipeline](int kbps) {
                               pipeline.encoder.set_bitrate(kbps);
                             }});
  return channel;
}

std::function<bool(Size)> CodecPipelines::size_check() const {
  return [largest = pipelines_.front().encoder.row().largest, codec = codec_,
          fps = ladder_.front().format.fps](Size size) {
    const auto [short_side, long_side] = std::minmax(size.width, size.height);
    return long_side <= largest.width && short_side <= largest.height &&
           (codec != Codec::h264 || max_fps(size, kShown) >= fps);
  };
}

std::vector<Rung> ladder_of(const Settings& settings) {
  std::vector<Rung> ladder = make_ladder(settings.format, settings.bitrate_kbps, settings.bitrate_min_kbps);
  if (settings.ladder) return ladder;
  return {{settings.format, std::min(ladder.back().least_kbps, settings.bitrate_kbps), settings.bitrate_kbps}};
}

std::list<CodecPipelines> make_lines(const Settings& settings, FrameDistributor& frames, InputReports& reports,
                                     Loop& loop, Metrics& metrics) {
  std::list<CodecPipelines> pipelines;
  std::string failures;
  for (const Codec codec : kCodecs) {
    try {
      pipelines.emplace_back(codec, ladder_of(settings), settings.encoder, frames, reports, loop, metrics);
    } catch (const StartupError& error) {
      if (is_encoder_of(settings.encoder, codec)) throw;
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
      make_log("encoder")->warn("no encoder for {}: {}", encoding_name(codec), error.what());
    }
  }
  if (pipelines.empty()) throw StartupError(failures);
  return pipelines;
}

}  // namespace cs
