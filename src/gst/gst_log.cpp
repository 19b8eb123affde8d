// SPDX-License-Identifier: MIT
#include "gst/gst_log.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "base/token_bucket.hpp"

namespace cs {
namespace {

/// How many lines of one kind may come: a few at once, then a few a minute. What is beyond that is counted.
struct Quota {
  TokenBucket budget{20, std::chrono::seconds(3)};
  int left_out = 0;

  /// Nothing: the line is left out. Otherwise how many were left out before it.
  std::optional<int> take(TimePoint now) {
    if (budget.take(now)) return std::exchange(left_out, 0);
    ++left_out;
    return std::nullopt;
  }
};

void say_left_out(const Log& log, int lines) {
  if (lines > 0) log->warn("{} lines like the next were left out", lines);
}

/// Whose pipeline is whose. GStreamer's log function is one for the whole process, and so is this.
struct Owners {
  struct Owner {
    Log log;
    std::map<GstDebugCategory*, Quota> warnings = {};
  };

  std::mutex mutex;
  // Guarded by mutex.
  std::map<const void*, Owner> by_pipeline;
  Owner unowned{.log = make_log("gstreamer")};
  const bool is_wanted_in_full = std::getenv("GST_DEBUG") != nullptr;

  /// Whose log a line of `pipeline` is for; null: there were too many of that category. A warning may be due to what a
  /// stranger sends, hundreds of times a second.
  Log of(const void* pipeline, GstDebugCategory* category, GstDebugLevel level) {
    const std::lock_guard lock(mutex);
    const auto found = by_pipeline.find(pipeline);
    Owner& owner = found == by_pipeline.end() ? unowned : found->second;
    if (level > GST_LEVEL_WARNING || is_wanted_in_full) return owner.log;
    const auto left_out = owner.warnings[category].take(Clock::now());
    if (!left_out) return nullptr;
    say_left_out(owner.log, *left_out);
    return owner.log;
  }
};

Owners& owners() {
  static Owners& instance = *new Owners;  // never destroyed: a thread that is left behind at the end may still log
  return instance;
}

/// The topmost bin around `object`. Elements often log while they hold their own lock, so this never waits for one:
/// then, or when the chain is cut, the answer is the last object reached. Each child's lock is held while its parent is
/// looked at, since a parent cannot go before it has taken leave of its child under that lock.
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
      return LogLevel::warn;  // an error of theirs that is one of ours arrives on the bus as well
    case GST_LEVEL_FIXME:
    case GST_LEVEL_INFO:
    case GST_LEVEL_DEBUG:
      return LogLevel::debug;
    default:
      return LogLevel::trace;
  }
}

/// GStreamer prints the URI of a TURN server with the password in it.
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
  const Log log = owners().of(topmost(object), category, level);
  if (!log) return;
  const char* name = object != nullptr && GST_IS_OBJECT(object) ? GST_OBJECT_NAME(object) : nullptr;
  log->log(log_level(level), "{}{}{}: {}", gst_debug_category_get_name(category), name != nullptr ? " " : "",
           name != nullptr ? name : "", without_password(gst_debug_message_get(message)));
}

/// What GLib and the libraries on it complain of, such as a check that failed: strangers can cause that, so there is a
/// quota, and what is beyond it is counted in the next line.
void write_of_glib(const gchar* domain, GLogLevelFlags level, const gchar* message, void* /*data*/) {
  static std::mutex mutex;
  static Quota quota;
  const bool is_grave = (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0;
  const Log log = owners().unowned.log;
  {
    const std::lock_guard lock(mutex);
    const auto left_out = quota.take(Clock::now());
    if (!left_out && (level & G_LOG_FLAG_FATAL) == 0) return;
    say_left_out(log, left_out.value_or(0));
  }
  log->log(is_grave ? LogLevel::warn : LogLevel::debug, "{}: {}", domain != nullptr ? domain : "GLib",
           message != nullptr ? message : "");
}

}  // namespace

void start_gst_log() {
  owners();
  g_log_set_default_handler(write_of_glib, nullptr);
  // In parentheses they are the functions, not the macros of the same names, which compare a function with void*. Null
  // is the log that writes to stderr.
  (gst_debug_remove_log_function)(nullptr);
  (gst_debug_add_log_function)(write, nullptr, nullptr);
  // Not gst_debug_set_active(TRUE), for what it is by default: called, it makes every element call the log for every
  // packet, only to be turned away there.
  if (owners().is_wanted_in_full) return;
  gst_debug_set_default_threshold(GST_LEVEL_WARNING);
  // Warns for each viewer that its caps wait for webrtcbin's pad, which is how it has to be.
  gst_debug_set_threshold_for_name("GST_PADS", GST_LEVEL_ERROR);
  // And of what strangers offer; what comes of it arrives by promises and on the bus.
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
    if (quota.left_out > 0)
      entry.mapped().log->warn("{} more lines of {} were left out", quota.left_out,
                               gst_debug_category_get_name(category));
}

}  // namespace cs
