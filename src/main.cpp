// SPDX-License-Identifier: MIT
#include <cstdio>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptors.hpp"
#include "base/error.hpp"
#include "base/interfaces.hpp"
#include "base/loop.hpp"
#include "base/signals.hpp"
#include "base/thread_role.hpp"
#include "config/command_line.hpp"
#include "config/settings.hpp"
#include "encode/pictures.hpp"
#include "encode/stream_encoder.hpp"
#include "fanout/fan_out.hpp"
#include "gst/gstreamer.hpp"
#include "net/doors.hpp"
#include "net/page_config.hpp"
#include "render/renderer.hpp"
#include "scene/scenes.hpp"
#include "viewer/admission.hpp"
#include "viewer/reachability.hpp"
#include "viewer/rehearsal.hpp"
#include "viewer/viewers.hpp"

namespace cs {
namespace {

constexpr std::size_t kClientEvents = 1024;
constexpr std::size_t kServerEvents = 4096;
constexpr std::int64_t kOtherDescriptors = 128;  // bystanders', and what the process has open for itself
constexpr std::size_t kBystanders = 64;          // connections beyond the viewers': page loads, health checks, refusals

std::string all_metrics(const Metrics& metrics) {
  std::string line;
  for (const auto& [name, value] : metrics.all())
    line += (line.empty() ? "" : " ") + name + "=" + std::to_string(value);
  return line;
}

/// One stream from its encoder to those who watch it.
struct StreamLine {
  StreamLine(const Stream& what, std::vector<const EncoderRow*> rows, Pictures& pictures, Loop& loop, Metrics& metrics)
      : stream(what),
        fan_out(demand, metrics),
        encoder({.stream = stream, .rows = std::move(rows)}, demand,
                {.on_unit = [this](const AccessUnit& unit) { fan_out.publish(unit); },
                 .on_failed = [this](const std::string& why) { fan_out.end(why); }},
                pictures, loop, metrics) {
    encoder.rehearse();
  }

  const Stream stream;
  Demand demand;
  FanOut fan_out;
  StreamEncoder encoder;
};

/// A line for each codec that this machine can encode. Without one of them clients that know nothing else are refused;
/// throws Fatal when there is none at all, or not the one that was asked for by name.
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

/// The service: a list of its parts, each declared after those it hands its results to. C++ ends them in reverse, so
/// the doors close first and no part ever speaks to one that is gone.
int serve(const Settings& settings) {
  const Log log = make_log("main");
  Metrics metrics;
  metrics.state("version", CUBESTREAM_VERSION);
  Loop loop(metrics);
  const Signals signals({.stop =
                             [&](int number) {
                               log->info("stopping: {}", number == SIGINT ? "SIGINT" : "SIGTERM");
                               loop.quit(0);
                             },
                         .report = [&] { make_log("metrics")->info("{}", all_metrics(metrics)); }});
  const GStreamer gstreamer(viewer_elements());

  Demand demand;
  Pictures pictures(settings.format, kCodecs.size(), demand);
  std::list<StreamLine> lines = make_lines(settings, pictures, loop, metrics);
  Renderer renderer(
      {.format = settings.format, .readback = settings.readback, .stamp = settings.frame_stamp},
      [&] { return make_scene(settings.scene); }, pictures, demand, loop, metrics);

  const std::int64_t descriptors = raise_descriptor_limit();
  if (const auto shortage = descriptor_shortage(settings.max_viewers, kOtherDescriptors, descriptors);
      !shortage.empty())
    log->warn("{}", shortage);
  const std::size_t connections = static_cast<std::size_t>(settings.max_viewers) + kBystanders;
  const std::size_t clients = 2 * connections;  // by WebSocket and by WHEP
  Inbox<ClientEvent> from_clients(kClientEvents, clients, metrics.get("client_events_refused_total"));
  Inbox<ServerEvent> to_clients(kServerEvents, clients, metrics.get("server_events_refused_total"));
  std::vector<Channel> channels;
  for (StreamLine& line : lines) channels.push_back({line.stream, &line.fan_out});
  Viewers viewers({.ice = settings.ice,
                   .max_viewers = settings.max_viewers,
                   .on_stamp_wanted = [&](bool wanted) { demand.want_stamp(wanted); }},
                  channels, to_clients, loop, metrics);
  const Wakeup arrivals([&] {
    while (const auto event = from_clients.pop()) viewers.on_event(*event);
  });
  from_clients.set_wake([&] { arrivals.wake(); });
  rehearse(channels, settings.ice, loop, metrics);
  for (const auto& note : judge_reachability(interface_addresses(), settings.ice, is_bridged_container()))
    log->log(note.is_warning ? spdlog::level::warn : spdlog::level::info, note.sentence);

  const Doors doors({.host = settings.host,
                     .port = settings.port,
                     .max_connections = connections,
                     .max_whep_sessions = connections,
                     .format = settings.format,
                     .config_json = page_config(settings.ice.servers, settings.format),
                     .ice_links = ice_links(settings.ice.servers)},
                    from_clients, to_clients, metrics);
  log->info("open {} in a browser", page_address(settings.host, doors.port()));
  return loop.run();
}

}  // namespace
}  // namespace cs

int main(int argc, char** argv) {
  using namespace cs;
  enter_thread(ThreadRole::main);
  const Allowed allowed{.encoders = encoder_names(), .scenes = scene_names()};
  const CommandLine command =
      read_command_line(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
  const Parsed parsed = read_settings(process_environment(), allowed);
  switch (command.action) {
    case CommandLine::Action::help:
      std::fputs(help_text(allowed).c_str(), stdout);
      return 0;
    case CommandLine::Action::version:
      std::puts("cubestreamd " CUBESTREAM_VERSION);
      return 0;
    case CommandLine::Action::refuse:
      std::fprintf(stderr, "cubestreamd: %s\n", command.complaint.c_str());
      return kExitUsage;
    case CommandLine::Action::check:
      std::fputs(check_report(parsed).c_str(), parsed.errors.empty() ? stdout : stderr);
      return parsed.errors.empty() ? 0 : kExitFailure;
    case CommandLine::Action::run:
      break;
  }
  start_logging(parsed.settings.log_level, parsed.settings.log_format);
  const Log log = make_log("main");
  for (const auto& warning : parsed.warnings) log->warn("{}", warning);
  for (const auto& error : parsed.errors) log->error("{}", error);
  if (!parsed.errors.empty()) return kExitFailure;
  try {
    return serve(parsed.settings);
  } catch (const Fatal& fatal) {
    log->error("{}", fatal.what());
    return kExitFailure;
  }
}
