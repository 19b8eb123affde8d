// SPDX-License-Identifier: MIT
#include "config/settings_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/text.hpp"
#include "config/values.hpp"
#include "network/ip_address.hpp"
#include "network/ip_prefix.hpp"
#include "network/origin.hpp"

namespace cs {
namespace {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;  // needed by clang before 17

constexpr std::array<std::string_view, 5> kLogLevels = {"trace", "debug", "info", "warn", "error"};  // as in LogLevel
constexpr std::array<std::string_view, 2> kSwitch = {"off", "on"};                                   // as in bool
constexpr std::array<std::string_view, 2> kLadder = {"off", "auto"};                                 // as in bool
constexpr std::array<std::string_view, 3> kRecordModes = {"off", "on", "viewers"};                   // as in RecordMode
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};                            // as in LogFormat

constexpr std::size_t kMaxListed = 8;  // entries of one list setting

template <typename Names>
std::vector<std::string> as_list(const Names& names) {
  return {names.begin(), names.end()};
}

template <typename Enum, typename Names>
Enum by_name(const Names& names, std::string_view name) {
  return static_cast<Enum>(std::find(names.begin(), names.end(), name) - names.begin());
}

/// The nested member at the member path `kPath`: a fold over the operator ".*".
template <auto... kPath>
constexpr auto& member(auto& whole) {
  return (whole.*....*kPath);
}

/// A setting whose value is one of `kNames`, the names of an enum in its order. `kPath`: the member path to the field.
template <const auto& kNames, auto... kPath>
constexpr ChoiceSetting one_of() {
  using Enum = std::remove_reference_t<decltype(member<kPath...>(std::declval<Settings&>()))>;
  return {
      .names = [](const Allowed&) { return as_list(kNames); },
      .get = [](const Settings& s) { return std::string(kNames.at(static_cast<std::size_t>(member<kPath...>(s)))); },
      .set = [](Settings& s, const std::string& name) { member<kPath...>(s) = by_name<Enum>(kNames, name); }};
}

std::string host_complaint(std::string_view value) {
  return is_host(value) ? "" : "it is neither an address nor a host name";
}

std::string credential_complaint(std::string_view value) {
  return is_credential(value) ? "" : "its length or its characters are not allowed";
}

std::string public_ip_complaint(std::string_view value) {
  const auto address = IpAddress::parse(value);
  if (!address) return "it is not an IP address";
  using Reach = IpAddress::Reach;
  const Reach reach = address->reach();
  return reach == Reach::everywhere || reach == Reach::private_network ? ""
                                                                       : "other machines cannot reach this address";
}

std::string interface_complaint(std::string_view value) {
  const auto address = IpAddress::parse(value);
  if (address && address->is_ipv6() && address->reach() == IpAddress::Reach::link)
    return "browsers cannot use an IPv6 link-local address";
  return address || is_interface_name(value) ? "" : "it is neither an address nor an interface name";
}

std::string token_complaint(std::string_view value) {
  if (value.size() > kMaxTokenBytes) return "it is too long";
  return is_token(value) ? "" : "it contains a character that is not allowed";
}

std::string origin_complaint(std::string_view value) {
  if (value == "*" || Origin::parse(value)) return "";
  return "it is not an origin: a scheme, a host and an optional port, with nothing after them";
}

std::string ancestor_complaint(std::string_view value) {
  if (value == "self" || value == "none" || value == "*" || Origin::parse(value)) return "";
  return "it is not self, none, * or an origin";
}

std::string path_complaint(std::string_view value) {
  if (!value.starts_with('/')) return "it does not begin with a slash";
  const bool plain = std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= ' ' && c != 0x7f; });
  return plain && value.size() < 4000 ? "" : "it is too long or contains a control character";
}

/// A path, or that of a unixfdsink.
std::string scene_socket_complaint(std::string_view value) {
  if (value.starts_with(kUnixFdScheme)) value.remove_prefix(kUnixFdScheme.size());
  return path_complaint(value);
}

constexpr std::string_view kPath = "an absolute path without control characters";
constexpr std::string_view kCredential =
    "at most 508 bytes of UTF-8 text, no control characters, no quotation mark at either end";

const SettingRow kTable[] = {
    {"CS_HOST", "address the HTTP server listens on; 0.0.0.0 or :: for all addresses",
     TextSetting{[](Settings& s) -> std::string& { return s.host; }, host_complaint,
                 "an IPv4 address, an IPv6 address without brackets, or a host name"}},
    {"CS_PORT", "port the HTTP server listens on; 0: any free port, which is logged",
     NumberSetting{[](Settings& s) -> int& { return s.port; }, 0, 65535}},
    {"CS_TLS_CERT", "certificate file (PEM); with it the server accepts only HTTPS; reloaded on SIGHUP",
     TextSetting{[](Settings& s) -> std::string& { return s.tls.certificate; }, path_complaint, kPath}},
    {"CS_TLS_KEY", "private key file of the certificate (PEM); reloaded on SIGHUP",
     TextSetting{[](Settings& s) -> std::string& { return s.tls.key; }, path_complaint, kPath}},
    {"CS_TRUSTED_PROXIES", "reverse proxies whose X-Forwarded-For header is trusted",
     ListSetting{[](Settings& s) -> std::vector<std::string>& { return s.trusted_proxies; },
                 [](std::string_view value) {
                   return std::string(IpPrefix::parse(value) ? "" : "it is neither an address nor a prefix");
                 },
                 "addresses and prefixes such as 10.0.0.0/8, separated by commas"}},
    {"CS_AUTH_TOKEN", "shared secret required to watch and to use the API; none: no authentication",
     TextSetting{[](Settings& s) -> std::string& { return s.access.token; }, token_complaint,
                 "at most 80 printable ASCII characters, without spaces", true}},
    {"CS_AUTH_TOKEN_FILE", "file that contains the secret, as an alternative to CS_AUTH_TOKEN",
     TextSetting{[](Settings& s) -> std::string& { return s.token_file; }, path_complaint, kPath}},
    {"CS_ALLOWED_ORIGINS", "origins of other web pages that may watch and use the API; * for all origins",
     ListSetting{[](Settings& s) -> std::vector<std::string>& { return s.access.allowed_origins; }, origin_complaint,
                 "origins such as https://cube.example:8443, separated by commas, or *"}},
    {"CS_FRAME_ANCESTORS",
     "pages that may embed this page in a frame: self for the server's own pages, none, or origins",
     ListSetting{[](Settings& s) -> std::vector<std::string>& { return s.access.frame_ancestors; }, ancestor_complaint,
                 "self, none, * or origins such as https://cube.example, separated by commas"}},
    {"CS_WIDTH", "width of the video in pixels",
     NumberSetting{[](Settings& s) -> int& { return s.format.size.width; }, 64, 7680, true}},
    {"CS_HEIGHT", "height of the video in pixels",
     NumberSetting{[](Settings& s) -> int& { return s.format.size.height; }, 64, 4320, true}},
    {"CS_FPS", "frames per second", NumberSetting{[](Settings& s) -> int& { return s.format.fps; }, 1, 240}},
    // Below 50 not even a 64x64 picture is recognisable. 200,000 is enough for the largest picture. It is also within
    // levels 5.1 to 6, so that the bit rate never decides whether a frame size is possible.
    {"CS_BITRATE_KBPS", "maximum video bit rate in kbit/s; lower for viewers on slow networks",
     NumberSetting{[](Settings& s) -> int& { return s.bitrate_kbps; }, 50, 200000}},
    {"CS_BITRATE_MIN_KBPS", "minimum video bit rate in kbit/s",
     NumberSetting{[](Settings& s) -> int& { return s.bitrate_min_kbps; }, 50, 200000}},
    {"CS_LADDER", "auto: also encode half and a quarter of the size, for viewers on slow networks; off: full size only",
     one_of<kLadder, &Settings::ladder>()},
    {"CS_STUN_SERVER", "STUN server, which tells the server and the browsers their public addresses",
     TextSetting{[](Settings& s) -> std::string& { return s.ice.servers.stun; }, stun_complaint, "stun://host:port"}},
    {"CS_TURN_SERVER",
     "TURN server, which relays the media if no direct path exists; needs a secret, or a user and a password",
     TextSetting{[](Settings& s) -> std::string& { return s.ice.servers.turn; }, turn_complaint,
                 "turn://host:port or turns://host:port, optionally with ?transport=udp or ?transport=tcp"}},
    {"CS_TURN_SECRET",
     "secret shared with the TURN server; each viewer gets a user and a password derived from it, valid for one hour",
     TextSetting{[](Settings& s) -> std::string& { return s.ice.servers.turn_secret; }, credential_complaint,
                 kCredential, true}},
    {"CS_TURN_SECRET_FILE", "file that contains the secret, as an alternative to CS_TURN_SECRET",
     TextSetting{[](Settings& s) -> std::string& { return s.turn_secret_file; }, path_complaint, kPath}},
    {"CS_TURN_USER", "user name for a TURN server without a shared secret; not percent-encoded",
     TextSetting{[](Settings& s) -> std::string& { return s.ice.servers.turn_user; }, credential_complaint,
                 kCredential}},
    {"CS_TURN_PASS",
     "password for a TURN server without a shared secret; not percent-encoded; every viewer can read it",
     TextSetting{[](Settings& s) -> std::string& { return s.ice.servers.turn_pass; }, credential_complaint, kCredential,
                 true}},
    {"CS_ICE_PORT_MIN", "first port of the range for media; 0: any port",
     NumberSetting{[](Settings& s) -> int& { return s.ice.port_min; }, 0, 65535}},
    {"CS_ICE_PORT_MAX", "last port of that range; each viewer uses one port, in UDP and in TCP",
     NumberSetting{[](Settings& s) -> int& { return s.ice.port_max; }, 0, 65535}},
    {"CS_PUBLIC_IP",
     "public addresses of this machine, offered to viewers in addition to its own (1:1 NAT, containers)",
     ListSetting{[](Settings& s) -> std::vector<std::string>& { return s.ice.public_addresses; }, public_ip_complaint,
                 "IPv4 and IPv6 addresses, separated by commas"}},
    {"CS_ICE_TCP",
     "offer ICE over TCP to viewers whose network blocks UDP; uses one file descriptor per viewer and address",
     one_of<kSwitch, &Settings::ice, &IceConfig::tcp>()},
    {"CS_ICE_INTERFACES", "network interfaces used for media; none: all usable interfaces",
     ListSetting{[](Settings& s) -> std::vector<std::string>& { return s.ice.interfaces; }, interface_complaint,
                 "interface names or addresses of this machine, separated by commas"}},
    {"CS_MAX_VIEWERS", "maximum number of viewers at a time; more are refused with a reason",
     NumberSetting{[](Settings& s) -> int& { return s.max_viewers; }, 1, 1000}},
    {"CS_MAX_PER_ADDRESS",
     "maximum number of connections per client address (IPv6: /64), except from this machine; 0: CS_MAX_VIEWERS + 32",
     NumberSetting{[](Settings& s) -> int& { return s.max_per_address; }, 0, 10000}},
    {"CS_ENCODER", "video encoder for its codec; auto: the first that works",
     ChoiceSetting{[](const Allowed& allowed) {
                     std::vector<std::string> names = {"auto"};
                     names.insert(names.end(), allowed.encoders.begin(), allowed.encoders.end());
                     return names;
                   },
                   [](const Settings& s) { return s.encoder; },
                   [](Settings& s, const std::string& name) { s.encoder = name; }}},
    {"CS_SCENE", "scene to render; external: frames of another program on this machine",
     ChoiceSetting{[](const Allowed& allowed) { return allowed.scenes; }, [](const Settings& s) { return s.scene; },
                   [](Settings& s, const std::string& name) { s.scene = name; }}},
    {"CS_SCENE_SOCKET",
     "where that program connects, unless systemd passes a socket; none: frames.sock in $RUNTIME_DIRECTORY, in "
     "$XDG_RUNTIME_DIR/cubestream or in /run/cubestream. unixfd:PATH: socket of GStreamer's unixfdsink",
     TextSetting{[](Settings& s) -> std::string& { return s.scene_socket; }, scene_socket_complaint,
                 "an absolute path without control characters, or one after unixfd:"}},
    {"CS_READBACK", "how frames are read back from the GPU and converted to I420; auto: the fastest, measured at start",
     one_of<kReadbacks, &Settings::readback>()},
    {"CS_FRAME_STAMP",
     "render time as black and white blocks in every frame: 0 (never), 1 (always), asked (while a page with ?stamp is "
     "open)",
     one_of<kFrameStamps, &Settings::frame_stamp>()},
    {"CS_CONTROL",
     "who may send input to the scene: none; one viewer at a time; all; auto: one, and without CS_AUTH_TOKEN only "
     "viewers on this machine. With CS_AUTH_TOKEN, links of the role control",
     one_of<kControlModes, &Settings::control>()},
    {"CS_CONTROL_IDLE_S", "seconds without input after which a viewer loses control",
     NumberSetting{[](Settings& s) -> int& { return s.control_idle_s; }, 1, 86400}},
    {"CS_RECORD_DIR", "directory for recordings; it must exist",
     TextSetting{[](Settings& s) -> std::string& { return s.record_dir; }, path_complaint, kPath}},
    {"CS_RECORD", "when to record: off (only via the API), on (always), viewers (while someone watches)",
     one_of<kRecordModes, &Settings::record>()},
    {"CS_RECORD_SEGMENT_S", "length of one recording file in seconds",
     NumberSetting{[](Settings& s) -> int& { return s.record_segment_s; }, 2, 86400}},
    {"CS_RECORD_MAX_MB", "maximum size of all recordings and saved clips in megabytes; the oldest are deleted first",
     NumberSetting{[](Settings& s) -> int& { return s.record_max_mb; }, 8, 100'000'000}},
    {"CS_CLIP_SECONDS",
     "length of the clip buffer in seconds, in memory; the video is then encoded even without viewers; 0: no clips",
     NumberSetting{[](Settings& s) -> int& { return s.clip_seconds; }, 0, 600}},
    {"CS_LOG_LEVEL", "least severe level that is logged", one_of<kLogLevels, &Settings::log_level>()},
    {"CS_LOG_FORMAT", "log format: text lines, or one JSON object per line",
     one_of<kLogFormats, &Settings::log_format>()},
};

/// Reads a list into `items`. Returns what is wrong with the first invalid item, or an empty string.
std::string read_list(const ListSetting& list, std::string_view value, std::vector<std::string>& items) {
  if (std::count(value.begin(), value.end(), ',') >= static_cast<std::ptrdiff_t>(kMaxListed))
    return "it has more than " + std::to_string(kMaxListed) + " entries";
  for (std::size_t start = 0; start <= value.size();) {
    const auto comma = std::min(value.find(',', start), value.size());
    std::string_view item = value.substr(start, comma - start);
    start = comma + 1;
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (std::string complaint = list.complaint(item); !complaint.empty())
      return (comma == value.size() && items.empty() ? "" : "entry " + in_quotes(item) + ": ") + complaint;
    if (std::find(items.begin(), items.end(), item) == items.end()) items.emplace_back(item);
  }
  return "";
}

std::string listed(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += &name == &names.back() ? " or " : ", ";
    result += name;
  }
  return result;
}

}  // namespace

std::span<const SettingRow> settings_table() {
  return kTable;
}

std::string allowed_values(const SettingRow& row, const Allowed& allowed) {
  return std::visit(Overloaded{[](const NumberSetting& number) {
                                 return (number.even ? "an even number from " : "a whole number from ") +
                                        std::to_string(number.least) + " to " + std::to_string(number.most);
                               },
                               [](const TextSetting& text) { return std::string(text.allowed); },
                               [](const ListSetting& list) { return std::string(list.allowed); },
                               [&](const ChoiceSetting& choice) { return listed(choice.names(allowed)); }},
                    row.kind);
}

std::string shown(const SettingRow& row, const Settings& settings) {
  Settings copy = settings;  // field() needs a mutable object
  return std::visit(Overloaded{[&](const NumberSetting& number) { return std::to_string(number.field(copy)); },
                               [&](const TextSetting& text) -> std::string {
                                 if (text.field(copy).empty()) return "none";
                                 return text.secret ? "(set)" : text.field(copy);
                               },
                               [&](const ListSetting& list) -> std::string {
                                 return list.field(copy).empty() ? "none" : joined(list.field(copy), ",");
                               },
                               [&](const ChoiceSetting& choice) { return choice.get(copy); }},
                    row.kind);
}

std::string put(const SettingRow& row, Settings& settings, std::string_view value, const Allowed& allowed) {
  const std::string name(row.name);
  const std::string ending = "; allowed: " + allowed_values(row, allowed);
  return std::visit(
      Overloaded{[&](const NumberSetting& number) -> std::string {
                   const auto found = whole_number(value);
                   if (!found || *found < number.least || *found > number.most || (number.even && *found % 2 != 0))
                     return name + " cannot be " + in_quotes(value) + ending;
                   number.field(settings) = *found;
                   return "";
                 },
                 [&](const TextSetting& text) -> std::string {
                   if (const std::string complaint = text.complaint(value); !complaint.empty())
                     return name + " cannot be " +
                            (text.secret ? "the given value" : in_quotes(without_credentials(value))) + ": " +
                            complaint + ending;
                   text.field(settings) = value;
                   return "";
                 },
                 [&](const ListSetting& list) -> std::string {
                   std::vector<std::string> items;
                   if (const std::string complaint = read_list(list, value, items); !complaint.empty())
                     return name + " cannot be " + in_quotes(value) + ": " + complaint + ending;
                   list.field(settings) = std::move(items);
                   return "";
                 },
                 [&](const ChoiceSetting& choice) -> std::string {
                   const auto names = choice.names(allowed);
                   if (std::find(names.begin(), names.end(), value) == names.end())
                     return name + " cannot be " + in_quotes(value) + ending;
                   choice.set(settings, std::string(value));
                   return "";
                 }},
      row.kind);
}

std::string settings_markdown(const Allowed& allowed) {
  std::string result = "| name | default | meaning | allowed |\n|---|---|---|---|\n";
  for (const SettingRow& row : kTable) {
    const std::string standard = shown(row, Settings{});
    result += "| `" + std::string(row.name) + "` | " + (standard == "none" ? standard : "`" + standard + "`") + " | " +
              std::string(row.meaning) + " | " + allowed_values(row, allowed) + " |\n";
  }
  return result;
}

}  // namespace cs
