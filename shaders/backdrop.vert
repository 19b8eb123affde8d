#version 300 es
// SPDX-License-Identifier: MIT
uniform float clip_y;

out vec2 place;  // -1 to 1, y points up in the frame

void main() {
  // One triangle covers the whole frame.
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  place = corner;
  gl_Position = vec4(corner.x, corner.y * clip_y, 0.0, 1.0);
}
