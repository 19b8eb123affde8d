// SPDX-License-Identifier: MIT
#include "service/service.hpp"

#include <chrono>
#include <csignal>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptors.hpp"
#include "base/interfaces.hpp"
#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/published.hpp"
#include "base/signals.hpp"
#include "gst/gstreamer.hpp"
#include "net/doors.hpp"
#include "net/page_config.hpp"
#include "render/renderer.hpp"
#include "scene/scenes.hpp"
#include "service/stream_line.hpp"
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

constexpr std::chrono::seconds kPulse{1};  // of the main thread, for whoever looks whether it is alive

std::string all_metrics(const Metrics& metrics) {
  std::string line;
  for (const auto& [name, labels, value] : metrics.all()) {
    line += (line.empty() ? "" : " ") + name;
    for (const auto& label : labels)
      line += (&label == &labels.front() ? "{" : ",") + label.first + "=\"" + label.second + "\"";
    line += (labels.empty() ? "=" : "}=") + std::to_string(value);
  }
  return line;
}

}  // namespace

/// The service: a list of its parts, each declared after those it hands its results to. C++ ends them in reverse, so
/// the doors close first and no part ever speaks to one that is gone.
int serve(const Settings& settings) {
  const Log log = make_log("main");
  Metrics metrics;
  metrics.state("version", CUBESTREAM_VERSION);
  metrics.state("scene", settings.scene);
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
  Inbox<ClientEvent> from_clients(kClientEvents, clients, metrics.get("client_events_refused_total"),
                                  &metrics.get("client_events_waiting"));
  Inbox<ServerEvent> to_clients(kServerEvents, clients, metrics.get("server_events_refused_total"),
                                &metrics.get("server_events_waiting"));
  std::vector<Channel> channels;
  for (StreamLine& line : lines) channels.push_back({line.stream, &line.fan_out});
  Published<ViewerList> viewer_list;
  Viewers viewers({.ice = settings.ice,
                   .max_viewers = settings.max_viewers,
                   .on_figures = [&](ViewerList list) { viewer_list.publish(std::move(list)); },
                   .on_stamp_wanted = [&](bool wanted) { demand.want_stamp(wanted); }},
                  channels, to_clients, loop, metrics);
  const Wakeup arrivals([&] {
    while (const auto event = from_clients.pop()) viewers.on_event(*event);
  });
  from_clients.set_wake([&] { arrivals.wake(); });
  rehearse(channels, settings.ice, loop, metrics);
  for (const auto& note : judge_reachability(interface_addresses(), settings.ice, is_bridged_container()))
    log->log(note.is_warning ? spdlog::level::warn : spdlog::level::info, note.sentence);

  Heart& main_heart = metrics.heart("main");
  const Timer pulse(kPulse, Timer::Repeat::forever, [&] { main_heart.beat(); });
  const Doors doors({.host = settings.host,
                     .port = settings.port,
                     .max_connections = connections,
                     .max_whep_sessions = connections,
                     .format = settings.format,
                     .viewers = &viewer_list,
                     .config_json = page_config(settings.ice.servers, settings.format),
                     .ice_links = ice_links(settings.ice.servers)},
                    from_clients, to_clients, metrics);
  log->info("open {} in a browser", page_address(settings.host, doors.port()));
  return loop.run();
}

}  // namespace cs
