/* SPDX-License-Identifier: MIT
 * Draws a plasma (plasma.h) straight into the memory of the daemon, as I420. A drag moves it through time. Runs until
 * Ctrl-C, and reconnects. gcc -std=gnu11 -O2 -Wall -Wextra -I.. plasma.c -o plasma
 * ./plasma [SOCKET]
 */
#include "plasma.h"
#include "cubestream_frames.h"

#include <signal.h>

static volatile sig_atomic_t running = 1;
static void stop(int number) {
  (void)number;
  running = 0;
}

/* Serves one connection until it ends. Returns 1 if the reason may pass. */
static int serve(cs_screen *screen) {
  cs_request request;
  cs_event event;
  int wanted = 0, held = 0;
  double shift = 0, last = 0; /* seconds by which the hand has moved the plasma; pixels */
  cs_want(screen, CS_POINTER, "ew-resize", 0);
  while (running && (wanted = cs_wait(screen, &request, 1000)) >= 0) {
    if (!wanted) continue;
    while (cs_next_event(screen, &event)) {
      if (held && event.action == CS_MOVE) shift += (event.x - last) / 50;
      held = event.kind == CS_POINTER && event.buttons != 0;
      last = event.x;
    }
    const cs_frame frame = cs_begin(screen);
    plasma_draw(frame.data, frame.stride, frame.width, frame.height, request.time + shift);
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
  plasma_prepare();

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
