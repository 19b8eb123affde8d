# SPDX-License-Identifier: MIT
"""A scene that shows where the pointer is, and a producer of it for bench/input.mjs.

The scene is the plasma of numpy_plasma.py. Its second row of blocks, each 1/80 of the width, encodes the latest x of
the pointer: 16 bits and 8 check bits, least significant first, white for 1. The first row of blocks is free for the
stamp of CS_FRAME_STAMP. Without a move for a second the blocks are noise with wrong check bits, so that the encoder has
the same work with and without moves.
"""

from __future__ import annotations

import random
import time
from typing import Optional

import cubestream
import numpy
from numpy_plasma import Plasma

BLOCKS_ACROSS = 80
BITS = 24
STILL_AFTER = 1.0  # seconds


class PointerScene:
    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._plasma = Plasma(width, height)
        self._side = width // BLOCKS_ACROSS
        self._x: Optional[int] = None
        self._moved_at = 0.0
        self._random = random.Random(1)

    def move(self, x: int) -> None:
        """The pointer is at `x`, 0 to 65535 over the width."""
        self._x, self._moved_at = x, time.monotonic()

    def draw(self, at: float) -> numpy.ndarray:
        """The picture at a time in seconds: uint8 of the shape (height, width, 4). It is valid until the next call."""
        picture = self._plasma.draw(at)
        if self._x is not None and time.monotonic() - self._moved_at < STILL_AFTER:
            x, wrong = self._x, 0
        else:
            x, wrong = self._random.getrandbits(16), 0xFF
        code = x | (check_of(x) ^ wrong) << 16
        bits = (code >> numpy.arange(BITS) & 1).astype(numpy.uint8) * 255
        row = numpy.repeat(bits, self._side)
        picture[self._side : 2 * self._side, : row.size, :3] = row[None, :, None]
        return picture


def check_of(x: int) -> int:
    return (x ^ x >> 8 ^ 0x5A) & 0xFF


def main() -> None:
    scene = None
    with cubestream.connect(wants=["pointer"]) as screen:
        for request in screen:
            if scene is None or scene.size != (request.width, request.height):
                scene = PointerScene(request.width, request.height)
            for event in request.input:
                if isinstance(event, cubestream.Pointer):
                    scene.move(round(event.x * 65535 / request.width))
            screen.show(scene.draw(request.time))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
