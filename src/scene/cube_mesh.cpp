// SPDX-License-Identifier: MIT
#include "scene/cube_mesh.hpp"

#include <cmath>
#include <glm/gtc/constants.hpp>

namespace cs {
namespace {

constexpr int kBevelSteps = 6;
constexpr int kLines = 2 * (kBevelSteps + 1);  // lines of vertices across a face

/// Position of line `i` on the face, -1 to 1: at equal angles on the bevels, no lines on the flat part.
float place_of(int i) {
  if (i > kBevelSteps) return -place_of(kLines - 1 - i);
  const float angle = glm::quarter_pi<float>() * static_cast<float>(kBevelSteps - i) / kBevelSteps;
  return -(1.0F - kCubeBevel + kCubeBevel * std::tan(angle));
}

void add_face(CubeMesh& mesh, int axis, float sign, glm::vec3 colour) {
  glm::vec3 face_normal(0.0F);
  face_normal[axis] = sign;
  const auto first = mesh.vertices.size();
  for (int row = 0; row < kLines; ++row) {
    for (int column = 0; column < kLines; ++column) {
      const glm::vec2 place(place_of(column), place_of(row));
      glm::vec3 on_cube = face_normal;
      on_cube[(axis + 1) % 3] = place.x * sign;
      on_cube[(axis + 2) % 3] = place.y;
      const glm::vec3 core = glm::clamp(on_cube, kCubeBevel - 1.0F, 1.0F - kCubeBevel);
      const glm::vec3 normal = glm::normalize(on_cube - core);
      mesh.vertices.push_back({core + normal * kCubeBevel, normal, place, face_normal, colour * colour});  // gamma 2
    }
  }
  for (int row = 0; row + 1 < kLines; ++row) {
    for (int column = 0; column + 1 < kLines; ++column) {
      const int corner = static_cast<int>(first) + row * kLines + column;
      for (const int offset : {0, 1, kLines + 1, 0, kLines + 1, kLines})
        mesh.indices.push_back(static_cast<std::uint16_t>(corner + offset));
    }
  }
}

}  // namespace

CubeMesh make_cube_mesh(const std::array<glm::vec3, 6>& colours) {
  CubeMesh mesh;
  for (int face = 0; face < 6; ++face)
    add_face(mesh, face % 3, face < 3 ? 1.0F : -1.0F, colours.at(static_cast<std::size_t>(face)));
  return mesh;
}

}  // namespace cs
