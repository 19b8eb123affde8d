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

ApiReply words_for(SnapshotFailure why) {
  switch (why) {
    case SnapshotFailure::busy:
      return api_words(503, "Too many wait for a picture; try again in a moment.");
    case SnapshotFailure::late:
      return api_words(503, "No picture came in time; the server is too busy, or its graphics card hangs.");
    case SnapshotFailure::failed:
      break;
  }
  return api_words(500, "The picture could not be made; the server's log says why.");
}

ApiDispatcher::Row row(std::string path, ImageType type, SnapshotEncoder& snapshots) {
  return {{.path = std::move(path), .methods = {ApiMethod::get}},
          [&snapshots, type](const ApiQuestion&, const ApiResponder& respond) {
            snapshots.ask(type, [respond, type](const std::variant<Snapshot, SnapshotFailure>& result) {
              if (const auto* no = std::get_if<SnapshotFailure>(&result)) return respond(words_for(*no));
              const auto& snapshot = std::get<Snapshot>(result);
              // With the HTTP server' own "Cache-Control: no-cache": keep it, and ask whether it is still the one.
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
