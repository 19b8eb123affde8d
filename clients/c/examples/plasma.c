/* SPDX-License-Identifier: MIT
 * Draws a plasma with integers only, straight into the memory of the daemon, as I420. Runs until Ctrl-C, and
 * reconnects. gcc -std=gnu11 -O2 -Wall -Wextra -I.. plasma.c -o plasma
 * ./plasma [SOCKET]
 */
#include "cubestream_frames.h"

#include <signal.h>

static volatile sig_atomic_t running = 1;
static void stop(int number) {
  (void)number;
  running = 0;
}

/* One wave of 256 steps, from 0 to 63: two parabolas are close to a sine. */
static uint8_t wave[256];
static void make_wave(void) {
  for (int i = 0; i < 256; ++i) {
    const int x = i % 128 - 64, hill = 32 - x * x / 128;
    wave[i] = (uint8_t)(i < 128 ? 31 + hill : 32 - hill);
  }
}

/* The sum of waves along x, along y and along the diagonal; step: 1 for luma, 2 for chroma. */
static void draw_plane(const cs_frame *frame, int plane, uint32_t step, uint32_t phase, uint8_t darkest) {
  const uint32_t width = frame->width / step, height = frame->height / step;
  for (uint32_t y = 0; y < height; ++y) {
    uint8_t *row = frame->data[plane] + (size_t)frame->stride[plane] * y;
    const uint8_t base = (uint8_t)(darkest + wave[(y * step + phase) & 255]);
    const uint32_t shift = wave[(y * step / 2 + phase) & 255];
    for (uint32_t x = 0; x < width; ++x)
      row[x] = (uint8_t)(base + wave[(x * step / 2 + 2 * shift) & 255] + wave[((x + y) * step - 2 * phase) & 255]);
  }
}

/* Serves one connection until it ends. Returns 1 if the reason may pass. */
static int serve(cs_screen *screen) {
  cs_request request;
  int wanted = 0;
  while (running && (wanted = cs_wait(screen, &request, 1000)) >= 0) {
    if (!wanted) continue;
    const cs_frame frame = cs_begin(screen);
    const uint32_t phase = (uint32_t)(uint64_t)(request.time * 60);
    draw_plane(&frame, 0, 1, phase, 30);
    draw_plane(&frame, 1, 2, phase + 40, 33);
    draw_plane(&frame, 2, 2, 3 * phase, 33);
    cs_show(screen, &frame);
  }
  if (wanted < 0) fprintf(stderr, "plasma: %s\n", cs_error(screen));
  return cs_may_retry(screen);
}

int main(int argc, char **argv) {
  const struct timespec pause = {1, 0};
  struct sigaction action;
  cs_options options;
  char error[512];
  int may_retry = 1;
  memset(&action, 0, sizeof action);
  action.sa_handler = stop;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  make_wave();

  memset(&options, 0, sizeof options);
  options.path = argc > 1 ? argv[1] : NULL;
  options.name = "plasma";
  options.format = CS_I420;
  while (running && may_retry) {
    cs_screen *screen = cs_connect(&options, error, sizeof error);
    if (screen) {
      may_retry = serve(screen);
    } else {
      may_retry = errno == EAGAIN;
      fprintf(stderr, "plasma: %s\n", error);
    }
    cs_close(screen);
    if (running && may_retry) nanosleep(&pause, NULL);
  }
  return running ? 1 : 0;
}
