# SPDX-License-Identifier: MIT
"""A producer for the tests of input: input_producer.py SOCKET

Draws a white square where the pointer is, on black. Writes each event as a line of JSON: {"event": "input", "kind": …,
…fields}, and {"event": "connected"}. Sends each message of a page back to all pages. Ends with its input.
"""

import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../clients/python"))
import cubestream

SQUARE = 32


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def picture(width, height, x, y):
    left, top = max(0, min(width - SQUARE, x - SQUARE // 2)), max(0, min(height - SQUARE, y - SQUARE // 2))
    pixels = bytearray(b"\0\0\0\xff" * (width * height))
    for row in range(top, top + SQUARE):
        at = 4 * (row * width + left)
        pixels[at : at + 4 * SQUARE] = b"\xff" * (4 * SQUARE)
    return memoryview(pixels).cast("B", (height, width, 4))


def main():
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    wants = ("pointer", "wheel", "keys", "text")
    screen = cubestream.connect(sys.argv[1], name="input_producer", wants=wants)
    say("connected")
    place = None
    while True:
        # Not only requests: the ends of keys also come while there is no viewer.
        screen._wait_for(lambda: bool(screen._events or screen._messages or (screen._request and screen._slots)), 0.05)
        request = next(screen) if screen._request and screen._slots else None
        for event in request.input if request else screen.events():
            say("input", kind=type(event).__name__, **event._asdict())
            if isinstance(event, cubestream.Pointer):
                place = (round(event.x), round(event.y))
        for message in screen.messages():
            screen.send(message)
        if request:
            width, height = request.width, request.height
            screen.show(picture(width, height, *(place or (width // 2, height // 2))))


if __name__ == "__main__":
    main()
