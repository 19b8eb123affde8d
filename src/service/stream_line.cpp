// SPDX-License-Identifier: MIT
#include "service/stream_line.hpp"

#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace cs {

StreamLine::StreamLine(const Stream& what, Candidates candidates, Pictures& pictures, Loop& loop, Metrics& metrics)
    : stream(what),
      fan_out(demand, metrics),
      encoder({.stream = stream, .candidates = std::move(candidates)}, demand,
              {.on_unit = [this](const AccessUnit& unit) { fan_out.publish(unit); },
               .on_failed = [this](const std::string& why) { fan_out.end(why); }},
              pictures, loop, metrics) {
  encoder.rehearse();
}

std::list<StreamLine> make_lines(const Settings& settings, Pictures& pictures, Loop& loop, Metrics& metrics) {
  std::list<StreamLine> lines;
  std::string failures;
  for (const Codec codec : kCodecs) {
    const Stream stream{.codec = codec, .format = settings.format, .bitrate_kbps = settings.bitrate_kbps};
    try {
      lines.emplace_back(stream, candidate_encoders(settings.encoder, stream), pictures, loop, metrics);
    } catch (const Fatal& fatal) {
      if (is_encoder_of(settings.encoder, codec)) throw;
      failures += (failures.empty() ? "" : "; ") + std::string(fatal.what());
      make_log("encoder")->warn("there is no {}: {}", encoding_name(codec), fatal.what());
    }
  }
  if (lines.empty()) throw Fatal(failures);
  return lines;
}

}  // namespace cs
