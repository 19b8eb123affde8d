#version 300 es
// SPDX-License-Identifier: MIT
precision highp float;

in vec3 v_position;
in vec3 v_normal;
in vec2 v_place;
flat in vec3 v_face_normal;
flat in vec3 v_colour;

uniform vec3 eye;
uniform float bevel_pixels;  // radius of the rounded edges on the screen, in pixels

out vec4 colour;

const vec3 kKeyLight = vec3(-0.485, 0.728, 0.485);   // from above, left, in front
const vec3 kFillLight = vec3(0.607, -0.485, 0.631);  // from below, right, in front

void main() {
  vec3 n = normalize(v_normal);
  vec3 v = normalize(eye - v_position);
  float facing = clamp(dot(n, v), 0.0, 1.0);

  float key = max(dot(n, kKeyLight), 0.0);
  float fill = max(dot(n, kFillLight), 0.0);
  vec3 light = vec3(0.36 + 0.06 * n.y) + key * vec3(0.78, 0.76, 0.72) + fill * vec3(0.46, 0.49, 0.56);

  // A dark seam where two faces meet. Each face is slightly brighter towards its middle.
  float edge = max(abs(v_place.x), abs(v_place.y));
  float width = max(fwidth(edge), 0.004);
  float seam = smoothstep(0.0, 0.03 + width, 1.0 - edge);
  float glow = 1.0 - 0.22 * dot(v_place, v_place) * 0.5;
  vec3 lit = v_colour * light * glow * mix(0.30, 1.0, seam);

  // Highlights: key light, soft box overhead, thin rim.
  vec3 mirror = reflect(-v, n);
  float shine = pow(max(dot(mirror, kKeyLight), 0.0), 42.0);
  float box = smoothstep(0.35, 0.95, mirror.y) * 0.07;
  float rim = 1.0 - facing;
  rim = rim * rim * rim * 0.09;
  lit += shine * vec3(0.24) + box * vec3(0.85, 0.92, 1.0) + rim * vec3(0.55, 0.7, 1.0);

  // Antialiases the outline without multisampling. A rounded edge is part of a cylinder: where it turns away from the
  // eye, the normal gives the distance to the outline in pixels.
  float face_facing = dot(v_face_normal, v);
  bool turns_away = face_facing < 0.0 || facing < face_facing - 0.002;
  vec3 axis = cross(v_face_normal, n);
  float along = dot(axis, v);
  float across = 1.0 - along * along / max(dot(axis, axis), 1e-6);  // squared length of v in the plane across the edge
  float inside = bevel_pixels * (1.0 - sqrt(max(1.0 - facing * facing / max(across, 1e-6), 0.0)));
  float cover = turns_away ? smoothstep(0.0, 1.4, inside) : 1.0;
  colour = vec4(sqrt(lit), cover);  // gamma 2
}
