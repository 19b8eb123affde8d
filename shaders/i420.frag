#version 300 es
// SPDX-License-Identifier: MIT
// Converts a frame to I420 (ITU-R BT.601, 16 to 235). Each pixel of the target holds four consecutive bytes of I420.
precision highp float;
precision highp int;

uniform highp sampler2D picture;

out vec4 four;

const vec3 kLuma = vec3(65.481, 128.553, 24.966) / 255.0;
const vec3 kU = vec3(-37.797, -74.203, 112.0) / 255.0;
const vec3 kV = vec3(112.0, -93.786, -18.214) / 255.0;

float luma(ivec2 at) {
  return dot(texelFetch(picture, at, 0).rgb, kLuma) + 16.0 / 255.0;
}

// The chroma of a block of 2x2 pixels; `at` is its position in the half-size plane.
float chroma(ivec2 at, vec3 weights) {
  ivec2 first = at * 2;
  vec3 sum = texelFetch(picture, first, 0).rgb + texelFetch(picture, first + ivec2(1, 0), 0).rgb +
      texelFetch(picture, first + ivec2(0, 1), 0).rgb + texelFetch(picture, first + ivec2(1, 1), 0).rgb;
  return dot(sum * 0.25, weights) + 128.0 / 255.0;
}

void main() {
  ivec2 size = textureSize(picture, 0);
  ivec2 here = ivec2(gl_FragCoord.xy);
  int n = (here.y * (size.x / 4) + here.x) * 4;  // index of the first byte
  int pixels = size.x * size.y;
  if (n < pixels) {
    ivec2 at = ivec2(n % size.x, n / size.x);
    four = vec4(luma(at), luma(at + ivec2(1, 0)), luma(at + ivec2(2, 0)), luma(at + ivec2(3, 0)));
    return;
  }
  n -= pixels;
  bool is_u = n < pixels / 4;
  if (!is_u) n -= pixels / 4;
  vec3 weights = is_u ? kU : kV;
  int width = size.x / 2;
  ivec2 at = ivec2(n % width, n / width);
  four = vec4(chroma(at, weights), chroma(at + ivec2(1, 0), weights), chroma(at + ivec2(2, 0), weights),
      chroma(at + ivec2(3, 0), weights));
}
