// SPDX-License-Identifier: MIT
#include <malloc.h>
#include <sys/prctl.h>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "check/self_check.hpp"
#include "config/command_line.hpp"
#include "config/settings.hpp"
#include "encoder/encoder_probe.hpp"
#include "encoder/encoder_table.hpp"
#include "log/log.hpp"
#include "process/descriptors.hpp"
#include "process/slice_memory.hpp"
#include "scene/scenes.hpp"
#include "service/health.hpp"
#include "service/inherited_listener.hpp"
#include "service/service.hpp"
#include "service/sign_link.hpp"

namespace {

int report_health(const cs::Parsed& parsed) {
  for (const std::string& error : parsed.errors) std::fprintf(stderr, "cubestreamd: %s\n", error.c_str());
  if (!parsed.errors.empty()) return cs::kExitFailure;
  const std::string complaint =
      cs::health_complaint(parsed.settings.host, parsed.settings.port, !parsed.settings.tls.empty());
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "cubestreamd: %s\n", complaint.c_str());
  return cs::kExitFailure;
}

int run(const cs::Parsed& parsed) {
  const cs::Log log = cs::make_log("main");
  for (const auto& warning : parsed.warnings) log->warn("{}", warning);
  for (const auto& error : parsed.errors) log->error("{}", error);
  if (!parsed.errors.empty()) return cs::kExitFailure;
  try {
    return cs::serve(parsed.settings);
  } catch (const cs::StartupError& error) {
    log->error("{}", error.what());
  } catch (const std::exception& failure) {  // out of memory or threads
    log->error("cannot start: {}", failure.what());
  }
  return cs::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cs;
  open_standard_descriptors();
  // Each viewer starts threads and ends them. With one malloc arena per thread, freed memory would stay in the arenas.
  mallopt(M_ARENA_MAX, 2);
  // No huge pages: x264 requests them, and the kernel would rebuild a 2 MB page from freed memory for a single page
  // that is still in use.
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  enter_thread(ThreadRole::main);
  const Allowed allowed{.encoders = encoder_names(), .scenes = scene_names()};
  const CommandLine command =
      read_command_line(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
  Parsed parsed = read_settings(process_environment(), allowed);
  read_secret_files(parsed);
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
      return self_check(parsed, command.json ? CheckReport::Form::json : CheckReport::Form::text,
                        [] { return std::move(inherited_listeners().frames); });
    case CommandLine::Action::health:
      return report_health(parsed);
    case CommandLine::Action::sign_link:
      return sign_link(parsed, command.link);
    case CommandLine::Action::probe_encoder:
      start_logging(LogLevel::warn, LogFormat::text);
      report_probe(command.encoder, {.format = parsed.settings.format, .bitrate_kbps = parsed.settings.bitrate_kbps});
    case CommandLine::Action::run:
      break;
  }
  const std::string slice_note = allocate_slices_with_malloc(argv);
  start_logging(parsed.settings.log_level, parsed.settings.log_format);
  if (!slice_note.empty()) make_log("main")->info("{}", slice_note);
  try {
    const BackgroundLog in_background;
    return run(parsed);
  } catch (const std::exception& failure) {  // out of threads
    make_log("main")->error("cannot start: {}", failure.what());
  }
  return kExitFailure;
}
