#version 300 es
// SPDX-License-Identifier: MIT
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 place_on_face;  // -1 to 1
layout(location = 3) in vec3 face_normal;    // normal of the flat part of the face
layout(location = 4) in vec3 colour;         // linear

uniform mat4 model;  // a pure rotation, so it also transforms normals
uniform mat4 view_projection;
uniform float clip_y;

out vec3 v_position;  // world
out vec3 v_normal;    // world
out vec2 v_place;
flat out vec3 v_face_normal;  // world
flat out vec3 v_colour;

void main() {
  vec4 world = model * vec4(position, 1.0);
  v_position = world.xyz;
  v_normal = mat3(model) * normal;
  v_face_normal = mat3(model) * face_normal;
  v_place = place_on_face;
  v_colour = colour;
  gl_Position = view_projection * world;
  gl_Position.y *= clip_y;
}
