// SPDX-License-Identifier: MIT
#include "gst/gst_log.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "base/budget.hpp"
#include "base/log.hpp"

namespace cs {
namespace {

/// Whose pipeline is whose. GStreamer's log function is one for the whole process, and so is this.
struct Owners {
  std::mutex mutex;
  std::map<const void*, Log> by_pipeline;  // guarded by mutex
  const Log nobody = make_log("gstreamer");

  Log of(const void* pipeline) {
    const std::lock_guard lock(mutex);
    const auto found = by_pipeline.find(pipeline);
    return found == by_pipeline.end() ? nobody : found->second;
  }
};

Owners& owners() {
  static Owners instance;
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
  const Log log = owners().of(topmost(object));
  const char* name = object != nullptr && GST_IS_OBJECT(object) ? GST_OBJECT_NAME(object) : nullptr;
  log->log(log_level(level), "{}{}{}: {}", gst_debug_category_get_name(category), name != nullptr ? " " : "",
           name != nullptr ? name : "", without_password(gst_debug_message_get(message)));
}

/// What GLib and the libraries on it complain of, such as a check that failed: strangers can cause that, so there is a
/// quota, and what is beyond it is counted in the next line.
void write_of_glib(const gchar* domain, GLogLevelFlags level, const gchar* message, void* /*data*/) {
  static std::mutex mutex;
  static Budget quota{20, std::chrono::seconds(1)};
  static int left_out = 0;
  const bool is_grave = (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0;
  int before = 0;
  {
    const std::lock_guard lock(mutex);
    if ((level & G_LOG_FLAG_FATAL) == 0 && !quota.take(Clock::now())) {
      ++left_out;
      return;
    }
    before = std::exchange(left_out, 0);
  }
  if (before > 0) owners().nobody->warn("{} lines like the next were left out", before);
  owners().nobody->log(is_grave ? LogLevel::warn : LogLevel::debug, "{}: {}", domain != nullptr ? domain : "GLib",
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
  if (std::getenv("GST_DEBUG") != nullptr) return;
  gst_debug_set_default_threshold(GST_LEVEL_WARNING);
  // Warns for each viewer that its caps wait for webrtcbin's pad, which is how it has to be.
  gst_debug_set_threshold_for_name("GST_PADS", GST_LEVEL_ERROR);
  // And of what strangers offer; what comes of it arrives by promises and on the bus.
  gst_debug_set_threshold_for_name("webrtcbin", GST_LEVEL_ERROR);
}

void name_in_gst_log(GstElement* pipeline, const std::string& owner) {
  const std::lock_guard lock(owners().mutex);
  owners().by_pipeline[pipeline] = make_log(owner);
}

void forget_in_gst_log(GstElement* pipeline) {
  const std::lock_guard lock(owners().mutex);
  owners().by_pipeline.erase(pipeline);
}

}  // namespace cs
