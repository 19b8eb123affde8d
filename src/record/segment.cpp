// SPDX-License-Identifier: MIT
#include "record/segment.hpp"

#include <cerrno>
#include <utility>
#include <vector>

namespace cs {

Segment::Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Handlers handlers,
                 Loop& loop, Metrics& metrics)
    : disk_(store.disk()),
      loop_(loop),
      writer_(std::make_shared<Writer>(store, kind, std::move(handlers), metrics)),
      closed_(writer_->closed.get_future()),
      mux_(owner, stream,
           {.write =
                [&disk = disk_, &loop, writer = std::weak_ptr<Writer>(writer_)](std::uint64_t offset,
                                                                                std::span<const std::byte> bytes) {
                  const auto alive = writer.lock();
                  if (!alive || alive->has_failed) return;
                  alive->waiting += bytes.size();
                  disk.post([alive, &loop, offset, copy = std::vector(bytes.begin(), bytes.end())] {
                    write(alive, loop, offset, copy);
                    alive->waiting -= copy.size();
                  });
                },
            .on_end = [this] { close(); },
            .on_error =
                [weak = std::weak_ptr<Writer>(writer_)](const std::string& what) {
                  const auto writer = weak.lock();
                  if (writer && !writer->has_failed) writer->handlers.on_error({EIO, "the MP4 muxer failed: " + what});
                }},
           loop) {}

Segment::~Segment() {
  writer_->is_gone = true;
  // The disk thread releases the file last, after all jobs queued for it.
  disk_.post([writer = std::move(writer_)] { writer->file.close(); });
}

void Segment::write(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                    std::span<const std::byte> bytes) {
  if (writer->has_failed) return;
  const std::weak_ptr<Writer> weak = writer;
  if (auto failure = writer->file.write(offset, bytes)) {
    writer->has_failed = true;
    loop.post_result_to(weak, [failure = std::move(*failure)](Writer& alive) {
      if (alive.is_gone) return;
      const auto on_error = alive.handlers.on_error;  // a copy: the handler may destroy the segment
      on_error(failure);
    });
  } else if (writer->file.is_playable() && !std::exchange(writer->is_there, true)) {
    loop.post_result_to(weak, [](Writer& alive) {
      if (alive.is_gone) return;
      const auto on_file = alive.handlers.on_file;
      on_file();
    });
  }
}

void Segment::close() {
  if (std::exchange(is_closing_, true)) return;
  disk_.post([writer = writer_, &loop = loop_] {
    writer->file.close();
    writer->closed.set_value();
    loop.post_result_to(std::weak_ptr<Writer>(writer), [](Writer& alive) {
      if (alive.is_gone || alive.has_failed) return;
      const auto on_end = alive.handlers.on_end;
      on_end();
    });
  });
}

bool Segment::wait_for_end(std::chrono::milliseconds timeout) {
  const TimePoint deadline = Clock::now() + timeout;
  if (!mux_.wait_for_end(timeout)) return false;
  close();
  return closed_.wait_until(deadline) == std::future_status::ready;
}

void Segment::push(const AccessUnit& unit) {
  if (!std::exchange(begun_, true))
    disk_.post([writer = writer_, start = wall_time(unit.captured_at)] { writer->file.set_start(start); });
  mux_.push(unit);
}

}  // namespace cs
