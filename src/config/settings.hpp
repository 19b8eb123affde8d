// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access_config.hpp"
#include "cubestream/control_mode.hpp"
#include "cubestream/frame_format.hpp"
#include "ice/ice_config.hpp"
#include "log/log.hpp"
#include "record/record_mode.hpp"
#include "render/frame_stamp.hpp"
#include "render/readback.hpp"
#include "tls/tls_files.hpp"

namespace cs {

/// Before the path of a GStreamer unixfdsink, in Settings::scene_socket.
inline constexpr std::string_view kUnixFdScheme = "unixfd:";

/// All settings with their defaults; src/config/settings_table.cpp maps each to its environment variable. A plain
/// value: each stage receives its own part of it.
struct Settings {
  std::string host = "0.0.0.0";
  int port = 8080;
  TlsFiles tls;
  std::vector<std::string> trusted_proxies;  ///< addresses and prefixes in the syntax of IpPrefix
  AccessConfig access;
  std::string token_file;  ///< empty: only access.token is used
  FrameFormat format;
  int bitrate_kbps = 2500;
  int bitrate_min_kbps = 150;
  bool ladder = true;
  IceConfig ice;
  std::string turn_secret_file;  ///< empty: only ice.servers.turn_secret is used
  int max_viewers = 16;
  int max_per_address = 0;  ///< 0: max_viewers and 32 more
  std::string encoder = "auto";
  std::string scene = "cube";
  std::string scene_socket;  ///< empty: default_producer_socket(); may begin with kUnixFdScheme
  ReadbackMode readback = ReadbackMode::automatic;
  FrameStamp frame_stamp = FrameStamp::asked;
  ControlMode control = ControlMode::automatic;
  int control_idle_s = 60;
  std::string record_dir;  ///< empty: no recordings
  RecordMode record = RecordMode::off;
  int record_segment_s = 600;
  int record_max_mb = 10000;
  int clip_seconds = 0;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
};

/// The names that this build accepts for CS_ENCODER and CS_SCENE.
struct Allowed {
  std::vector<std::string> encoders;  ///< without "auto", which is always allowed
  std::vector<std::string> scenes;
};

/// The result of parsing. The settings are valid only without errors; a setting with an error keeps its default.
struct Parsed {
  Settings settings;
  std::vector<std::string> errors;    ///< one sentence per mistake, without passwords
  std::vector<std::string> warnings;  ///< the service starts anyway
  std::set<std::string_view> wrong;   ///< names of the settings with errors
};

/// Reads the settings from "NAME=value" strings and reports all mistakes at once. An empty value counts as not set,
/// because `CS_TURN_USER=` in an EnvironmentFile means that there is no user. Pure.
[[nodiscard]] Parsed read_settings(std::span<const std::string> environment, const Allowed& allowed);

/// Reads the secrets from the files that CS_AUTH_TOKEN_FILE and CS_TURN_SECRET_FILE name. An unreadable file is added
/// to `parsed.errors`. Does nothing if there are errors already.
void read_secret_files(Parsed& parsed);

/// The environment of this process; only this function reads it. Main thread only, at start.
[[nodiscard]] std::vector<std::string> process_environment();

/// Name and value of each setting that differs from its default. The value of a secret is "(set)". Pure.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> changed_settings(const Settings& settings);

}  // namespace cs
