// SPDX-License-Identifier: MIT
#include "scene/scenes.hpp"

#include <array>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"

namespace cs {

SceneFactory cube_factory();  // cube.cpp

namespace {

constexpr std::array kScenes = {
    SceneRow{"cube", "a cube of six colours that turns on its corner", cube_factory},
};

}  // namespace

std::span<const SceneRow> scenes() {
  return kScenes;
}

std::vector<std::string> scene_names() {
  std::vector<std::string> names;
  for (const SceneRow& row : kScenes) names.emplace_back(row.name);
  names.emplace_back(kExternalScene);
  return names;
}

const SceneRow& find_scene(std::string_view name) {
  for (const SceneRow& row : kScenes)
    if (row.name == name) return row;
  throw StartupError("unknown scene \"" + std::string(name) +
                     "\"; CS_SCENE must be one of: " + joined(scene_names(), ", "));
}

SceneFactory scene_factory(std::string_view name) {
  return find_scene(name).factory();
}

std::unique_ptr<Scene> make_scene(std::string_view name) {
  return scene_factory(name)();
}

}  // namespace cs
