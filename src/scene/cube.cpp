// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <glm/gtc/matrix_transform.hpp>
#include <glm/gtc/type_ptr.hpp>
#include <glm/mat4x4.hpp>
#include <memory>
#include <utility>

#include "cubestream/scene.hpp"
#include "gl/object.hpp"
#include "gl/program.hpp"
#include "gl/shader_file.hpp"
#include "scene/backdrop.hpp"
#include "scene/cube_mesh.hpp"
#include "scene/scenes.hpp"
#include "scene/turntable.hpp"

namespace cs {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::array<glm::vec3, 6> kColours = {{
    {0.93F, 0.20F, 0.22F},  // +x, up: red
    {0.98F, 0.50F, 0.08F},  // +y, up: orange
    {0.99F, 0.83F, 0.16F},  // +z, up: yellow
    {0.10F, 0.68F, 0.42F},  // -x, down: green
    {0.16F, 0.44F, 0.96F},  // -y, down: blue
    {0.58F, 0.28F, 0.92F},  // -z, down: violet
}};

const glm::vec3 kEye(0.0F, 0.75F, 6.3F);
constexpr Seconds kTurn{9.0};
constexpr Seconds kSway{7.0};

/// Angle in radians at `time` for one turn per `period`. The remainder is computed in double: a float would make the
/// motion jerky after months.
float angle_at(Seconds time, Seconds period) {
  return static_cast<float>(2.0 * M_PI * std::fmod(time / period, 1.0));
}

glm::mat4 model_at(Seconds time, const glm::quat& by_hand) {
  const float sway = angle_at(time, kSway);
  // The product below applies from right to left: stand on a corner, turn, lean a little, turn by hand.
  const glm::vec3 diagonal = glm::normalize(glm::vec3(1.0F));
  const glm::vec3 up(0.0F, 1.0F, 0.0F);
  const glm::mat4 one(1.0F);
  const glm::mat4 on_corner = glm::rotate(one, std::acos(glm::dot(diagonal, up)), glm::cross(diagonal, up));
  const glm::mat4 turning = glm::rotate(one, angle_at(time, kTurn), up);
  const glm::vec3 lean_about(std::cos(sway), 0.0F, std::sin(sway));
  const glm::mat4 leaning = glm::rotate(one, glm::radians(5.0F), lean_about);
  return glm::mat4_cast(by_hand) * leaning * turning * on_corner;
}

void attribute(GLuint location, GLint components, std::size_t offset) {
  glEnableVertexAttribArray(location);
  glVertexAttribPointer(location, components, GL_FLOAT, GL_FALSE, sizeof(CubeVertex),
                        reinterpret_cast<const void*>(offset));
}

/// A lit cube that stands on a corner and turns about the vertical axis, once in kTurn; viewers can turn it too. Render
/// thread only.
///
/// Every frame shows which way is up, unless a viewer has turned the cube. The background is brighter at the top: the
/// mean brightness of the top tenth exceeds that of the bottom tenth by at least 25 of 255. The upper three faces are
/// red, orange and yellow; the lower three are green, blue and violet.
class Cube final : public Scene {
 public:
  explicit Cube(std::shared_ptr<Turntable> turntable);

  [[nodiscard]] InputWish wish() const override { return turntable_->wish(); }
  void on_input(const InputEvent& event) override { turntable_->on_input(event); }
  void update(std::chrono::duration<double> time) override;
  void draw(const SceneView& view) override;

 private:
  void draw_cube(const SceneView& view) const;

  const std::shared_ptr<Turntable> turntable_;
  Backdrop backdrop_;
  Program program_;
  GlBuffer vertices_;
  GlBuffer indices_;
  GlVertexArray layout_;
  GLsizei index_count_ = 0;
  glm::mat4 model_ = glm::mat4(1.0F);
  float aspect_ = 16.0F / 9.0F;

  struct {
    GLint clip_y, model, view_projection, eye, bevel_pixels;
  } uniforms_;
};

Cube::Cube(std::shared_ptr<Turntable> turntable)
    : turntable_(std::move(turntable)),
      program_(shader_file("cube.vert"), shader_file("cube.frag")),
      uniforms_{program_.uniform("clip_y"), program_.uniform("model"), program_.uniform("view_projection"),
                program_.uniform("eye"), program_.uniform("bevel_pixels")} {
  const CubeMesh mesh = make_cube_mesh(kColours);
  index_count_ = static_cast<GLsizei>(mesh.indices.size());
  glBindVertexArray(layout_.get());
  glBindBuffer(GL_ARRAY_BUFFER, vertices_.get());
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(mesh.vertices.size() * sizeof(CubeVertex)),
               mesh.vertices.data(), GL_STATIC_DRAW);
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, indices_.get());
  glBufferData(GL_ELEMENT_ARRAY_BUFFER, static_cast<GLsizeiptr>(mesh.indices.size() * sizeof(std::uint16_t)),
               mesh.indices.data(), GL_STATIC_DRAW);
  attribute(0, 3, offsetof(CubeVertex, position));
  attribute(1, 3, offsetof(CubeVertex, normal));
  attribute(2, 2, offsetof(CubeVertex, place_on_face));
  attribute(3, 3, offsetof(CubeVertex, face_normal));
  attribute(4, 3, offsetof(CubeVertex, colour));
  glBindVertexArray(0);
}

void Cube::update(Seconds time) {
  turntable_->advance(time, aspect_);
  model_ = model_at(turntable_->motion_time(), turntable_->orientation());
}

void Cube::draw(const SceneView& view) {
  // The backdrop covers the whole frame and the cube is convex: no clear and no depth test are needed.
  backdrop_.draw(view);
  aspect_ = static_cast<float>(view.size.width) / static_cast<float>(view.size.height);
  glDisable(GL_DEPTH_TEST);
  glEnable(GL_CULL_FACE);
  glCullFace(GL_BACK);
  glEnable(GL_BLEND);
  glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE);
  draw_cube(view);
  glDisable(GL_BLEND);
}

void Cube::draw_cube(const SceneView& view) const {
  const glm::vec2 size(view.size.width, view.size.height);
  const float shorter = std::min(size.x, size.y);
  // The angle of view applies to the shorter side, so the cube fits any aspect ratio.
  const float half_shorter = std::tan(glm::radians(36.0F) / 2.0F);
  const float half_height = half_shorter * size.y / shorter;
  const glm::mat4 projection = glm::perspective(2.0F * std::atan(half_height), size.x / size.y, 0.1F, 100.0F);
  const glm::vec3 eye = kEye / turntable_->zoom();
  const glm::mat4 camera = glm::lookAt(eye, glm::vec3(0.0F), glm::vec3(0.0F, 1.0F, 0.0F));
  const glm::mat4 view_projection = projection * camera;
  const float pixels_per_unit = shorter / (2.0F * half_shorter * glm::length(eye));

  program_.use();
  glUniform1f(uniforms_.clip_y, view.clip_y);
  glUniformMatrix4fv(uniforms_.model, 1, GL_FALSE, glm::value_ptr(model_));
  glUniformMatrix4fv(uniforms_.view_projection, 1, GL_FALSE, glm::value_ptr(view_projection));
  glUniform3fv(uniforms_.eye, 1, glm::value_ptr(eye));
  glUniform1f(uniforms_.bevel_pixels, kCubeBevel * pixels_per_unit);
  glBindVertexArray(layout_.get());
  glDrawElements(GL_TRIANGLES, index_count_, GL_UNSIGNED_SHORT, nullptr);
  glBindVertexArray(0);
}

}  // namespace

SceneFactory cube_factory() {
  return [turntable = std::make_shared<Turntable>()] { return std::make_unique<Cube>(turntable); };
}

}  // namespace cs
