// SPDX-License-Identifier: MIT
// The architecture of tutorials, for comparison: each frame is rendered once, and each viewer has a pipeline with its
// own encoder. Settings and signalling are cubestreamd's. Prints its URL when the HTTP server is ready; exits on
// SIGTERM.
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "config/settings.hpp"
#include "encoder/encoder_table.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/gstreamer.hpp"
#include "loop/inbox.hpp"
#include "loop/wakeup.hpp"
#include "network/ip_address.hpp"
#include "network/listener.hpp"
#include "process/signals.hpp"
#include "render/renderer.hpp"
#include "scene/scenes.hpp"
#include "sdp/media_selection.hpp"
#include "signalling/web_server.hpp"
#include "textbook/peer.hpp"
#include "webrtc/needed_elements.hpp"

namespace cs::bench {
namespace {

constexpr std::size_t kEvents = 4096;
constexpr std::size_t kSpareConnections = 64;

/// Passes each frame to every peer. The FrameSink half runs on the render thread, the rest on the main thread.
class PeerFrameSink final : public FrameSink {
 public:
  PeerFrameSink(const FrameFormat& format, unsigned peers, Demand& demand)
      : fps_(format.fps), pool_(format, peers, PixelFormat::rgba), demand_(demand) {}

  void add(ClientId client, std::shared_ptr<Peer> peer) {
    const std::lock_guard lock(mutex_);
    peers_[client] = std::move(peer);
    demand_.set(Demand::Level::live);
  }

  [[nodiscard]] Peer* find(ClientId client) {
    const auto found = peers_.find(client);
    return found == peers_.end() ? nullptr : found->second.get();
  }

  void remove(ClientId client) {
    std::shared_ptr<Peer> removed;  // destroyed after the lock is released
    const std::lock_guard lock(mutex_);
    if (const auto found = peers_.find(client); found != peers_.end()) {
      removed = std::move(found->second);
      peers_.erase(found);
    }
    if (peers_.empty()) demand_.set(Demand::Level::none);
  }

  [[nodiscard]] int fps() override { return fps_; }
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire() override { return pool_.acquire(); }

  [[nodiscard]] bool needs_frame() override { return false; }

  void push(Frame frame) override {
    const auto frame_buffer = take_buffer(std::move(frame));
    const std::lock_guard lock(mutex_);
    for (const auto& [client, peer] : peers_) peer->push(frame_buffer.get());
  }

 private:
  const int fps_;
  FramePool pool_;
  Demand& demand_;
  std::mutex mutex_;
  std::map<ClientId, std::shared_ptr<Peer>> peers_;  // guarded by mutex_; changed only by the main thread
};

int serve(const Settings& settings) {
  Metrics metrics;
  Loop loop(metrics);
  const Signals signals({.stop = [&](int) { loop.quit(0); }, .report = [] {}, .reload = [] {}});
  const GStreamer gstreamer(viewer_elements());

  Demand demand;
  const Stream stream{.codec = Codec::h264, .format = settings.format, .bitrate_kbps = settings.bitrate_kbps};
  PeerFrameSink peers(settings.format, static_cast<unsigned>(settings.max_viewers), demand);
  const Renderer renderer(
      {.size = settings.format.size, .pixels = PixelFormat::rgba, .stamp = settings.frame_stamp},
      [&] { return make_scene(settings.scene); }, peers, demand, loop, metrics);

  const std::size_t connections = static_cast<std::size_t>(settings.max_viewers) + kSpareConnections;
  Inbox<ClientEvent> from_clients(kEvents, connections,
                                  metrics.get("queue_refusals_total", {{"queue", "client-events"}}));
  Inbox<ServerEvent> to_clients(kEvents, connections,
                                metrics.get("queue_refusals_total", {{"queue", "server-events"}}));
  const auto tell = [&](ClientId client, ServerMessage what) {
    if (!to_clients.try_push({client, std::move(what)})) loop.fail("outgoing event queue full");
  };
  const auto address = IpAddress::parse(settings.host);
  const auto from = address ? address->reach() : IpAddress::Reach::everywhere;
  const auto begin = [&](ClientId client, const ClientOffered& offered) {
    const Channel channel{stream, nullptr};
    const auto choice = select_media(Offer(offered.sdp), std::span(&channel, 1));
    if (const auto* refusal = std::get_if<OfferRefusal>(&choice))
      return tell(client, SendError{refusal->code, refusal->message});
    const auto peer = std::make_shared<Peer>(
        "viewer " + std::to_string(client), stream, std::get<NegotiatedMedia>(choice).payload.type, from,
        Peer::Handlers{.on_answer = [=](const std::string& sdp) { tell(client, SendAnswer{sdp}); },
                       .on_candidate = [=](const Candidate& own) { tell(client, SendCandidate{own}); },
                       .on_over =
                           [=](const std::string& why) {
                             tell(client, SendError{"internal", why});
                           }},
        loop, metrics);
    peers.add(client, peer);
    peer->answer(offered.sdp);
  };
  const Wakeup arrivals([&] {
    while (const auto event = from_clients.pop()) {
      const ClientId client = event->client;
      if (const auto* offered = std::get_if<ClientOffered>(&event->what)) begin(client, *offered);
      if (const auto* trickled = std::get_if<ClientTrickled>(&event->what))
        if (Peer* peer = peers.find(client)) peer->add_candidate(trickled->candidate);
      if (std::holds_alternative<ClientLeft>(event->what)) peers.remove(client);
    }
  });
  from_clients.set_wake([&] { arrivals.wake(); });
  const WebServer http_server({.host = settings.host,
                               .port = 0,
                               .max_connections = connections,
                               .max_per_address = connections,
                               .max_whep_sessions = 0,
                               .format = settings.format,
                               .ice_servers = settings.ice.servers},
                              from_clients, to_clients, metrics);
  std::printf("http://%s/\n", host_and_port(settings.host, http_server.port()).c_str());
  std::fflush(stdout);
  return loop.run();
}

}  // namespace
}  // namespace cs::bench

int main() {
  using namespace cs;
  enter_thread(ThreadRole::main);
  const Parsed parsed = read_settings(process_environment(), {.encoders = encoder_names(), .scenes = scene_names()});
  start_logging(LogLevel::warn, LogFormat::text);
  try {
    for (const auto& error : parsed.errors) throw StartupError(error);
    return bench::serve(parsed.settings);
  } catch (const StartupError& error) {
    make_log("textbook")->error("{}", error.what());
    return 1;
  }
}
