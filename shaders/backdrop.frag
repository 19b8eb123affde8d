#version 300 es
// SPDX-License-Identifier: MIT
precision highp float;

in vec2 place;

uniform vec2 spread;  // half the frame size, in units of its shorter half

out vec4 colour;

const vec3 kTop = vec3(0.235, 0.290, 0.385);
const vec3 kBottom = vec3(0.050, 0.060, 0.090);

// A soft disc: 1 in the middle, 0 from distance 1 on.
float disc(vec2 p) {
  float d = max(1.0 - dot(p, p), 0.0);
  return d * d;
}

void main() {
  vec2 p = place * spread;
  float height = place.y * 0.5 + 0.5;
  vec3 c = mix(kBottom, kTop, height * height * (3.0 - 2.0 * height));
  c += disc((p - vec2(0.0, 0.1)) * 0.62) * vec3(0.085, 0.105, 0.135);          // a glow behind the cube
  c += disc((p - vec2(0.0, -0.86)) * vec2(0.85, 3.6)) * vec3(0.040, 0.046, 0.062);  // light on the floor
  c *= 1.0 - 0.16 * dot(place, place);                                         // darker corners

  // Noise of less than one step of brightness keeps the gradient from showing bands.
  float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  colour = vec4(c + (noise - 0.5) / 255.0, 1.0);
}
