// SPDX-License-Identifier: MIT
// A load generator: any number of WebRTC receivers that decode nothing, in one thread. It does no signalling: it reads
// JSON objects, one per line, from standard input and writes such lines to standard output.
//
//   {"do":"offer","id":7}                      creates receiver 7 and its offer
//   {"do":"accept","id":7,"sdp":"…"}           the server's answer
//   {"do":"answer","id":7,"sdp":"…"}           creates receiver 7 and its answer to this offer
//   {"do":"candidate","id":7,"candidate":"…"}  a candidate of the server
//   {"do":"close","id":7}                      closes it with DTLS close_notify
//   {"do":"kill","id":7}                       closes it without close_notify
//   {"do":"silence","id":7}                    stops its reports
//   {"do":"keyframes","id":7,"per_second":50}  requests keyframes (PLI) at that rate; 0: stop
//   {"do":"feedback","id":7,"per_second":100}  sends feedback on packets that were never sent
//   {"do":"look"}                              returns the counters of all receivers
//
//   {"id":7,"is":"description","sdp":"…"}      offer or answer, including all candidates
//   {"id":7,"is":"connected"} {"id":7,"is":"failed"}
//   {"id":7,"is":"picture"}                    the first complete keyframe
//   {"is":"look","cpu_s":1.2,"receivers":[{"id":7,"packets":…,…}]}
#include <glib-unix.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "receivers/receiver.hpp"

namespace cs::bench {
namespace {

using Json = nlohmann::json;

void say(const Json& what) {
  const std::string line = what.dump() + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = write(STDOUT_FILENO, line.data() + sent, line.size() - sent);
    if (n <= 0) std::exit(1);  // the reader is gone
    sent += static_cast<std::size_t>(n);
  }
}

double cpu_seconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

class Receivers {
 public:
  void handle_command(const Json& command) {
    const std::string what = command.at("do");
    if (what == "look") return look();
    const std::int64_t id = command.at("id");
    if (what == "offer") return make(id).make_offer();
    if (what == "answer") return make(id).take_offer(command.at("sdp"));
    const auto found = all_.find(id);
    if (found == all_.end()) return;
    Receiver& receiver = *found->second;
    if (what == "accept") receiver.take_answer(command.at("sdp"));
    if (what == "candidate") receiver.take_candidate(command.at("candidate"));
    if (what == "silence") receiver.fall_silent();
    if (what == "keyframes") flood(id, command.at("per_second"), &Receiver::request_keyframe);
    if (what == "feedback") flood(id, command.at("per_second"), &Receiver::send_false_feedback);
    if (what == "close") receiver.say_goodbye();
    if (what == "close" || what == "kill") {
      flood(id, 0, nullptr);
      all_.erase(found);
    }
  }

  void report() {
    for (const auto& [id, receiver] : all_) receiver->report();
  }
  void on_time() {
    for (const auto& [id, receiver] : all_) receiver->on_time();
  }

 private:
  Receiver& make(std::int64_t id) {
    auto& slot = all_[id];
    slot = std::make_unique<Receiver>(dtls_, nullptr,
                                      Receiver::Handlers{.on_description =
                                                             [id](const std::string& sdp) {
                                                               say({{"id", id}, {"is", "description"}, {"sdp", sdp}});
                                                             },
                                                         .on_event =
                                                             [id](const std::string& event) {
                                                               say({{"id", id}, {"is", event}});
                                                             }});
    return *slot;
  }

  void look() {
    Json list = Json::array();
    for (const auto& [id, receiver] : all_) {
      const Counters seen = receiver->look();
      list.push_back({{"id", id},
                      {"packets", seen.packets},
                      {"bytes", seen.bytes},
                      {"lost", seen.lost},
                      {"pictures", seen.pictures},
                      {"broken", seen.broken},
                      {"connected_ms", seen.connected_ms},
                      {"first_packet_ms", seen.first_packet_ms},
                      {"first_picture_ms", seen.first_picture_ms},
                      {"longest_gap_ms", seen.longest_gap_ms}});
    }
    say({{"is", "look"}, {"cpu_s", cpu_seconds()}, {"receivers", list}});
  }

  void flood(std::int64_t id, int per_second, void (Receiver::*send)()) {
    struct Flood {
      Receivers* owner;
      std::int64_t id;
      void (Receiver::*send)();
      int at_once;
    };
    if (const auto found = floods_.find(id); found != floods_.end()) {
      g_source_remove(found->second);
      floods_.erase(found);
    }
    if (per_second <= 0) return;
    const auto fire = [](void* data) -> gboolean {
      const auto& flood = *static_cast<Flood*>(data);
      for (int i = 0; i < flood.at_once; ++i) (*flood.owner->all_.at(flood.id).*flood.send)();
      return G_SOURCE_CONTINUE;
    };
    const auto destroy = [](void* data) { delete static_cast<Flood*>(data); };
    const int period = std::max(1000 / per_second, 1);  // ms
    floods_[id] = g_timeout_add_full(G_PRIORITY_DEFAULT, static_cast<guint>(period), fire,
                                     new Flood{this, id, send, std::max(per_second * period / 1000, 1)}, destroy);
  }

  const DtlsContext dtls_;
  std::map<std::int64_t, std::unique_ptr<Receiver>> all_;
  std::map<std::int64_t, guint> floods_;
};

struct Program {
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  Receivers receivers;
  std::string line;
};

gboolean on_input(gint fd, GIOCondition /*condition*/, void* data) {
  auto& program = *static_cast<Program*>(data);
  std::array<char, 65536> piece = {};
  const ssize_t got = read(fd, piece.data(), piece.size());
  if (got <= 0) {
    g_main_loop_quit(program.loop);
    return G_SOURCE_REMOVE;
  }
  program.line.append(piece.data(), static_cast<std::size_t>(got));
  for (auto end = program.line.find('\n'); end != std::string::npos; end = program.line.find('\n')) {
    program.receivers.handle_command(Json::parse(program.line.substr(0, end)));
    program.line.erase(0, end + 1);
  }
  return G_SOURCE_CONTINUE;
}

int run() {
  srtp_init();
  Program program;
  g_unix_fd_add(STDIN_FILENO, G_IO_IN, on_input, &program);
  const auto every = [&](guint milliseconds, GSourceFunc then) { g_timeout_add(milliseconds, then, &program); };
  every(1000, [](void* data) -> gboolean {
    static_cast<Program*>(data)->receivers.report();
    return G_SOURCE_CONTINUE;
  });
  every(25, [](void* data) -> gboolean {
    static_cast<Program*>(data)->receivers.on_time();
    return G_SOURCE_CONTINUE;
  });
  g_main_loop_run(program.loop);
  g_main_loop_unref(program.loop);
  return 0;
}

}  // namespace
}  // namespace cs::bench

int main() {
  try {
    return cs::bench::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "receivers: %s\n", error.what());
    return 1;
  }
}
