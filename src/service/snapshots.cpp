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

ApiReply words_for(NoStill why) {
  switch (why) {
    case NoStill::busy:
      return api_words(503, "Too many wait for a picture; try again in a moment.");
    case NoStill::late:
      return api_words(503, "No picture came in time; the server is too busy, or its graphics card hangs.");
    case NoStill::failed:
      break;
  }
  return api_words(500, "The picture could not be made; the server's log says why.");
}

ApiDispatcher::Row row(std::string path, ImageType type, Stills& stills) {
  return {
      {.path = std::move(path), .methods = {ApiMethod::get}},
      [&stills, type](const ApiQuestion&, const ApiResponder& respond) {
        stills.ask(type, [respond, type](const std::variant<Still, NoStill>& result) {
          if (const auto* no = std::get_if<NoStill>(&result)) return respond(words_for(*no));
          const auto& still = std::get<Still>(result);
          // With the HTTP server' own "Cache-Control: no-cache": keep it, and ask whether it is still the one.
          respond(
              {.content_type = std::string(media_type(type)), .fields = {{"ETag", still.etag}}, .body = still.file});
        });
      }};
}

}  // namespace

std::span<const NeededElement> snapshot_elements() {
  return kNeeded;
}

std::vector<ApiDispatcher::Row> snapshot_rows(Stills& stills) {
  return {row("/snapshot.jpg", ImageType::jpeg, stills), row("/snapshot.png", ImageType::png, stills)};
}

}  // namespace cs
