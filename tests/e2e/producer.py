# SPDX-License-Identifier: MIT
"""A producer for the tests: producer.py SOCKET NAME [push]

Draws red above blue, with a white bar that moves, for each request; with "push", by its own clock while someone
watches. Reads commands from its input, one a line:
  draw          a moving picture (the default)
  same          the same picture each time
  unchanged     says that the picture is unchanged
  hang          sends nothing until "draw"
  size W H      pictures of this size
  status TEXT
Writes its events as lines of JSON: {"event": "connected"}, {"event": "shown", "count": …, "requests": …} for each
frame, {"event": "watched", "is": …, "requests": …} when that changes, {"event": "refused", "sentence": …}.
Ends with its input.
"""

import json
import os
import queue
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../clients/python"))
import cubestream

RED, BLUE, WHITE = b"\xff\x00\x00\xff", b"\x00\x00\xff\xff", b"\xff\xff\xff\xff"
BAR = 64
PUSH_EVERY = 0.04  # seconds; not the rate of the daemon


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def picture(width, height, step):
    at = step * 8 % (width - BAR)
    above, below = (
        (colour * at + WHITE * BAR + colour * (width - BAR - at)) * (height // 2) for colour in (RED, BLUE)
    )
    return memoryview(above + below).cast("B", (height, width, 4))


def commands():
    lines = queue.SimpleQueue()

    def read():
        for line in sys.stdin:
            lines.put(line.rstrip("\n"))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def wait_for_turn(screen, push):
    """Waits a short time for a request, or for the own clock. Returns the size of the picture, or None if none is due."""
    if push:
        time.sleep(PUSH_EVERY)
        return screen.size if screen.watched and screen._is_ready() else None
    if not screen._wait_for(lambda: screen._request is not None and bool(screen._slots), 0.05):
        return None
    request = next(screen)
    return request.width, request.height


def main():
    lines = commands()
    push = sys.argv[3:] == ["push"]
    mode, wanted, step, count, requests, watched = "draw", None, 0, 0, 0, None
    try:
        screen = cubestream.connect(sys.argv[1], name=sys.argv[2], format="rgba", push=push)
        say("connected")
        while True:
            while mode == "hang" or not lines.empty():
                command, _, text = lines.get().partition(" ")
                if command == "status":
                    screen.status(text)
                elif command == "size":
                    wanted = tuple(int(number) for number in text.split())
                else:
                    mode = command
            if screen.watched != watched:
                watched = screen.watched
                say("watched", **{"is": watched, "requests": requests})
            size = wait_for_turn(screen, push)
            if size is None:
                continue
            if not push or screen._request is not None:
                requests += 1
            if mode == "draw":
                step += 1
            if screen.show(None if mode == "unchanged" else picture(*(wanted or size), step)):
                count += 1
                say("shown", count=count, requests=requests)
    except cubestream.Error as error:
        say("refused", sentence=str(error))


if __name__ == "__main__":
    main()
