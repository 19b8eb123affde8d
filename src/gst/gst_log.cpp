// SPDX-License-Identifier: MIT
#include "gst/gst_log.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/token_bucket.hpp"
#include "log/log.hpp"

namespace cs {
namespace {

/// Rate limit for lines of one category: 20 at once, then one every 3 seconds. Suppressed lines are counted.
struct Quota {
  TokenBucket bucket{20, std::chrono::seconds(3)};
  int suppressed = 0;

  /// Empty: suppress this line. Otherwise the number of lines suppressed before it.
  std::optional<int> take(TimePoint now) {
    if (bucket.take(now)) return std::exchange(suppressed, 0);
    ++suppressed;
    return std::nullopt;
  }
};

void report_suppressed(const Log& log, int lines) {
  if (lines > 0) log->warn("{} lines like the next one were suppressed", lines);
}

/// Maps each pipeline to the logger of its owner. One per process, as GStreamer's log function is.
struct Owners {
  struct Owner {
    Log log;
    std::map<GstDebugCategory*, Quota> warnings = {};
  };

  std::mutex mutex;
  // Guarded by mutex.
  std::map<const void*, Owner> by_pipeline;
  Owner unowned{.log = make_log("gstreamer")};
  const bool has_gst_debug = std::getenv("GST_DEBUG") != nullptr;

  /// The log for a line of `pipeline`; null: the quota of that category is used up. Clients can cause hundreds of
  /// warnings a second.
  Log log_for(const void* pipeline, GstDebugCategory* category, GstDebugLevel level) {
    const std::lock_guard lock(mutex);
    const auto found = by_pipeline.find(pipeline);
    Owner& owner = found == by_pipeline.end() ? unowned : found->second;
    if (level > GST_LEVEL_WARNING || has_gst_debug) return owner.log;
    const auto suppressed = owner.warnings[category].take(Clock::now());
    if (!suppressed) return nullptr;
    report_suppressed(owner.log, *suppressed);
    return owner.log;
  }
};

Owners& owners() {
  static Owners& instance = *new Owners;  // never destroyed: an abandoned thread may still log at exit
  return instance;
}

/// The topmost bin around `object`. Elements often log while they hold their own lock, so this never waits for a lock:
/// if a lock is taken or the chain ends, the result is the last object reached. Each child's lock is held while its
/// parent is read: a parent is not destroyed before it has unparented the child under that lock.
const GObject* topmost(GObject* object) {
  constexpr std::size_t kMaxDepth = 16;
  std::array<GstObject*, kMaxDepth> locked{};
  std::size_t depth = 0;
  if (object == nullptr || !GST_IS_OBJECT(object)) return object;
  auto* current = GST_OBJECT_CAST(object);
  while (depth < kMaxDepth && GST_OBJECT_TRYLOCK(current)) {
    locked[depth++] = current;
    if (GST_OBJECT_PARENT(current) == nullptr) break;
    current = GST_OBJECT_PARENT(current);
  }
  while (depth > 0) GST_OBJECT_UNLOCK(locked[--depth]);
  return G_OBJECT(current);
}

LogLevel log_level(GstDebugLevel level) {
  switch (level) {
    case GST_LEVEL_ERROR:
    case GST_LEVEL_WARNING:
      return LogLevel::warn;  // an error that affects the server also arrives on the bus
    case GST_LEVEL_FIXME:
    case GST_LEVEL_INFO:
    case GST_LEVEL_DEBUG:
      return LogLevel::debug;
    default:
      return LogLevel::trace;
  }
}

/// Removes the password: GStreamer logs TURN server URIs with it.
std::string without_password(std::string text) {
  for (std::size_t at = text.find("turn"); at != text.npos; at = text.find("turn", at + 1)) {
    const auto begin = text.find("://", at);
    const auto end = text.find('@', at);
    if (begin == at + 4 || begin == at + 5)
      if (end != text.npos && end > begin) text.replace(begin + 3, end - begin - 3, "...");
  }
  return text;
}

void write(GstDebugCategory* category, GstDebugLevel level, const gchar* /*file*/, const gchar* /*function*/,
           gint /*line*/, GObject* object, GstDebugMessage* message, void* /*data*/) {
  if (level > gst_debug_category_get_threshold(category)) return;
  const Log log = owners().log_for(topmost(object), category, level);
  if (!log) return;
  const char* name = object != nullptr && GST_IS_OBJECT(object) ? GST_OBJECT_NAME(object) : nullptr;
  log->log(log_level(level), "{}{}{}: {}", gst_debug_category_get_name(category), name != nullptr ? " " : "",
           name != nullptr ? name : "", without_password(gst_debug_message_get(message)));
}

/// Handler for messages of GLib and libraries that use it, such as failed assertions. Clients can cause them, so there
/// is a quota; the next line reports the number of suppressed lines.
void write_glib(const gchar* domain, GLogLevelFlags level, const gchar* message, void* /*data*/) {
  static std::mutex mutex;
  static Quota quota;
  const bool is_warning = (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0;
  const Log log = owners().unowned.log;
  {
    const std::lock_guard lock(mutex);
    const auto suppressed = quota.take(Clock::now());
    if (!suppressed && (level & G_LOG_FLAG_FATAL) == 0) return;
    report_suppressed(log, suppressed.value_or(0));
  }
  log->log(is_warning ? LogLevel::warn : LogLevel::debug, "{}: {}", domain != nullptr ? domain : "GLib",
           message != nullptr ? message : "");
}

}  // namespace

void start_gst_log() {
  owners();
  g_log_set_default_handler(write_glib, nullptr);
  // The parentheses select the functions instead of the macros of the same names, which compare a function with void*.
  // Null means GStreamer's default log function, which writes to stderr.
  (gst_debug_remove_log_function)(nullptr);
  (gst_debug_add_log_function)(write, nullptr, nullptr);
  // Do not call gst_debug_set_active(TRUE), although TRUE is the default: after the call every element calls the log
  // function for every packet.
  if (owners().has_gst_debug) return;
  gst_debug_set_default_threshold(GST_LEVEL_WARNING);
  // GST_PADS warns for each viewer that its caps wait for webrtcbin's pad, which is expected.
  gst_debug_set_threshold_for_name("GST_PADS", GST_LEVEL_ERROR);
  // webrtcbin warns about invalid offers of clients; the errors arrive in promises and on the bus.
  gst_debug_set_threshold_for_name("webrtcbin", GST_LEVEL_ERROR);
}

void name_in_gst_log(GstElement* pipeline, const std::string& owner) {
  const std::lock_guard lock(owners().mutex);
  owners().by_pipeline.insert_or_assign(pipeline, Owners::Owner{.log = make_log(owner)});
}

void forget_in_gst_log(GstElement* pipeline) {
  const std::lock_guard lock(owners().mutex);
  const auto entry = owners().by_pipeline.extract(pipeline);
  if (entry.empty()) return;
  for (const auto& [category, quota] : entry.mapped().warnings)
    if (quota.suppressed > 0)
      entry.mapped().log->warn("{} more lines of category {} were suppressed", quota.suppressed,
                               gst_debug_category_get_name(category));
}

}  // namespace cs
