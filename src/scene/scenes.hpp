// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/scene.hpp"

namespace cs {

/// One row of the table of scenes; `name` is a value of CS_SCENE.
struct SceneRow {
  std::string_view name;
  std::string_view description;
  SceneFactory (*factory)();
};

/// All scenes; the first is the default. Any thread.
[[nodiscard]] std::span<const SceneRow> scenes();

/// Names of all scenes, for the settings. Any thread.
[[nodiscard]] std::vector<std::string> scene_names();

/// Finds a scene by name. Throws StartupError with the known names if there is none. Any thread.
[[nodiscard]] const SceneRow& find_scene(std::string_view name);

/// The factory of the scene `name`. Throws StartupError. Any thread.
[[nodiscard]] SceneFactory scene_factory(std::string_view name);

/// Builds the scene `name` once. Throws StartupError. Render thread, with a current GL context.
[[nodiscard]] std::unique_ptr<Scene> make_scene(std::string_view name);

}  // namespace cs
