// SPDX-License-Identifier: MIT
#include "service/service.hpp"
#include "loop/wakeup.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/latest_value.hpp"
#include "control/who_controls.hpp"
#include "encode/snapshot_encoder.hpp"
#include "encoder/encoder_table.hpp"
#include "gst/gstreamer.hpp"
#include "gst/plugins_in_use.hpp"
#include "ice/reachability.hpp"
#include "log/log.hpp"
#include "loop/guarded.hpp"
#include "loop/loop.hpp"
#include "network/interfaces.hpp"
#include "process/descriptors.hpp"
#include "process/signals.hpp"
#include "render/renderer.hpp"
#include "scene/scenes.hpp"
#include "service/api_dispatcher.hpp"
#include "service/codec_order.hpp"
#include "service/inherited_listener.hpp"
#include "service/listener_setup.hpp"
#include "service/recording.hpp"
#include "service/snapshots.hpp"
#include "service/stream_pipeline.hpp"
#include "service/supervisor.hpp"
#include "session/admission.hpp"
#include "session/viewers.hpp"
#include "session/warm_up.hpp"
#include "signalling/web_server.hpp"
#include "source/external_source.hpp"
#include "source/producer_socket.hpp"
#include "webrtc/needed_elements.hpp"

namespace cs {
namespace {

constexpr std::size_t kClientEvents = 1024;
constexpr std::size_t kServerEvents = 4096;
constexpr int kEventsAtOnce = 8;
constexpr std::size_t kApiQuestions = 128;  // more than the HTTP server keeps open
constexpr std::size_t kBystanders = 64;     // connections in addition to viewers: page loads, health checks, refusals
constexpr std::size_t kOthers = 32;         // of these, reserved: no single address can take them

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

std::vector<NeededElement> needed_elements() {
  std::vector<NeededElement> all;
  for (const auto& some : {viewer_elements(), snapshot_elements(), recording_elements()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

PluginsInUse plugins_in_use() {
  PluginsInUse in_use;
  for (const NeededElement& needed : needed_elements()) in_use.elements.emplace(needed.factory);
  for (const EncoderRow& row : encoder_table()) {
    in_use.elements.emplace(row.factory);
    in_use.plugins.emplace(row.plugin);  // a plug-in without elements explains why an encoder is missing
  }
  return in_use;
}

std::vector<IpPrefix> prefixes(const std::vector<std::string>& texts) {
  std::vector<IpPrefix> result;
  for (const std::string& text : texts)
    if (const auto prefix = IpPrefix::parse(text)) result.push_back(*prefix);  // the settings contain only valid ones
  return result;
}

/// `inherited`: the socket from systemd, if any.
ExternalSourceConfig external_source_config(const Settings& settings, Fd inherited) {
  const Log log = make_log("source");
  ExternalSourceConfig config{.listener = std::move(inherited),
                              .size = settings.format.size,
                              .fps = settings.format.fps,
                              .stamps_always = settings.frame_stamp == FrameStamp::always,
                              .stamps_if_wanted = settings.frame_stamp == FrameStamp::asked};
  const bool from_systemd = config.listener.get() >= 0;
  const std::string& path = settings.scene_socket;
  if (path.starts_with(kUnixFdScheme)) {
    if (from_systemd) log->warn("the frame socket from systemd is not used: CS_SCENE_SOCKET is {}", path);
    config.listener = Fd();
    config.unixfd = UnixFdConnector::Config{.path = path.substr(kUnixFdScheme.size())};
    log->info("waiting for a GStreamer unixfdsink at {}", config.unixfd->path);
    return config;
  }
  if (!from_systemd) config.listener = listen_for_producers(path.empty() ? default_producer_socket() : path);
  log->info("waiting for a program that draws at {}{}", producer_socket_path(config.listener),
            from_systemd ? ", a socket from systemd: CS_SCENE_SOCKET is not used" : "");
  return config;
}

/// All API endpoints that the main thread answers.
std::vector<ApiDispatcher::Row> api_rows(SnapshotEncoder& snapshots, Recording& recording) {
  std::vector<ApiDispatcher::Row> rows = snapshot_rows(snapshots);
  for (auto& row : recording.api_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

/// The service: a list of its parts, each declared after the parts that consume its results. C++ destroys them in
/// reverse order, so that the HTTP server closes first and no part uses a destroyed one.
int serve(const Settings& settings) {
  const Log log = make_log("main");
  InheritedListeners inherited = inherited_listeners();
  if (inherited.frames.get() >= 0 && settings.scene != kExternalScene)
    log->warn(
        "the socket {} from systemd is not used, since CS_SCENE={}: programs that draw wait there in vain; set "
        "CS_SCENE=external, or disable cubestream-frames.socket",
        producer_socket_path(inherited.frames), settings.scene);
  Metrics metrics;
  const LostLogLines lost_log_lines(metrics.get("log_lines_lost_total"));
  metrics.state("version", CUBESTREAM_VERSION);
  metrics.state("scene", settings.scene);
  Loop loop(metrics);
  std::function<void()> on_stop = [] {};
  std::function<void()> on_reload = [] {};
  std::function<void(const SourceState&)> on_source = [](const SourceState&) {};
  std::function<void(const InputWish&)> on_wish = [](const InputWish&) {};
  std::function<void(std::string)> on_text = [](const std::string&) {};
  const Signals signals({.stop =
                             [&](int number) {
                               log->info("stopping: {}", number == SIGINT ? "SIGINT" : "SIGTERM");
                               on_stop();
                               loop.quit(0);
                             },
                         .report = [&] { make_log("metrics")->info("{}", all_metrics(metrics)); },
                         .reload = [&] { on_reload(); }});
  const GStreamer gstreamer(needed_elements());
  log->debug("{} unneeded GStreamer plug-ins are disabled", forget_other_plugins(plugins_in_use()));

  InputSlot input(metrics);
  InputReports input_reports(metrics);
  Demand demand;
  FrameDistributor frames(static_cast<unsigned>(kCodecs.size() * ladder_of(settings).size()) + 1, demand, metrics);
  std::list<CodecPipelines> pipelines = make_lines(settings, frames, input_reports, loop, metrics);
  // Declared before all parts that may answer until they are destroyed.
  Inbox<ApiQuestion> questions(kApiQuestions, 0, metrics.get("queue_refusals_total", {{"queue", "api-questions"}}),
                               &metrics.get("queue_length", {{"queue", "api-questions"}}));
  Inbox<ApiAnswer> answers(kApiQuestions, 0, metrics.get("queue_refusals_total", {{"queue", "api-answers"}}),
                           &metrics.get("queue_length", {{"queue", "api-answers"}}));
  SnapshotEncoder snapshots({.format = settings.format}, frames, loop, metrics);
  std::unique_ptr<Renderer> renderer;
  std::unique_ptr<ExternalSource> source;
  if (settings.scene == kExternalScene)
    source = [&] {
      ExternalSourceConfig config = external_source_config(settings, std::move(inherited.frames));
      std::vector<std::function<bool(Size)>> checks;
      for (const CodecPipelines& of_codec : pipelines) checks.push_back(of_codec.size_check());
      config.can_stream = [checks = std::move(checks)](Size size) {
        return std::ranges::all_of(checks, [size](const auto& check) { return check(size); });
      };
      config.input = &input;
      config.reports = &input_reports;
      config.on_state = [&](const SourceState& state) { on_source(state); };
      config.on_text = [&](std::string json) { on_text(std::move(json)); };
      return std::make_unique<ExternalSource>(std::move(config), frames, demand, loop, metrics);
    }();
  else
    renderer = std::make_unique<Renderer>(RendererConfig{.size = settings.format.size,
                                                         .readback = settings.readback,
                                                         .stamp = settings.frame_stamp,
                                                         .input = &input,
                                                         .reports = &input_reports,
                                                         .on_wish = [&](const InputWish& wish) { on_wish(wish); }},
                                          scene_factory(settings.scene), frames, demand, loop, metrics);

  const std::int64_t descriptors = raise_descriptor_limit();
  if (const auto shortage = descriptor_shortage(settings.max_viewers, kOtherDescriptors, descriptors);
      !shortage.empty())
    log->warn("{}", shortage);
  const std::size_t connections = static_cast<std::size_t>(settings.max_viewers) + kBystanders;
  const std::size_t clients = 2 * connections;  // WebSocket and WHEP
  Inbox<ClientEvent> from_clients(kClientEvents, clients,
                                  metrics.get("queue_refusals_total", {{"queue", "client-events"}}),
                                  &metrics.get("queue_length", {{"queue", "client-events"}}));
  Inbox<ServerEvent> to_clients(kServerEvents, clients,
                                metrics.get("queue_refusals_total", {{"queue", "server-events"}}),
                                &metrics.get("queue_length", {{"queue", "server-events"}}));
  std::vector<Channel> channels;
  for (CodecPipelines& of_codec : pipelines) channels.push_back(of_codec.channel());
  prefer_what_browsers_show(channels, settings.format, settings.bitrate_kbps);
  Recording recording(settings, channels, loop, metrics);
  on_stop = [&] { recording.finish(); };
  LatestValue<ViewerList> viewer_list;
  Viewers viewers({.ice = settings.ice,
                   .max_viewers = settings.max_viewers,
                   .on_figures = [&](ViewerList list) { viewer_list.publish(std::move(list)); },
                   .on_stamp_wanted = [&](bool wanted) { demand.want_stamp(wanted); },
                   .on_watched = [&](bool watched) { recording.watched(watched); }},
                  channels, to_clients, loop, metrics);
  LatestValue<SceneState> scene;
  scene.publish({.size = settings.format.size});
  on_source = [&](const SourceState& state) {
    scene.publish({state.size, state.sentence, state.input});
    to_clients.wake();
    viewers.set_scene(state.size);
    metrics.state("producer", state.is_ready ? "" : state.sentence);
  };
  on_wish = [&](const InputWish& wish) {
    scene.publish({.size = settings.format.size, .input = wish});
    to_clients.wake();
  };
  on_text = [&](std::string json) {
    // A full queue refuses and counts it: a text is worth less than the clients' other messages.
    static_cast<void>(to_clients.try_push({.client = 0, .what = SendApplicationMessage{std::move(json)}}));
  };
  const std::shared_ptr<void> no_source(nullptr, [&](void*) {
    on_source = [](const SourceState&) {};
    on_wish = [](const InputWish&) {};
    on_text = [](const std::string&) {};
  });
  // A few at a time: an offer takes milliseconds, and timers and frames must not wait for a crowd of new clients.
  const Wakeup arrivals([&] {
    for (int left = kEventsAtOnce; left > 0; --left) {
      const auto event = from_clients.pop();
      if (!event) return;
      run_guarded([&] { viewers.on_event(*event); });  // an exception must not lose the other events
    }
    arrivals.wake();
  });
  from_clients.set_wake([&] { arrivals.wake(); });
  warm_up(channels, settings.ice, loop, metrics);
  const auto addresses = interface_addresses();
  for (const auto& note : judge_reachability(addresses, settings.ice, is_bridged_container(addresses)))
    log->log(note.is_warning ? LogLevel::warn : LogLevel::info, "{}", note.sentence);

  const std::size_t per_address =
      settings.max_per_address == 0 ? connections - kOthers : static_cast<std::size_t>(settings.max_per_address);
  ListenerSetup listener_setup(settings, std::move(inherited.tcp),
                               {.max_connections = 2 * connections,  // including connections without a request yet
                                .max_per_address = per_address,
                                .trusted_proxies = prefixes(settings.trusted_proxies)},
                               metrics);
  on_reload = [&] { listener_setup.reload(); };
  // The main loop still runs a few iterations while the parts declared before this one are destroyed.
  const std::shared_ptr<void> no_reload(nullptr, [&](void*) { on_reload = [] {}; });
  const ApiDispatcher dispatcher(api_rows(snapshots, recording), questions, answers);
  const WebServer web_server(
      {.host = settings.host,
       .port = settings.port,
       .listener = listener_setup.take_listener(),
       .tls = listener_setup.tls_upstream(),
       .trusted_proxies = prefixes(settings.trusted_proxies),
       .max_connections = connections,
       .max_silent =
           std::max(kLeastSilent, static_cast<std::size_t>(settings.max_viewers)),  // for when all reconnect at once
       .max_per_address = per_address,
       .max_whep_sessions = connections,
       .format = settings.format,
       .scene = &scene,
       .viewers = &viewer_list,
       .ice_servers = settings.ice.servers,
       .api = dispatcher.endpoints(),
       .access = settings.access,
       .input = &input,
       .control = settings.control,
       .control_idle = std::chrono::seconds(settings.control_idle_s),
       .reports = &input_reports,
       .on_failed = [&loop](const std::string& why) { loop.fail(why); }},
      from_clients, to_clients, metrics, {&questions, &answers});
  log->info("open {} in a browser", listener_setup.page_address(web_server.host(), web_server.port()));
  log->info("{}", who_controls(settings.control, !settings.access.token.empty()));
  const Supervisor supervisor(
      [&scene, fps = settings.format.fps] {
        return FrameFormat{scene.latest()->size, fps};
      },
      metrics);
  return loop.run();
}

}  // namespace cs
