#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A moving plasma, whose rings follow a pointer that is down. Needs numpy (Debian: python3-numpy).

Start the daemon with CS_SCENE=external, then this program.
"""

import math

import cubestream
import numpy


class Plasma:
    """Adds three waves, computed once, at moving positions, and colours the sum by a table."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        # Twice as large as the picture, so that a window of its size can move over it.
        y, x = numpy.ogrid[-height:height, -width:width]
        distance = numpy.hypot(x, y, dtype=numpy.float32)
        self.rings = (64 + 63 * numpy.sin(distance * (18 / width))).astype(numpy.uint8)
        self.columns = (32 + 31 * numpy.sin(numpy.arange(2 * width) * (11 / width))).astype(numpy.uint8)
        self.rows = (32 + 31 * numpy.sin(numpy.arange(2 * height) * (9 / height))).astype(numpy.uint8)
        angle = numpy.arange(256) * (2 * math.pi / 256)
        channels = [127.5 + 127.5 * numpy.sin(angle + phase) for phase in (0, 2, 4)] + [numpy.full(256, 255)]
        self.colours = numpy.stack(channels, axis=1).astype(numpy.uint8).view(numpy.uint32)[:, 0]
        self.sum = numpy.empty((height, width), numpy.uint8)
        self.picture = numpy.empty((height, width), numpy.uint32)
        self.centre = None  # where the pointer holds the rings, in pixels

    def handle(self, events) -> None:
        for event in events:
            if isinstance(event, cubestream.Pointer):
                self.centre = (int(event.x), int(event.y)) if event.buttons else None

    def draw(self, time: float) -> numpy.ndarray:
        width, height = self.size
        x = int((0.5 + 0.45 * math.sin(time * 0.7)) * width)
        y = int((0.5 + 0.45 * math.cos(time * 0.9)) * height)
        if self.centre:
            x, y = width - self.centre[0], height - self.centre[1]
        numpy.add(self.rings[y : y + height, x : x + width], self.columns[width - x : 2 * width - x], out=self.sum)
        self.sum += self.rows[height - y : 2 * height - y, None]
        colours = numpy.roll(self.colours, int(time * 40))
        numpy.take(colours, self.sum, out=self.picture, mode="clip")
        return self.picture.view(numpy.uint8).reshape(height, width, 4)


def main() -> None:
    plasma = None
    with cubestream.connect(wants=("pointer",)) as screen:
        for request in screen:
            if plasma is None or plasma.size != (request.width, request.height):
                plasma = Plasma(request.width, request.height)
            plasma.handle(request.input)
            screen.show(plasma.draw(request.time))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
