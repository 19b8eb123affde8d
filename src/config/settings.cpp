// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <set>
#include <string_view>

#include "config/settings_table.hpp"
#include "config/values.hpp"
#include "cubestream/h264_level.hpp"
#include "process/regular_file.hpp"

namespace cs {
namespace {

constexpr std::string_view kPrefix = "CS_";
constexpr std::string_view kTokenWord = "token";
constexpr std::string_view kTurnSecretWord = "TURN secret";

/// The setting that was probably meant: `name` is a prefix of it, or differs in at most a third of its letters. Empty:
/// none is close enough.
std::string_view nearest_setting(std::string_view name) {
  if (name.size() > 64) return "";  // not a typing error
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  std::string_view nearest;
  int least = static_cast<int>(upper.size() - kPrefix.size()) / 3 + 1;
  for (const SettingRow& row : settings_table()) {
    const bool begun = upper.size() >= kPrefix.size() + 3 && row.name.starts_with(upper);
    const int distance = begun ? 0 : spelling_distance(upper, row.name);
    if (distance >= least) continue;
    least = distance;
    nearest = row.name;
  }
  return nearest;
}

std::string unknown_setting(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
  std::string sentence =
      (plain && name.size() <= 64 ? std::string(name) : in_quotes(name)) + " is not a setting of cubestreamd";
  if (const std::string_view nearest = nearest_setting(name); !nearest.empty())
    return sentence + "; did you mean " + std::string(nearest) + "?";
  return sentence + "; cubestreamd --help lists them";
}

/// `what`: the name of the secret in the text, such as "token".
void warn_of_short_secret(Parsed& parsed, const std::string& secret, std::string_view what) {
  constexpr std::size_t kEnough = 16;
  if (secret.size() < kEnough)
    parsed.warnings.push_back(
        "the " + std::string(what) +
        " is short and may be guessed; use at least 16 characters, such as the output of \"openssl rand -hex 16\"");
}

/// Checks the port range: both ends or none, in order, and at least one port per viewer.
void check_ports(Parsed& parsed) {
  const int least = parsed.settings.ice.port_min;
  const int most = parsed.settings.ice.port_max;
  if (least == 0 && most == 0) return;
  const std::string range = "CS_ICE_PORT_MIN=" + std::to_string(least) + " and CS_ICE_PORT_MAX=" + std::to_string(most);
  if (least == 0 || most == 0 || least > most) {
    parsed.errors.push_back(range + (least == 0 || most == 0
                                         ? " are not a range; set both, or neither for any port"
                                         : " are not a range: the first port is greater than the last"));
    parsed.wrong.insert({"CS_ICE_PORT_MIN", "CS_ICE_PORT_MAX"});
  } else if (const int ports = most - least + 1; ports < parsed.settings.max_viewers)
    parsed.warnings.push_back(
        range + " allow only " + std::to_string(ports) + (ports == 1 ? " viewer" : " viewers") +
        ", since each viewer uses one port, but CS_MAX_VIEWERS=" + std::to_string(parsed.settings.max_viewers));
}

/// Checks that recording has a directory, and warns if the clip buffer needs much memory.
void check_recording(Parsed& parsed, bool has_directory) {
  const Settings& settings = parsed.settings;
  if (settings.record != RecordMode::off && !has_directory) {
    parsed.errors.push_back(std::string("CS_RECORD=") + (settings.record == RecordMode::on ? "on" : "viewers") +
                            " needs CS_RECORD_DIR, the directory for recordings");
    parsed.wrong.insert("CS_RECORD");
  }
  constexpr int kMuchMb = 500;
  const std::int64_t clip_mb = std::int64_t{settings.clip_seconds} * settings.bitrate_kbps / 8000;
  if (clip_mb > kMuchMb)
    parsed.warnings.push_back("CS_CLIP_SECONDS=" + std::to_string(settings.clip_seconds) + " at CS_BITRATE_KBPS=" +
                              std::to_string(settings.bitrate_kbps) + " use about " + std::to_string(clip_mb) +
                              " MB of memory, plus the same amount for each clip that is created");
}

/// Checks that the token comes from one setting only, and warns if it is short.
void check_access(Parsed& parsed) {
  const Settings& settings = parsed.settings;
  if (!settings.access.token.empty() && !settings.token_file.empty()) {
    parsed.errors.emplace_back("CS_AUTH_TOKEN and CS_AUTH_TOKEN_FILE are both set; set one of them");
    parsed.wrong.insert({"CS_AUTH_TOKEN", "CS_AUTH_TOKEN_FILE"});
  }
  if (!settings.access.token.empty()) warn_of_short_secret(parsed, settings.access.token, kTokenWord);
  const auto& ancestors = settings.access.frame_ancestors;
  if (ancestors.size() > 1 && std::find(ancestors.begin(), ancestors.end(), "none") != ancestors.end()) {
    parsed.errors.emplace_back("CS_FRAME_ANCESTORS cannot combine none with other values");
    parsed.wrong.insert("CS_FRAME_ANCESTORS");
  }
}

/// Checks that a TURN server has either a user and a password, or a secret.
void check_turn(Parsed& parsed, const std::set<std::string_view>& wrong) {
  const IceServers& ice = parsed.settings.ice.servers;
  const auto has = [&](std::string_view name, const std::string& value) {
    return !value.empty() || wrong.contains(name);
  };
  const bool has_turn = has("CS_TURN_SERVER", ice.turn);
  const bool has_user = has("CS_TURN_USER", ice.turn_user);
  const bool has_pass = has("CS_TURN_PASS", ice.turn_pass);
  const bool has_file = has("CS_TURN_SECRET_FILE", parsed.settings.turn_secret_file);
  const bool has_secret = has("CS_TURN_SECRET", ice.turn_secret);
  const std::string login = !has_pass   ? "CS_TURN_USER is"
                            : !has_user ? "CS_TURN_PASS is"
                                        : "CS_TURN_USER and CS_TURN_PASS are";
  const std::string secret = has_secret ? "CS_TURN_SECRET" : "CS_TURN_SECRET_FILE";
  if (has_secret && has_file) {
    parsed.errors.emplace_back("CS_TURN_SECRET and CS_TURN_SECRET_FILE are both set; set one of them");
    parsed.wrong.insert({"CS_TURN_SECRET", "CS_TURN_SECRET_FILE"});
  }
  if ((has_secret || has_file) && (has_user || has_pass)) {
    parsed.errors.push_back(login + " set together with " + secret +
                            ", from which user and password are derived; set one or the other");
    parsed.wrong.insert(has_secret ? "CS_TURN_SECRET" : "CS_TURN_SECRET_FILE");
  } else if (has_turn && !has_secret && !has_file && !(has_user && has_pass)) {
    const std::string missing = has_user ? "CS_TURN_PASS" : has_pass ? "CS_TURN_USER" : "CS_TURN_USER and CS_TURN_PASS";
    parsed.errors.push_back("CS_TURN_SERVER is set without " + missing +
                            "; browsers need a user and a password for a TURN server; set them or CS_TURN_SECRET, from "
                            "which they are derived");
    parsed.wrong.insert("CS_TURN_SERVER");
  } else if (!has_turn && (has_secret || has_file || has_user || has_pass)) {
    parsed.warnings.push_back((has_secret || has_file ? secret + " is" : login) +
                              " set without CS_TURN_SERVER and will not be used");
  }
  if (!ice.turn_secret.empty()) warn_of_short_secret(parsed, ice.turn_secret, kTurnSecretWord);
}

/// Checks settings that depend on each other.
void check_together(Parsed& parsed) {
  const std::set<std::string_view> wrong = parsed.wrong;
  const auto good = [&](std::string_view name) { return !wrong.contains(name); };
  const Settings& settings = parsed.settings;
  const FrameFormat& format = settings.format;

  if (good("CS_WIDTH") && good("CS_HEIGHT") && good("CS_FPS") && !h264_level(format, settings.bitrate_kbps)) {
    parsed.wrong.insert({"CS_WIDTH", "CS_HEIGHT", "CS_FPS"});
    parsed.errors.push_back("CS_WIDTH=" + std::to_string(format.size.width) + ", CS_HEIGHT=" +
                            std::to_string(format.size.height) + " and CS_FPS=" + std::to_string(format.fps) +
                            " together exceed the highest H.264 level, 6.2; at this size CS_FPS can be at most " +
                            std::to_string(max_fps(format.size, kH264Levels.back())));
  } else if (good("CS_WIDTH") && good("CS_HEIGHT") && good("CS_FPS") &&
             !browsers_show_h264(format, settings.bitrate_kbps)) {
    parsed.warnings.push_back("CS_WIDTH=" + std::to_string(format.size.width) + ", CS_HEIGHT=" +
                              std::to_string(format.size.height) + " and CS_FPS=" + std::to_string(format.fps) +
                              " need an H.264 level above 5.2, which browsers do not show: they get VP8 instead, which "
                              "needs more CPU time");
  }

  if (good("CS_BITRATE_KBPS") && good("CS_BITRATE_MIN_KBPS") && settings.bitrate_min_kbps > settings.bitrate_kbps &&
      settings.bitrate_min_kbps != Settings{}.bitrate_min_kbps) {
    parsed.wrong.insert("CS_BITRATE_MIN_KBPS");
    parsed.errors.push_back("CS_BITRATE_MIN_KBPS=" + std::to_string(settings.bitrate_min_kbps) +
                            " is more than CS_BITRATE_KBPS=" + std::to_string(settings.bitrate_kbps));
  }
  check_access(parsed);
  if (good("CS_ICE_PORT_MIN") && good("CS_ICE_PORT_MAX")) check_ports(parsed);
  check_recording(parsed, !settings.record_dir.empty() || !good("CS_RECORD_DIR"));
  check_turn(parsed, wrong);
}

void check_tls(Parsed& parsed) {
  const TlsFiles& files = parsed.settings.tls;
  if (files.certificate.empty() == files.key.empty()) return;
  const bool has_key = files.certificate.empty();
  const char* const missing = has_key ? "CS_TLS_CERT" : "CS_TLS_KEY";
  if (parsed.wrong.contains(missing)) return;
  const char* const set = has_key ? "CS_TLS_KEY" : "CS_TLS_CERT";
  parsed.errors.push_back(std::string(set) + " is set without " + missing + "; TLS needs both");
  parsed.wrong.insert(set);
}

/// A secret stored in a file: the setting that names the file, and the field that receives the secret.
struct SecretFile {
  std::string_view setting;
  std::string_view what;  ///< its name in error texts
  const std::string& path;
  std::string& secret;
  std::size_t most;  ///< bytes
  bool (*is_good)(std::string_view);
  std::string_view allowed;
};

void read_secret_file(Parsed& parsed, const SecretFile& row) {
  if (row.path.empty()) return;
  const auto fail = [&](const std::string& why) {
    parsed.errors.push_back("cannot read the " + std::string(row.what) + " from " + std::string(row.setting) + "=" +
                            in_quotes(row.path) + ": " + why);
    parsed.wrong.insert(row.setting);
  };
  if (is_no_regular_file(row.path)) return fail("it is not a regular file");
  std::ifstream file(row.path, std::ios::binary);
  std::string text(row.most + 2, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() == 0 && !file.eof())
    return fail("it cannot be read; check that it exists and that this user may read it");
  text.resize(static_cast<std::size_t>(file.gcount()));
  for (const char end : {'\n', '\r'})
    if (text.ends_with(end)) text.pop_back();
  if (!row.is_good(text)) return fail("its content is not valid; it must be " + std::string(row.allowed));
  row.secret = std::move(text);
  warn_of_short_secret(parsed, row.secret, row.what);
}

/// A value that a setting had in earlier versions; it still works, as `instead`.
struct FormerValue {
  std::string_view name;
  std::string_view value;
  std::string_view instead;
};
constexpr FormerValue kFormerValues[] = {{"CS_READBACK", "shader", "auto"}};

/// The value to use for a setting; warns about a deprecated one.
std::string_view current_value(Parsed& parsed, std::string_view name, std::string_view value) {
  for (const auto& [of, former, instead] : kFormerValues) {
    if (of != name || former != value) continue;
    parsed.warnings.push_back(std::string(name) + "=" + std::string(former) + " is deprecated; " +
                              std::string(instead) + " is used");
    return instead;
  }
  return value;
}

}  // namespace

Parsed read_settings(std::span<const std::string> environment, const Allowed& allowed) {
  Parsed parsed;
  const auto table = settings_table();
  for (const std::string_view entry : environment) {
    const auto equals = entry.find('=');
    if (equals == entry.npos || !entry.starts_with(kPrefix)) continue;
    const std::string_view name = entry.substr(0, equals);
    const std::string_view value = entry.substr(equals + 1);
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const SettingRow& known) { return known.name == name; });
    if (row == table.end()) {
      parsed.warnings.push_back(unknown_setting(name));
    } else if (!value.empty()) {
      std::string error = put(*row, parsed.settings, current_value(parsed, name, value), allowed);
      if (error.empty()) continue;
      parsed.errors.push_back(std::move(error));
      parsed.wrong.insert(row->name);
    }
  }
  check_together(parsed);
  check_tls(parsed);
  return parsed;
}

void read_secret_files(Parsed& parsed) {
  if (!parsed.errors.empty()) return;
  Settings& settings = parsed.settings;
  read_secret_file(
      parsed, {"CS_AUTH_TOKEN_FILE", kTokenWord, settings.token_file, settings.access.token, kMaxTokenBytes, is_token,
               "one line of at most 80 printable ASCII characters without spaces"});
  read_secret_file(parsed,
                   {"CS_TURN_SECRET_FILE", kTurnSecretWord, settings.turn_secret_file, settings.ice.servers.turn_secret,
                    kMaxCredentialBytes, [](std::string_view text) { return !text.empty() && is_credential(text); },
                    "one line of at most 508 bytes of UTF-8 text"});
}

std::vector<std::string> process_environment() {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) result.emplace_back(*entry);
  return result;
}

std::vector<std::pair<std::string, std::string>> changed_settings(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const SettingRow& row : settings_table())
    if (std::string value = shown(row, settings); value != shown(row, Settings{}))
      changed.emplace_back(row.name, std::move(value));
  return changed;
}

}  // namespace cs
