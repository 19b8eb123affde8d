# SPDX-License-Identifier: MIT
"""Tests of input: python3 -m unittest discover clients/python/tests"""

import math
import os
import struct
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_cubestream import ClientTest, cubestream

INPUT, WANTS, MESSAGE = range(10, 13)


def event(kind, fields):
    return struct.pack("<BB", kind, len(fields)) + fields


def pointer(action, x, y, buttons=1, button=0, device=0, ident=0, modifiers=0):
    return event(1, struct.pack("<4B4HB", action, device, ident, button, buttons, x, y, 0, modifiers))


class InputTest(ClientTest):
    def screen(self, **options):
        self.served = self.daemon()
        screen, _ = self.connect(self.served, **options)
        return screen

    def request(self, number, *events):
        self.served.request(number, events=events)

    def input(self, *events):
        data = b"".join(events)
        self.served.send(INPUT, struct.pack("<II", len(events), len(data)) + data)

    def wish(self):
        packet = self.served.receive(WANTS)
        kinds, lock = struct.unpack_from("<IB", packet, 8)
        return kinds, bool(lock), packet[16:].decode()


class Requests(InputTest):
    def test_each_kind(self):
        screen = self.screen()
        self.request(
            1,
            event(1, struct.pack("<4B4HB", 1, 1, 3, 2, 4, 65535, 0, 65535, 5)),
            event(2, struct.pack("<2fHB", 0.5, -1, 1, 2)),
            event(3, struct.pack("<2f2HB", 0, 120, 0, 65535, 1)),
            event(4, struct.pack("<f2H", 1.5, 0, 0)),
            event(5, b"\x01\x01\x04ArrowLeft"),
            event(6, "größe".encode()),
            event(7, struct.pack("<4B2hB", 1, 1, 2, 1, -32767, 0, 255)),
            event(8, struct.pack("<2HfB", 800, 600, 1.5, 1)),
        )
        self.assertEqual(
            next(screen).input,
            (
                cubestream.Pointer("down", "pen", 3, 2, 4, 64.0, 0.0, 1.0, 5),
                cubestream.Motion(32.0, -64.0, 1, 2),
                cubestream.Wheel(0.0, 120.0, 0.0, 64.0, 1),
                cubestream.Pinch(1.5, 0.0, 0.0),
                cubestream.Key(True, True, 4, "ArrowLeft"),
                cubestream.Text("größe"),
                cubestream.Gamepad(1, True, (-1.0, 0.0), (1.0,)),
                cubestream.Viewport(800, 600, 1.5, True),
            ),
        )

    def test_later_kinds_and_fields_are_skipped(self):
        screen = self.screen()
        self.request(1, event(99, b"new"), event(4, struct.pack("<f2H", 2, 0, 0) + b"more"))
        self.assertEqual(next(screen).input, (cubestream.Pinch(2.0, 0.0, 0.0),))

    def test_input_before_a_request_comes_with_it(self):
        screen = self.screen()
        self.input(event(5, b"\x02\x00\x00KeyA"))
        self.request(1, event(5, b"\x01\x00\x00KeyB"))
        self.assertEqual([key.code for key in next(screen).input], ["KeyA", "KeyB"])

    def test_input_of_a_void_request_is_not_lost(self):
        screen = self.screen()
        self.request(1, event(5, b"\x01\x00\x00KeyA"))
        self.served.configure(64, 64, 1)
        self.request(2, event(5, b"\x02\x00\x00KeyA"))
        self.assertEqual([key.down for key in next(screen).input], [True, False])

    def test_malformed_input_is_an_error(self):
        for number, (events, sentence) in enumerate(
            (
                ((b"\x05",), "shorter than its events"),
                ((b"\x05\x09abc",), "shorter than its events"),
                ((pointer(5, 0, 0),), "malformed input event of kind 1"),
                ((event(6, b"\xff"),), "malformed input event of kind 6"),
                ((event(7, b"\x00\x01\x08\x00"),), "malformed input event of kind 7"),
            )
        ):
            with self.subTest(sentence=sentence, number=number):
                screen = self.screen()
                self.request(1, *events)
                with self.assertRaisesRegex(cubestream.Error, sentence):
                    next(screen)
                self.served.close()

    def test_length_beyond_the_message_is_an_error(self):
        screen = self.screen(push=True)
        self.served.send(INPUT, struct.pack("<II", 1, 100))
        with self.assertRaisesRegex(cubestream.Error, "0 bytes of input that say they are 100"):
            screen.events(timeout=30)

    def test_push(self):
        screen = self.screen(push=True)
        self.assertEqual(screen.events(), [])
        self.input(pointer(0, 0, 65535))
        self.assertEqual(screen.events(timeout=30)[0].y, 64.0)
        self.assertEqual(screen.events(), [])

    def test_waiting_events_are_bounded(self):
        screen = self.screen(push=True)
        for _ in range(20):
            self.input(*[event(5, b"\x01\x00\x00KeyA")] * 100)
            screen._pump(1)
        self.assertEqual(len(screen.events()), 1024)


class Wants(InputTest):
    def test_wants_nothing_by_default(self):
        screen = self.screen()
        screen.status("first message")
        self.assertTrue(self.served.receive(7))

    def test_wishes(self):
        screen = self.screen(wants=("pointer", "keys"))
        self.assertEqual(self.wish(), (9, False, ""))
        screen.cursor("grab")
        self.assertEqual(self.wish(), (9, False, "grab"))
        screen.cursor("grab")  # not sent again
        screen.lock(True)
        self.assertEqual(self.wish(), (9, True, "grab"))
        screen.wants("wheel")
        self.assertEqual(self.wish(), (4, True, "grab"))

    def test_wishes_survive_a_restart(self):
        screen = self.screen(wants=["motion"])
        self.wish()
        screen.cursor("move")
        self.wish()
        self.served.disconnect()
        with self.behind(self.served.welcome):
            screen._wait_for(lambda: screen._epoch == 1 and screen._is_ready(), 30)
        self.assertEqual(self.wish(), (2, False, "move"))

    def test_wrong_names(self):
        with self.assertRaisesRegex(ValueError, "needed is one of pointer, motion"):
            cubestream.connect(self.path, wants=["mouse"])
        screen = self.screen()
        for name in ("url(x)", "x" * 33, "Grab"):
            with self.assertRaisesRegex(ValueError, "CSS cursor"):
                screen.cursor(name)


class Messages(InputTest):
    def test_both_ways(self):
        screen = self.screen()
        self.assertTrue(screen.send({"view": "top", "größe": [1, None]}))
        self.assertEqual(self.served.receive(MESSAGE)[8:], '{"view":"top","gr\\u00f6\\u00dfe":[1,null]}'.encode())
        self.served.send(MESSAGE, b'[1,"two"]')
        screen._pump(30)
        self.assertEqual(screen.messages(), [[1, "two"]])
        self.assertEqual(screen.messages(), [])

    def test_what_cannot_be_sent(self):
        screen = self.screen()
        with self.assertRaises(ValueError):
            screen.send("x" * 16384)
        with self.assertRaises(ValueError):
            screen.send(math.nan)
        with self.assertRaises(TypeError):
            screen.send(object())
        self.assertTrue(screen.send("x" * 16382))

    def test_text_that_is_not_json_is_an_error(self):
        screen = self.screen()
        self.served.send(MESSAGE, b"{broken")
        with self.assertRaisesRegex(cubestream.Error, "not JSON"):
            screen._pump(30)


class Orbit(unittest.TestCase):
    def pointers(self, *steps, **fields):
        fields = {"device": "mouse", "id": 0, "button": 0, "pressure": 0.0, "modifiers": 0, **fields}
        return [
            cubestream.Pointer(action=action, x=float(x), y=float(y), buttons=action not in ("up", "cancel"), **fields)
            for action, x, y in steps
        ]

    def test_looks_at_its_target(self):
        for up in "yz":
            camera = cubestream.OrbitCamera(distance=3, azimuth=30, elevation=40, target=(1, 2, 3), up=up)
            self.assertAlmostEqual(math.dist(camera.eye, camera.target), 3)
            matrix = camera.view_matrix()
            seen = [sum(a * b for a, b in zip(row, (*camera.target, 1))) for row in matrix]
            for value, wanted in zip(seen, (0, 0, -3, 1)):
                self.assertAlmostEqual(value, wanted)
            for first in range(3):
                for second in range(3):
                    product = sum(a * b for a, b in zip(matrix[first][:3], matrix[second][:3]))
                    self.assertAlmostEqual(product, first == second)
            self.assertGreater(camera.up["xyz".index(up)], 0)

    def test_drag_turns_and_stops_at_the_poles(self):
        camera = cubestream.OrbitCamera()
        eye = camera.eye
        self.assertFalse(camera.apply(self.pointers(("move", 0, 0))))
        self.assertTrue(camera.apply(self.pointers(("down", 0, 0), ("move", 72, 0))))
        self.assertNotEqual(camera.eye, eye)
        self.assertEqual(camera.azimuth, 340)
        camera.apply(self.pointers(("move", 72, 5000)))
        self.assertEqual(camera.elevation, 89)
        self.assertFalse(camera.apply(self.pointers(("up", 72, 5000), ("move", 0, 0))))

    def test_the_grabbed_point_follows_a_pan(self):
        camera = cubestream.OrbitCamera(distance=10, field_of_view=90, elevation=0)
        camera.apply(self.pointers(("down", 0, 0), ("move", 0, 72), ("up", 0, 72), button=2))
        self.assertAlmostEqual(camera.target[1], 2)  # 72 of 720 pixels are a tenth of 20 units
        self.assertEqual(camera.azimuth, 0)

    def test_wheel_pinch_and_fingers_zoom(self):
        camera = cubestream.OrbitCamera(distance=4)
        camera.apply([cubestream.Pinch(2.0, 0, 0)])
        self.assertAlmostEqual(camera.distance, 2)
        camera.apply([cubestream.Wheel(0, 100.0, 0, 0, 0)])
        self.assertGreater(camera.distance, 2)
        camera = cubestream.OrbitCamera(distance=4)
        camera.apply(self.pointers(("down", 0, 0), device="touch", id=1))
        camera.apply(self.pointers(("down", 100, 0), ("move", 200, 0), device="touch", id=2))
        self.assertAlmostEqual(camera.distance, 2)
        self.assertEqual(camera.azimuth, 0)

    def test_double_click_resets(self):
        camera = cubestream.OrbitCamera()
        now = [100.0]
        with mock.patch.object(cubestream.time, "monotonic", lambda: now[0]):
            camera.apply(self.pointers(("down", 0, 0), ("move", 50, 9), ("up", 50, 9)))
            now[0] += 5
            camera.apply(self.pointers(("down", 50, 9), ("up", 50, 9)))
            self.assertNotEqual(camera.azimuth, 0)
            now[0] += 0.2
            self.assertTrue(camera.apply(self.pointers(("down", 50, 9), ("up", 50, 9))))
        self.assertEqual((camera.azimuth, camera.elevation), (0, 20))


if __name__ == "__main__":
    unittest.main()
