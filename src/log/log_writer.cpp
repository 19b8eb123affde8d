// SPDX-License-Identifier: MIT
#include "log/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "base/signals_blocked.hpp"
#include "base/thread_role.hpp"

namespace cs {

struct LogWriter::Queue {
  Queue(int to, std::string (*make_lost_line)(std::int64_t), const Limits& bounds)
      : fd(to), lost_line(make_lost_line), limits(bounds) {}

  /// Writes lines until the destructor ends it.
  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return !lines.empty() || is_ending; });
      if (lines.empty()) break;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      const std::int64_t lost = lines.empty() ? std::exchange(unreported, 0) : 0;
      lock.unlock();
      put(line);
      if (lost > 0) put(lost_line(lost));
      lock.lock();
      bytes -= line.size();
    }
    is_over = true;
    over.notify_all();
  }

  /// A line that cannot be written is lost: the log itself is the only place to report errors.
  void put(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(fd, text.data(), text.size());
      if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {  // the descriptor was made non-blocking by the parent process
        pollfd writable = {fd, POLLOUT, 0};
        poll(&writable, 1, -1);
      } else if (errno != EINTR) {
        return;
      }
    }
  }

  const int fd;
  std::string (*const lost_line)(std::int64_t);
  const Limits limits;

  std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable over;
  // Guarded by mutex.
  std::deque<std::string> lines;
  std::size_t bytes = 0;        // includes the line that is being written
  std::int64_t unreported = 0;  // dropped lines that are not yet reported
  Metric* drops = nullptr;
  bool is_ending = false;
  bool is_over = false;
};

LogWriter::LogWriter(int fd, std::string (*lost_line)(std::int64_t count), const Limits& limits)
    : queue_(std::make_shared<Queue>(fd, lost_line, limits)) {
  const SignalsBlocked blocked;
  std::thread([queue = queue_] {
    enter_thread(ThreadRole::none, "log");
    queue->run();
  }).detach();
}

LogWriter::~LogWriter() {
  std::unique_lock lock(queue_->mutex);
  queue_->is_ending = true;
  queue_->drops = nullptr;
  queue_->changed.notify_all();
  queue_->over.wait_for(lock, queue_->limits.flush, [this] { return queue_->is_over; });
}

void LogWriter::write(std::string line) {
  const std::lock_guard lock(queue_->mutex);
  if (queue_->lines.size() >= queue_->limits.lines || queue_->bytes + line.size() > queue_->limits.bytes) {
    ++queue_->unreported;
    if (queue_->drops != nullptr) queue_->drops->add();
    return;
  }
  queue_->bytes += line.size();
  queue_->lines.push_back(std::move(line));
  queue_->changed.notify_all();
}

void LogWriter::count_drops_in(Metric* counter) {
  const std::lock_guard lock(queue_->mutex);
  queue_->drops = counter;
}

}  // namespace cs
