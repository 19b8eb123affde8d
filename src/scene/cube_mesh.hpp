// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <glm/glm.hpp>
#include <vector>

namespace cs {

/// Vertex layout of the cube's vertex shader.
struct CubeVertex {
  glm::vec3 position;
  glm::vec3 normal;
  glm::vec2 place_on_face;  ///< -1 to 1
  glm::vec3 face_normal;    ///< normal of the flat part of the face
  glm::vec3 colour;         ///< linear
};

struct CubeMesh {
  std::vector<CubeVertex> vertices;
  std::vector<std::uint16_t> indices;  ///< triangles, counter-clockwise seen from outside
};

/// Radius of the rounded edges; the cube extends from -1 to 1.
inline constexpr float kCubeBevel = 0.11F;

/// A cube with rounded edges. `colours`: faces +x, +y, +z, -x, -y, -z, as displayed (gamma 2). Any thread.
[[nodiscard]] CubeMesh make_cube_mesh(const std::array<glm::vec3, 6>& colours);

}  // namespace cs
