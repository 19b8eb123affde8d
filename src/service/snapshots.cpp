// SPDX-License-Identifier: MIT
#include "service/snapshots.hpp"

#include <string>
#include <utility>

namespace cs {
namespace {

constexpr NeededElement kNeeded[] = {{"videoconvert", "gstreamer1.0-plugins-base"},
                                     {"capsfilter", "libgstreamer1.0-0"},
                                     {"jpegenc", "gstreamer1.0-plugins-good"},
                                     {"pngenc", "gstreamer1.0-plugins-good"}};

ApiReply failure_reply(SnapshotFailure why) {
  switch (why) {
    case SnapshotFailure::busy:
      return api_words(503, "Too many snapshot requests are waiting; try again in a moment.");
    case SnapshotFailure::late:
      return api_words(503, "No snapshot was ready in time; the server is too busy, or its GPU hangs.");
    case SnapshotFailure::failed:
      break;
  }
  return api_words(500, "The snapshot failed; the log of the server gives the reason.");
}

ApiDispatcher::Row row(std::string path, ImageType type, SnapshotEncoder& snapshots) {
  return {{.path = std::move(path), .methods = {ApiMethod::get}},
          [&snapshots, type](const ApiQuestion&, const ApiResponder& respond) {
            snapshots.ask(type, [respond, type](const std::variant<Snapshot, SnapshotFailure>& result) {
              if (const auto* no = std::get_if<SnapshotFailure>(&result)) return respond(failure_reply(*no));
              const auto& snapshot = std::get<Snapshot>(result);
              // The HTTP server adds "Cache-Control: no-cache": clients may keep the file, but must revalidate it by
              // its ETag.
              respond({.content_type = std::string(media_type(type)),
                       .fields = {{"ETag", snapshot.etag}},
                       .body = snapshot.file});
            });
          }};
}

}  // namespace

std::span<const NeededElement> snapshot_elements() {
  return kNeeded;
}

std::vector<ApiDispatcher::Row> snapshot_rows(SnapshotEncoder& snapshots) {
  return {row("/snapshot.jpg", ImageType::jpeg, snapshots), row("/snapshot.png", ImageType::png, snapshots)};
}

}  // namespace cs
