# SPDX-License-Identifier: MIT
"""A producer for the tests: producer.py SOCKET NAME [push]

Draws red above blue, with a white bar that moves. Reads commands from its input, one a line:
  draw          a moving picture (the default)
  same          the same picture each time
  unchanged     says that the picture is unchanged
  hang          answers nothing until "draw"
  status TEXT
Writes its events as lines of JSON: {"event": "connected"}, {"event": "shown", "count": …} for each frame,
{"event": "watched", "is": …, "requests": …} when that changes, {"event": "refused", "sentence": …}.
Ends with its input.
"""

import json
import os
import queue
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../clients/python"))
import cubestream

RED, BLUE, WHITE = b"\xff\x00\x00\xff", b"\x00\x00\xff\xff", b"\xff\xff\xff\xff"
BAR = 64


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def picture(width, height, step):
    at = step * 8 % (width - BAR)
    above, below = (
        (colour * at + WHITE * BAR + colour * (width - BAR - at)) * (height // 2) for colour in (RED, BLUE)
    )
    return above + below


def commands():
    lines = queue.SimpleQueue()

    def read():
        for line in sys.stdin:
            lines.put(line.rstrip("\n"))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main():
    lines = commands()
    mode, step, count, requests, watched = "draw", 0, 0, 0, None
    try:
        screen = cubestream.connect(sys.argv[1], name=sys.argv[2], format="rgba")
        say("connected")
        while True:
            while mode == "hang" or not lines.empty():
                command, _, text = lines.get().partition(" ")
                if command == "status":
                    screen.status(text)
                else:
                    mode = command
            if screen.watched != watched:
                watched = screen.watched
                say("watched", **{"is": watched, "requests": requests})
            if not screen._wait_for(lambda: screen._request is not None and bool(screen._slots), 0.05):
                continue
            request = next(screen)
            requests += 1
            if mode == "draw":
                step += 1
            screen.show(None if mode == "unchanged" else picture(request.width, request.height, step))
            count += 1
            say("shown", count=count)
    except cubestream.Error as error:
        say("refused", sentence=str(error))


if __name__ == "__main__":
    main()
