// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "cubestream/access_config.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/frame_stamp.hpp"
#include "cubestream/ice_config.hpp"
#include "cubestream/readback.hpp"
#include "cubestream/record_mode.hpp"
#include "cubestream/tls_files.hpp"

namespace cs {

/// What the administrator may choose, with the defaults; src/config/table.cpp holds the variable of each. A plain
/// value: each stage receives its own part of it.
struct Settings {
  std::string host = "0.0.0.0";
  int port = 8080;
  TlsFiles tls;
  std::vector<std::string> trusted_proxies;  ///< addresses and prefixes, as IpPrefix reads them
  AccessConfig access;
  std::string token_file;  ///< empty: access.token is all there is
  FrameFormat format;
  int bitrate_kbps = 2500;
  int bitrate_min_kbps = 150;
  bool ladder = true;
  IceConfig ice;
  std::string turn_secret_file;  ///< empty: ice.servers.turn_secret is all there is
  int max_viewers = 16;
  int max_per_address = 0;  ///< 0: as many as leave room for others
  std::string encoder = "auto";
  std::string scene = "cube";
  ReadbackMode readback = ReadbackMode::automatic;
  FrameStamp frame_stamp = FrameStamp::asked;
  std::string record_dir;  ///< empty: nothing is recorded
  RecordMode record = RecordMode::off;
  int record_segment_s = 600;
  int record_max_mb = 10000;
  int clip_seconds = 0;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
};

/// What this build offers under the settings that choose by name.
struct Allowed {
  std::vector<std::string> encoders;  ///< without "auto", which is always there
  std::vector<std::string> scenes;
};

/// Settings as read. They are good only when there are no errors; a setting with an error keeps its default.
struct Parsed {
  Settings settings;
  std::vector<std::string> errors;    ///< a sentence for each mistake, none of which holds a password
  std::vector<std::string> warnings;  ///< the service starts all the same
  std::set<std::string_view> wrong;   ///< names of the settings that the errors are about
};

/// Reads the settings out of "NAME=value" strings; all mistakes are found at once. An empty value is as good as none,
/// since `CS_TURN_USER=` in an EnvironmentFile means that there is no user. Pure.
[[nodiscard]] Parsed read_settings(std::span<const std::string> environment, const Allowed& allowed);

/// Takes the secrets out of the files that CS_AUTH_TOKEN_FILE and CS_TURN_SECRET_FILE name; one that cannot be had is
/// an error like any other.
void read_secret_files(Parsed& parsed);

/// The environment of this process, the only place that reads it. Main thread only, at start.
[[nodiscard]] std::vector<std::string> process_environment();

/// Name and value, as it would be written, of each that differs from its default; a secret one is "(set)". Pure.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> changed_settings(const Settings& settings);

}  // namespace cs
