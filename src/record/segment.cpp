// SPDX-License-Identifier: MIT
#include "record/segment.hpp"

#include <cerrno>
#include <utility>

namespace cs {

Segment::Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Handlers handlers,
                 Loop& loop, Metrics& metrics)
    : writer_(std::make_shared<Writer>(store, kind, std::move(handlers), metrics)),
      mux_(
          owner, stream,
          {.write = [&loop, writer = writer_](std::uint64_t offset,
                                              std::span<const std::byte> bytes) { write(writer, loop, offset, bytes); },
           .on_end =
               [weak = std::weak_ptr<Writer>(writer_)] {
                 const auto writer = weak.lock();
                 if (!writer) return;
                 writer->file.close();
                 if (!writer->has_failed) writer->handlers.on_end();
               },
           .on_error =
               [weak = std::weak_ptr<Writer>(writer_)](const std::string& what) {
                 const auto writer = weak.lock();
                 if (writer && !writer->has_failed) writer->handlers.on_error({EIO, "the MP4 muxer failed: " + what});
               }},
          loop) {}

void Segment::write(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                    std::span<const std::byte> bytes) {
  if (writer->has_failed) return;
  const std::weak_ptr<Writer> weak = writer;
  if (auto failure = writer->file.write(offset, bytes)) {
    writer->has_failed = true;
    loop.post_result_to(weak, [failure = std::move(*failure)](Writer& alive) {
      const auto on_error = alive.handlers.on_error;  // a copy, since the segment may go meanwhile
      on_error(failure);
    });
  } else if (writer->file.is_playable() && !std::exchange(writer->is_there, true)) {
    loop.post_result_to(weak, [](Writer& alive) {
      const auto on_file = alive.handlers.on_file;
      on_file();
    });
  }
}

void Segment::push(const AccessUnit& unit) {
  if (!std::exchange(begun_, true)) {
    const auto age = std::chrono::duration_cast<std::chrono::system_clock::duration>(Clock::now() - unit.captured_at);
    writer_->file.set_start(std::chrono::system_clock::now() - age);
  }
  mux_.push(unit);
}

}  // namespace cs
