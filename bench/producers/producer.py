# SPDX-License-Identifier: MIT
"""usage: producer.py plasma|flag|rgba|i420

A producer for bench/external.mjs. plasma: numpy_plasma.py, which also prints when it handed its first frame over, in
milliseconds of the wall clock; the stamp in that frame is the same time. The others show one picture, and then for each
request: flag: that it is unchanged; rgba, i420: the same picture again, in that format.
"""

import sys
import time

import cubestream


def show_plasma() -> None:
    from numpy_plasma import Plasma

    with cubestream.connect() as screen:
        plasma = None
        for request in screen:
            if plasma is None:
                plasma = Plasma(request.width, request.height)
                picture = plasma.draw(request.time)
                shown = time.time()
                screen.show(picture, captured_at=time.monotonic())
                print(f"first frame: {1000 * shown:.3f}", flush=True)
            else:
                screen.show(plasma.draw(request.time))


def show_still(mode: str) -> None:
    is_i420 = mode == "i420"
    with cubestream.connect(format="i420" if is_i420 else "rgba") as screen:
        picture = None
        for request in screen:
            if picture is None:
                ramp = bytes(16 + 219 * x // request.width for x in range(request.width))
                if is_i420:
                    picture = ramp * request.height + bytes([128]) * (request.width * request.height // 2)
                else:
                    picture = bytes(value for grey in ramp for value in (grey, grey, grey, 255)) * request.height
                screen.show(picture)
            elif mode == "flag":
                screen.show()
            else:
                screen.show(picture)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("plasma", "flag", "rgba", "i420"):
        sys.exit("usage: producer.py plasma|flag|rgba|i420")
    if sys.argv[1] == "plasma":
        show_plasma()
    else:
        show_still(sys.argv[1])
