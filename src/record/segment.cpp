// SPDX-License-Identifier: MIT
#include "record/segment.hpp"

#include <cerrno>
#include <utility>
#include <vector>

namespace cs {

Segment::Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Observer& observer,
                 Loop& loop, Metrics& metrics)
    : disk_(store.disk()),
      observer_(observer),
      loop_(loop),
      writer_(std::make_shared<Writer>(store, kind, metrics, *this)),
      closed_(writer_->closed.get_future()),
      mux_(owner, stream, *this, loop) {}

Segment::~Segment() {
  writer_->segment = nullptr;
  // Closes the file on the disk thread, after all jobs queued for it.
  disk_.post([writer = writer_] { writer->file.close(); });
}

void Segment::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (writer_->has_failed) return;
  writer_->waiting += bytes.size();
  disk_.post([writer = writer_, &loop = loop_, offset, copy = std::vector(bytes.begin(), bytes.end())] {
    write_file(writer, loop, offset, copy);
    writer->waiting -= copy.size();
  });
}

void Segment::write_file(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                         std::span<const std::byte> bytes) {
  if (writer->has_failed) return;
  const std::weak_ptr<Writer> weak = writer;
  if (auto failure = writer->file.write(offset, bytes)) {
    writer->has_failed = true;
    loop.post_result_to(weak, [failure = std::move(*failure)](const Writer& alive) {
      if (alive.segment != nullptr) alive.segment->observer_.on_error(*alive.segment, failure);
    });
  } else if (writer->file.is_playable() && !std::exchange(writer->is_there, true)) {
    loop.post_result_to(weak, [](const Writer& alive) {
      if (alive.segment != nullptr) alive.segment->observer_.on_file(*alive.segment);
    });
  }
}

void Segment::on_error(const std::string& what) {
  if (!writer_->has_failed) observer_.on_error(*this, {EIO, "the MP4 muxer failed: " + what});
}

void Segment::close() {
  if (std::exchange(is_closing_, true)) return;
  disk_.post([writer = writer_, &loop = loop_] {
    writer->file.close();
    writer->closed.set_value();
    loop.post_result_to(std::weak_ptr<Writer>(writer), [](const Writer& alive) {
      if (alive.segment != nullptr && !alive.has_failed) alive.segment->observer_.on_end(*alive.segment);
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
