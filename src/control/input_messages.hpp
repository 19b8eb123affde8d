// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "control/input_router.hpp"
#include "cubestream/client_event.hpp"
#include "cubestream/input_batch.hpp"
#include "cubestream/input_wish.hpp"

namespace cs {

// Messages about input and control, as JSON for the page (docs/api.md). Any thread.

/// What the scene wants: a message "scene".
[[nodiscard]] std::string scene_json(const InputWish& wish);

/// What the message "control" says beside the state of the router.
struct ControlView {
  std::string why;           ///< why the client may not control, a sentence; empty: it may
  bool is_alone = false;     ///< no other client follows the input
  bool is_declined = false;  ///< the holder has just declined its wish
};

/// Who controls the scene, as `client` may know it: a message "control".
[[nodiscard]] std::string control_json(const InputRouter& router, ClientId client, const ControlView& view);

/// What became of a batch of input: a message "applied".
[[nodiscard]] std::string applied_json(const AppliedBatch& applied);

/// Where the pointers of viewers are: a message "pointers".
[[nodiscard]] std::string pointers_json(const InputRouter& router, std::span<const InputRouter::Pointer> pointers);

/// A message of the program that draws; `json` must be a valid JSON text.
[[nodiscard]] std::string application_json(const std::string& json);

}  // namespace cs
