/* SPDX-License-Identifier: MIT
 * A plasma that moves, drawn with integers only: I420, ITU-R BT.601, limited range. */
#ifndef PLASMA_H
#define PLASMA_H

#include <stddef.h>
#include <stdint.h>

/* One wave of 256 steps, from 0 to 63: two parabolas are close to a sine. */
static uint8_t plasma_wave[256];

/* Call it once, before plasma_draw(). */
static inline void plasma_prepare(void) {
  for (int i = 0; i < 256; ++i) {
    const int x = i % 128 - 64, hill = 32 - x * x / 128;
    plasma_wave[i] = (uint8_t)(i < 128 ? 31 + hill : 32 - hill);
  }
}

/* The sum of waves along x, along y and along the diagonal; step: 1 for luma, 2 for chroma. */
static inline void plasma_draw_plane(uint8_t *data, size_t stride, uint32_t width, uint32_t height, uint32_t step,
                                     uint32_t phase, uint8_t darkest) {
  const uint8_t *const wave = plasma_wave;
  for (uint32_t y = 0; y < height; ++y) {
    uint8_t *row = data + stride * y;
    const uint8_t base = (uint8_t)(darkest + wave[(y * step + phase) & 255]);
    const uint32_t shift = wave[(y * step / 2 + phase) & 255];
    for (uint32_t x = 0; x < width; ++x)
      row[x] = (uint8_t)(base + wave[(x * step / 2 + 2 * shift) & 255] + wave[((x + y) * step - 2 * phase) & 255]);
  }
}

/* Draws the picture of a time in seconds. width and height are those of the luma plane, data and stride of all three
 * planes. */
static inline void plasma_draw(uint8_t *const data[3], const uint32_t stride[3], uint32_t width, uint32_t height,
                               double time) {
  const uint32_t phase = (uint32_t)(uint64_t)(time * 60);
  plasma_draw_plane(data[0], stride[0], width, height, 1, phase, 30);
  plasma_draw_plane(data[1], stride[1], width / 2, height / 2, 2, phase + 40, 33);
  plasma_draw_plane(data[2], stride[2], width / 2, height / 2, 2, 3 * phase, 33);
}

#endif
