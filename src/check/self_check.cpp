// SPDX-License-Identifier: MIT
#include "check/self_check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "check/call_after.hpp"
#include "check/files.hpp"
#include "check/frame_socket.hpp"
#include "check/machine.hpp"
#include "check/network.hpp"
#include "gst/gstreamer.hpp"
#include "log/log.hpp"
#include "scene/scenes.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kLimit{20};  // a check may hang, for example in a driver

Check check_settings(const Parsed& parsed) {
  Check check = {.result = parsed.errors.empty() ? CheckResult::ok : CheckResult::failed};
  if (parsed.errors.empty() && !parsed.warnings.empty()) check.result = CheckResult::warning;
  for (const auto* list : {&parsed.errors, &parsed.warnings})
    for (const std::string& sentence : *list) check.sentence += (check.sentence.empty() ? "" : "; ") + sentence;
  if (check.sentence.empty()) check.sentence = "are good";
  return check;
}

}  // namespace

int self_check(const Parsed& parsed, CheckReport::Form form, const std::function<Fd()>& take_frame_socket) {
  const Settings& settings = parsed.settings;
  // The report explains the errors of libraries better than their own log lines, so these need a debug level.
  const bool wants_more = settings.log_level == LogLevel::debug || settings.log_level == LogLevel::trace;
  start_logging(wants_more ? settings.log_level : LogLevel::error, settings.log_format);
  CheckReport report(form, changed_settings(settings));
  const std::jthread watchdog = call_after(kLimit, [&report] {
    std::_Exit(report.give_up("not finished within " + std::to_string(kLimit.count()) + " s"));
  });
  using Names = std::initializer_list<std::string_view>;
  const auto run = [&](const char* name, Names needed, const std::function<Check(const Settings&)>& check) {
    report.run(name, [&]() -> Check {
      for (const std::string_view setting : needed)
        if (parsed.wrong.contains(setting))
          return {.result = CheckResult::skipped,
                  .sentence = "not checked, since " + std::string(setting) + " is wrong"};
      return check(settings);
    });
  };

  report.run("settings", [&] { return check_settings(parsed); });
  run("port", {"CS_HOST", "CS_PORT"}, check_port);
  run("tls", {"CS_TLS_CERT", "CS_TLS_KEY"}, check_tls);
  run("descriptors", {"CS_MAX_VIEWERS"}, check_descriptors);
  run("addresses", {"CS_ICE_INTERFACES", "CS_PUBLIC_IP"}, check_addresses);
  run("ice ports", {"CS_ICE_PORT_MIN", "CS_ICE_PORT_MAX"}, check_ice_ports);
  run("stun", {"CS_STUN_SERVER"}, check_stun);
  run("turn", {"CS_TURN_SERVER", "CS_TURN_SECRET", "CS_TURN_SECRET_FILE", "CS_TURN_USER", "CS_TURN_PASS"}, check_turn);
  run("recordings", {"CS_RECORD_DIR", "CS_RECORD_MAX_MB"}, check_recordings);
  if (settings.scene == kExternalScene)
    run("frame socket", {"CS_SCENE_SOCKET"},
        [&](const Settings&) { return check_frame_socket(settings, take_frame_socket()); });
  else
    run("drawing", {"CS_WIDTH", "CS_HEIGHT", "CS_FPS", "CS_SCENE", "CS_READBACK"}, check_drawing);
  std::unique_ptr<GStreamer> gstreamer;
  report.run("plug-ins", [&] {
    gstreamer = std::make_unique<GStreamer>(std::span<const NeededElement>{});
    return check_elements();
  });
  const Names for_encoders = {"CS_WIDTH", "CS_HEIGHT", "CS_FPS", "CS_BITRATE_KBPS", "CS_ENCODER"};
  const auto wrong = std::ranges::find_if(for_encoders, [&](auto name) { return parsed.wrong.contains(name); });
  if (gstreamer && wrong == for_encoders.end())
    check_encoders(settings, report);
  else
    report.run("encoders", [&]() -> Check {
      return {.result = CheckResult::skipped,
              .sentence = "not checked, since " +
                          (gstreamer ? std::string(*wrong) + " is wrong" : std::string("GStreamer does not start"))};
    });
  return report.finish();
}

}  // namespace cs
