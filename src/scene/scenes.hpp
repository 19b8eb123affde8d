// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/scene.hpp"

namespace cs {

/// One row of the table of scenes: what CS_SCENE may name.
struct SceneRow {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Scene> (*make)();  ///< render thread, with a GL context current
};

/// All scenes, the default first. Any thread.
[[nodiscard]] std::span<const SceneRow> scenes();

/// Their names, for the settings. Any thread.
[[nodiscard]] std::vector<std::string> scene_names();

/// The scene of that name; throws StartupError, naming those that exist, if there is none. Any thread.
[[nodiscard]] const SceneRow& find_scene(std::string_view name);

/// Builds the scene of that name. Render thread, with a GL context current.
[[nodiscard]] std::unique_ptr<Scene> make_scene(std::string_view name);

}  // namespace cs
