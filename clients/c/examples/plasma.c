/* SPDX-License-Identifier: MIT
 * Draws a plasma (plasma.h) straight into the memory of the daemon, as I420. Runs until Ctrl-C, and
 * reconnects. gcc -std=gnu11 -O2 -Wall -Wextra -I.. plasma.c -o plasma
 * ./plasma [SOCKET]
 */
#include "cubestream_frames.h"
#include "plasma.h"

#include <signal.h>

static volatile sig_atomic_t running = 1;
static void stop(int number) {
  (void)number;
  running = 0;
}

/* Serves one connection until it ends. */
static void serve(cs_screen *screen) {
  cs_request request;
  int wanted = 0;
  while (running && (wanted = cs_wait(screen, &request, 1000)) >= 0) {
    if (!wanted) continue;
    const cs_frame frame = cs_begin(screen);
    plasma_draw(frame.data, frame.stride, frame.width, frame.height, request.time);
    cs_show(screen, &frame);
  }
  if (wanted < 0) fprintf(stderr, "plasma: %s\n", cs_error(screen));
}

int main(int argc, char **argv) {
  const struct timespec pause = {1, 0};
  struct sigaction action;
  cs_options options;
  char error[512];
  memset(&action, 0, sizeof action);
  action.sa_handler = stop;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  plasma_prepare();

  memset(&options, 0, sizeof options);
  options.path = argc > 1 ? argv[1] : NULL;
  options.name = "plasma";
  options.format = CS_I420;
  while (running) {
    cs_screen *screen = cs_connect(&options, error, sizeof error);
    if (screen)
      serve(screen);
    else
      fprintf(stderr, "plasma: %s\n", error);
    cs_close(screen);
    if (running) nanosleep(&pause, NULL);
  }
  return 0;
}
