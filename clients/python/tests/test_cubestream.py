# SPDX-License-Identifier: MIT
"""Tests of the client against a daemon of their own: python3 -m unittest discover clients/python/tests

Needs numpy (Debian: python3-numpy), although the client does not.
"""

import array
import contextlib
import fcntl
import io
import mmap
import os
import re
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import cubestream

try:
    import numpy
except ImportError:
    sys.exit("numpy is missing, which the tests need; on Debian: apt-get install python3-numpy")

HELLO, CONFIG, BUFFERS, REQUEST, FRAME, RELEASE, STATUS, ERROR, DEMAND = range(1, 10)
RGBA, BGRA, RGB, I420, NV12 = range(1, 6)
LIMIT = 30.0  # seconds until a test fails that waits for an event that does not come
RULE_BROKEN, BUSY, STOPPING = range(3)  # codes of ERROR
OTHER = "another program is connected already: vtk_cone.py"


class Frame:
    def __init__(self, daemon, packet):
        (self.number, self.captured_at, self.generation, self.slot, self.flags, length, _) = struct.unpack_from(
            "<QQIIIIQ", packet, 8
        )
        self.metadata = packet[48 : 48 + length]
        self.unchanged = bool(self.flags & 1)
        self.planes = [] if self.unchanged else daemon.read(self.slot)


class Daemon:
    """The daemon's side of the protocol, one message at a time. `padding` bytes follow each row."""

    def __init__(self, path, size=(64, 64), padding=0):
        self.path, self.size, self.padding = path, size, padding
        self.generation, self.memory, self.connection, self.sequence = 0, [], None, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.settimeout(LIMIT)
        self.listener.bind(path)
        self.listener.listen(4)

    def accept(self):
        """Accepts a producer and returns its HELLO: version, oldest, formats, format, mode, width, …, name."""
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(LIMIT)
        self.sequence = self.expected = 0
        packet = self.receive(HELLO)
        if len(packet) != 112:
            raise AssertionError(f"HELLO has {len(packet)} bytes")
        return struct.unpack_from("<HHIIIIIIIQ64s", packet, 8)

    def welcome(self, watched=1):
        hello = self.accept()
        self.send(HELLO, struct.pack("<HHIIIIIIIQ64s", 1, 1, 0b111110, 0, 3, 7680, 4320, 30, 0, 0, b"cubestream"))
        self.configure(hello[5] or self.size[0], hello[6] or self.size[1], hello[3], hello[4], hello[8])
        self.demand(watched)
        return hello

    def configure(self, width, height, format, mode=1, flags=0):
        self.generation += 1
        for memory in self.memory:
            memory.madvise(mmap.MADV_REMOVE)  # frees the pages, which then read as zeros
        rows = {
            RGBA: [(width * 4, height)],
            BGRA: [(width * 4, height)],
            RGB: [(width * 3, height)],
            I420: [(width, height), (width // 2, height // 2), (width // 2, height // 2)],
            NV12: [(width, height), (width, height // 2)],
        }[format]
        self.rows, self.planes, offset = rows, [], 0
        for row, count in rows:
            self.planes.append((offset, row + self.padding, count))
            offset += (row + self.padding) * count
        numbers = [number for plane in (self.planes + 2 * [(0, 0, 0)])[:3] for number in plane]
        head = (self.generation, width, height, 30, format, mode, flags, 3, offset, len(rows), 0)
        self.send(CONFIG, struct.pack("<8IQII" + "QII" * 3, *head, *numbers))
        self.unmap()
        descriptors = []
        for _ in range(3):
            descriptor = os.memfd_create("slot", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(descriptor, offset)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
            self.memory.append(mmap.mmap(descriptor, offset))
            descriptors.append(descriptor)
        self.send(BUFFERS, struct.pack("<II", self.generation, 3), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def read(self, slot):
        memory = self.memory[slot]
        return [
            b"".join(memory[offset + y * stride : offset + y * stride + row] for y in range(count))
            for (offset, stride, _), (row, count) in zip(self.planes, self.rows)
        ]

    def send(self, kind, body, descriptors=()):
        packet = struct.pack("<HHI", kind, 8 + len(body), self.sequence) + body
        self.sequence += 1
        if descriptors:
            socket.send_fds(self.connection, [packet], descriptors)
        else:
            self.connection.send(packet)

    def demand(self, watched):
        self.send(DEMAND, struct.pack("<II", watched, 30))

    def request(self, number, flags=0, size=None, generation=None, time=1.5, events=()):
        width, height = size or self.size
        data = b"".join(events)
        body = (number, 7 * 10**9, time, generation or self.generation, width, height, flags, len(data), len(events))
        self.send(REQUEST, struct.pack("<QQdIIIIII", *body) + data)

    def release(self, slot, generation=None):
        self.send(RELEASE, struct.pack("<II", generation or self.generation, slot))

    def error(self, sentence, code=RULE_BROKEN):
        text = sentence.encode()
        self.send(ERROR, struct.pack("<II", code, len(text)) + text + b"of a later version")

    def receive(self, kind):
        packet = self.connection.recv(65536)
        if not packet:
            raise AssertionError(f"the client closed the connection; expected a message of type {kind}")
        found, size, sequence = struct.unpack_from("<HHI", packet)
        if (found, size, sequence) != (kind, len(packet), self.expected):
            raise AssertionError(f"type {found}, size {size}, number {sequence}; expected {kind}, {self.expected}")
        self.expected += 1
        return packet

    def frame(self, release=True):
        frame = Frame(self, self.receive(FRAME))
        if release and not frame.unchanged:
            self.release(frame.slot)
        return frame

    def config(self):
        """The producer's CONFIG: width, height, format, mode, flags."""
        packet = self.receive(CONFIG)
        if len(packet) != 104:
            raise AssertionError(f"CONFIG has {len(packet)} bytes")
        numbers = struct.unpack_from("<7I", packet, 8)
        return (*numbers[1:3], *numbers[4:7])

    def wait_for_end(self):
        with contextlib.suppress(ConnectionResetError):  # the client left a message unread
            if self.connection.recv(65536) != b"":
                raise AssertionError("the client sent a message; expected the end of the connection")

    def unmap(self):
        for memory in self.memory:
            memory.close()
        self.memory = []

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def close(self):
        self.disconnect()
        self.listener.close()
        self.unmap()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


def picture(width=64, height=64, channels=4, seed=1):
    """An array without numpy: a memoryview of the shape (height, width, channels)."""
    data = bytes((seed * 31 + i * 7) % 256 for i in range(width * height * channels))
    return memoryview(data).cast("B", (height, width, channels))


class ClientTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "frames.sock")
        self.errors = self.enter(contextlib.redirect_stderr(io.StringIO()))
        self.enter(mock.patch.multiple(cubestream, _RETRY_FIRST=0.005, _RETRY_LAST=0.02))

    def enter(self, context):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return stack.enter_context(context)

    def daemon(self, **options):
        daemon = Daemon(self.path, **options)
        self.addCleanup(daemon.close)
        return daemon

    @contextlib.contextmanager
    def behind(self, function, *arguments):
        """Runs the daemon's part in a thread. Its exceptions fail the test."""
        failures = []

        def run():
            try:
                function(*arguments)
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join(LIMIT)
            if failures:
                raise failures[0]
        self.assertFalse(thread.is_alive(), "the daemon's part did not end")

    def connect(self, daemon, watched=1, **options):
        """Connects; returns the screen and the HELLO."""
        hello = []
        with self.behind(lambda: hello.append(daemon.welcome(watched))):
            screen = cubestream.connect(self.path, timeout=LIMIT, **options)
        self.addCleanup(screen.close)
        return screen, hello[0]

    def settle(self, screen):
        """The client handles all messages that the daemon sent."""
        while select.select([screen._socket], [], [], 0)[0]:
            screen._pump(0)


class Connecting(ClientTest):
    def test_hello_says_what_the_program_asked_for(self):
        screen, hello = self.connect(
            self.daemon(), name="plasma.py", size=(128, 96), fps=25, bottom_up=True, format="bgra"
        )
        self.assertEqual(hello[:-1], (1, 1, 0, BGRA, 1, 128, 96, 25, 1, 0))
        self.assertEqual(hello[-1], b"plasma.py".ljust(64, b"\0"))
        self.assertEqual((screen.size, screen.fps, screen.watched), ((128, 96), 30, True))

    def test_by_default_the_stream_is_as_configured(self):
        screen, hello = self.connect(self.daemon(size=(640, 360)), push=True)
        self.assertEqual(hello[3:9], (RGBA, 2, 0, 0, 0, 0))
        self.assertEqual(screen.size, (640, 360))

    def test_long_name_is_cut_at_a_character(self):
        _, hello = self.connect(self.daemon(), name="ü" * 60)
        self.assertEqual(hello[-1].rstrip(b"\0").decode(), "ü" * 31)

    def test_waits_for_the_daemon_and_prints_it_once(self):
        screens = []

        def start():
            while not self.errors.getvalue():
                time.sleep(0.001)
            daemon = self.daemon()
            daemon.welcome()

        with self.behind(start):
            screens.append(cubestream.connect(self.path, timeout=LIMIT))
        screens[0].close()
        self.assertEqual(self.errors.getvalue(), f"waiting for cubestream at {self.path}\n")

    def test_timeout(self):
        with self.assertRaisesRegex(TimeoutError, "frames.sock"):
            cubestream.connect(self.path, timeout=0.02)

    def test_timeout_while_the_daemon_does_not_answer(self):
        self.daemon()
        with self.assertRaises(TimeoutError):
            cubestream.connect(self.path, timeout=0.02)

    def test_default_path(self):
        with mock.patch.dict(os.environ, {"CS_SCENE_SOCKET": "/a/b"}):
            self.assertEqual(cubestream._socket_paths(None), ["/a/b"])
            self.assertEqual(cubestream._socket_paths("/c"), ["/c"])
        with mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": "/run/user/7"}):
            os.environ.pop("CS_SCENE_SOCKET", None)
            system, user = "/run/cubestream/frames.sock", "/run/user/7/cubestream/frames.sock"
            self.assertEqual(cubestream._socket_paths(None), [system, user])
            os.environ.pop("XDG_RUNTIME_DIR")
            self.assertEqual(cubestream._socket_paths(None), [system])

    def default_paths(self, system):
        """The client looks at `system` first, then in $XDG_RUNTIME_DIR. Returns the path there."""
        folder = os.path.dirname(self.path)
        self.enter(mock.patch.object(cubestream, "_SYSTEM_PATH", system))
        self.enter(mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": folder}))
        os.environ.pop("CS_SCENE_SOCKET", None)
        os.mkdir(os.path.join(folder, "cubestream"))
        return os.path.join(folder, "cubestream", "frames.sock")

    def test_next_path_is_tried_if_no_daemon_listens_at_the_first(self):
        dead = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        dead.bind(self.path)
        dead.close()  # as after a daemon that was killed: the file stays
        daemon = Daemon(self.default_paths(self.path))
        self.addCleanup(daemon.close)
        for system in (self.path, "/nonexistent/frames.sock"):
            with mock.patch.object(cubestream, "_SYSTEM_PATH", system), self.behind(daemon.welcome):
                cubestream.connect(timeout=LIMIT).close()
            daemon.disconnect()
        self.assertEqual(self.errors.getvalue(), "")

    def test_socket_that_this_user_may_not_open_is_an_error(self):
        closed = os.path.join(os.path.dirname(self.path), "closed")
        os.mkdir(closed, 0)
        self.default_paths(os.path.join(closed, "frames.sock"))
        is_root = os.geteuid() == 0  # who may enter all folders
        if is_root:
            os.chmod(os.path.dirname(self.path), 0o755)
            os.seteuid(65534)
        try:
            with self.assertRaisesRegex(cubestream.Error, "closed/frames.sock: Permission denied.*cubestream-frames"):
                cubestream.connect(timeout=LIMIT)
        finally:
            if is_root:
                os.seteuid(0)
        self.assertEqual(self.errors.getvalue(), "")

    def test_wrong_arguments(self):
        with self.assertRaisesRegex(ValueError, "'rgb565'; needed is one of rgba, bgra"):
            cubestream.connect(self.path, format="rgb565")
        with self.assertRaisesRegex(cubestream.Error, "641x480; needed are even sizes of at least 64"):
            cubestream.connect(self.path, size=(641, 480))
        with self.assertRaisesRegex(cubestream.Error, "too long"):
            cubestream.connect("/" + 200 * "x")

    def test_second_producer_waits_and_prints_the_sentence_once(self):
        daemon = self.daemon()

        def refuse_three_times():
            for _ in range(3):
                daemon.accept()
                daemon.error(OTHER, BUSY)
                daemon.disconnect()
            daemon.welcome()

        with self.behind(refuse_three_times):
            screen = cubestream.connect(self.path, timeout=LIMIT)
        screen.close()
        self.assertEqual(self.errors.getvalue(), f"waiting for cubestream at {self.path}: {OTHER}\n")

    def test_daemon_that_stops_may_come_back(self):
        daemon = self.daemon()

        def stop_once():
            daemon.welcome()
            daemon.error("the daemon stops", STOPPING)
            daemon.disconnect()
            daemon.welcome()
            daemon.request(1)

        with self.behind(stop_once):
            screen = cubestream.connect(self.path, timeout=LIMIT)
            self.addCleanup(screen.close)
            self.assertEqual(next(screen).number, 1)
        self.assertEqual(self.errors.getvalue(), f"waiting for cubestream at {self.path}: the daemon stops\n")

    def test_code_of_a_later_version_is_an_error(self):
        daemon = self.daemon()
        for code in (3, 0xFFFFFFFF):
            with self.behind(lambda: (daemon.accept(), daemon.error("no", code), daemon.disconnect())):
                with self.assertRaisesRegex(cubestream.Error, "^no$"):
                    cubestream.connect(self.path, timeout=LIMIT)

    def test_sentence_is_read_though_the_daemon_did_not_read_hello(self):
        daemon = self.daemon()

        def refuse():
            daemon.connection, _ = daemon.listener.accept()
            daemon.connection.settimeout(LIMIT)
            select.select([daemon.connection], [], [], LIMIT)
            daemon.error("version 1 of the protocol is not supported")
            daemon.disconnect()

        with self.behind(refuse), self.assertRaisesRegex(cubestream.Error, "version 1 of the protocol"):
            cubestream.connect(self.path, timeout=LIMIT)

    def test_many_connections_leave_no_descriptors(self):
        daemon = self.daemon()
        before = len(os.listdir("/proc/self/fd"))

        def serve():
            for i in range(30):
                daemon.welcome()
                if i % 3:
                    daemon.request(1)
                    daemon.frame(release=False)
                daemon.wait_for_end()
                daemon.disconnect()

        with self.behind(serve):
            for i in range(30):
                with cubestream.connect(self.path, timeout=LIMIT) as screen:
                    if i % 3:
                        next(screen)
                        screen.show(picture())
        daemon.unmap()
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


class Pull(ClientTest):
    def test_request_and_frame(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        for number in range(1, 8):
            daemon.request(number, flags=number % 2 + (2 if number == 1 else 0))
            request = next(screen)
            self.assertEqual(request, (number, 1.5, 7.0, 64, 64, bool(number % 2), (), number == 1))
            began = time.monotonic_ns()
            self.assertTrue(screen.show(picture(seed=number), metadata=b"{}", keyframe=number == 3))
            frame = daemon.frame()
            self.assertEqual((frame.number, frame.generation, frame.metadata), (number, 1, b"{}"))
            self.assertEqual(frame.flags, 2 if number == 3 else 0)
            self.assertEqual(frame.planes, [bytes(picture(seed=number))])
            self.assertLessEqual(frame.captured_at, began)

    def test_captured_at(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture(), captured_at=12.5)
        self.assertEqual(daemon.frame().captured_at, 12_500_000_000)

    def test_unchanged(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        self.assertTrue(screen.show(metadata=b"m"))
        frame = daemon.frame()
        self.assertEqual((frame.flags, frame.number, frame.metadata), (1, 1, b"m"))

    def test_request_without_show_is_answered_as_unchanged(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        daemon.request(2)
        self.assertEqual(next(screen).number, 2)
        self.assertEqual((daemon.frame().flags, screen._free), (1, {0, 1, 2}))

    def test_show_waits_for_a_free_slot(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        slots = []
        for number in (1, 2, 3):
            daemon.request(number)
            next(screen)
            screen.show(picture())
            slots.append(daemon.frame(release=False).slot)
        self.assertEqual(sorted(slots), [0, 1, 2])
        daemon.request(4)
        next(screen)
        with self.behind(daemon.release, slots[1]):
            self.assertTrue(screen.show(picture()))
        self.assertEqual(daemon.frame().slot, slots[1])

    def test_release_of_an_old_generation_is_ignored(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture())
        slot = daemon.frame(release=False).slot
        daemon.release(slot, generation=99)
        self.settle(screen)
        self.assertNotIn(slot, screen._free)

    def test_show_twice_is_an_error(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture())
        with self.assertRaisesRegex(cubestream.Error, "each request once"):
            screen.show(picture())

    def test_size_of_the_picture_changes_the_stream(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, bottom_up=True)

        def change():
            self.assertEqual(daemon.config(), (96, 80, RGBA, 1, 1))
            daemon.configure(96, 80, RGBA)

        daemon.request(1)
        next(screen)
        with self.behind(change):
            self.assertTrue(screen.show(picture(96, 80)))
        frame = daemon.frame()
        self.assertEqual((frame.number, frame.generation, frame.planes), (1, 2, [bytes(picture(96, 80))]))
        self.assertEqual(screen.size, (96, 80))

    def test_channels_of_the_picture_change_the_stream(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        wanted, channels = [], [3, 4, 3]

        def change():
            for count in channels:
                wanted.append(daemon.config())
                daemon.configure(64, 64, wanted[-1][2])
                self.assertEqual(daemon.frame().planes, [bytes(picture(channels=count))])
                daemon.request(2)

        daemon.request(1)
        with self.behind(change):
            for count in channels:
                next(screen)
                self.assertTrue(screen.show(picture(channels=count)))
        self.assertEqual(wanted, [(0, 0, RGB, 1, 0), (0, 0, RGBA, 1, 0), (0, 0, RGB, 1, 0)])

    def test_daemon_that_does_not_change_is_an_error(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        with mock.patch.object(cubestream, "_ANSWER_TIME", 0.0):
            with self.behind(lambda: (daemon.config(), daemon.demand(1))):
                with self.assertRaisesRegex(cubestream.Error, "did not change to 96x80"):
                    screen.show(picture(96, 80))

    def test_size_that_the_daemon_changes_is_not_changed_back(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        request = next(screen)
        daemon.configure(128, 64, RGBA)
        self.assertTrue(screen.show(picture(request.width, request.height)))
        frame = daemon.frame()
        self.assertEqual((frame.unchanged, frame.number, frame.generation), (True, 1, 2))
        daemon.request(2, size=(128, 64))
        self.assertEqual(next(screen)[3:5], (128, 64))

    def test_request_of_an_old_generation_is_void(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        daemon.configure(128, 64, RGBA)
        daemon.request(2, generation=1)
        self.settle(screen)
        self.assertIsNone(screen._request)
        daemon.request(3, size=(128, 64))
        self.assertEqual(next(screen)[:5], (3, 1.5, 7.0, 128, 64))

    def test_rows_with_padding(self):
        daemon = self.daemon(padding=16)
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture())
        self.assertEqual(daemon.frame().planes, [bytes(picture())])

    def test_flat_bytes(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        for data in (bytes(picture()), bytearray(picture()), array.array("B", bytes(picture()))):
            daemon.request(1)
            next(screen)
            screen.show(data)
            self.assertEqual(daemon.frame().planes, [bytes(picture())])

    def test_flat_bytes_of_three_channels(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, format="rgb")
        daemon.request(1)
        next(screen)
        screen.show(bytes(picture(channels=3)))
        self.assertEqual(daemon.frame().planes, [bytes(picture(channels=3))])

    def test_planes(self):
        y, u, v = bytes(range(64)) * 64, bytes(range(32)) * 32, bytes(range(32, 64)) * 32
        for name, planes, padding in (("i420", [y, u, v], 0), ("i420", [y, u, v], 32), ("nv12", [y, u + v], 0)):
            flat = b"".join(planes)
            shaped = memoryview(planes[0]).cast("B", (64, 64))
            for given in (flat, memoryview(flat).cast("B", (96, 64)), tuple(planes), [shaped, *planes[1:]]):
                with self.subTest(name=name, padding=padding, given=type(given)):
                    daemon = self.daemon(padding=padding)
                    screen, hello = self.connect(daemon, format=name)
                    self.assertEqual(hello[3], I420 if name == "i420" else NV12)
                    daemon.request(1)
                    next(screen)
                    screen.show(given)
                    self.assertEqual(daemon.frame().planes, planes)
                    screen.close()
                    daemon.close()

    def test_status(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        for text, percent, expected in (("loading", 40, 40), ("", None, 0xFFFFFFFF), ("ü" * 200, 130.0, 100)):
            screen.status(text, percent)
            packet = daemon.receive(STATUS)
            self.assertEqual(struct.unpack_from("<II", packet, 8), (expected, len(packet) - 16))
            self.assertEqual(packet[16:].decode(), text[:128])

    def test_close_ends_the_loop(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        self.assertEqual([screen.close() for _ in screen], [None])
        self.assertEqual(list(screen), [])
        daemon.wait_for_end()
        with self.assertRaisesRegex(cubestream.Error, "closed"):
            screen.show(picture())

    def test_interrupt_closes_and_propagates(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, watched=0)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        with mock.patch.object(screen, "_receive", lambda: os.kill(os.getpid(), signal.SIGINT)):
            daemon.demand(1)
            with self.assertRaises(KeyboardInterrupt):
                next(screen)
        self.assertTrue(screen._closed)
        self.assertEqual((screen._socket, screen._slots), (None, []))


class Push(ClientTest):
    def test_show_never_waits(self):
        daemon = self.daemon()
        screen, hello = self.connect(daemon, push=True)
        self.assertEqual(hello[4], 2)
        self.assertEqual([screen.show(picture(seed=i)) for i in range(5)], [True, True, True, False, False])
        frames = [daemon.frame() for _ in range(3)]
        self.assertEqual([(f.number, f.captured_at, f.unchanged) for f in frames], [(0, 0, False)] * 3)
        self.assertTrue(screen.show(picture()))

    def test_size_changes_without_waiting(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, push=True)
        self.assertEqual([screen.show(picture(96, 80)) for _ in range(3)], [False, False, False])
        self.assertEqual(daemon.config(), (96, 80, RGBA, 2, 0))
        daemon.configure(96, 80, RGBA, mode=2)
        self.assertTrue(screen.show(picture(96, 80)))
        self.assertEqual(daemon.frame().generation, 2)

    def test_waits_until_watched(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, watched=0, push=True)
        self.assertFalse(screen.watched)
        self.assertFalse(screen.wait_until_watched(0.01))
        with self.behind(daemon.demand, 1):
            self.assertTrue(screen.wait_until_watched(LIMIT))
        daemon.demand(0)
        self.assertFalse(screen.watched)

    def test_requests_are_an_error(self):
        screen, _ = self.connect(self.daemon(), push=True)
        with self.assertRaisesRegex(cubestream.Error, "push mode"):
            next(screen)

    def test_survives_a_restart(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, push=True)
        daemon.close()
        self.assertFalse(screen.show(picture()))
        daemon = self.daemon()
        with self.behind(daemon.welcome):
            self.assertTrue(screen.wait_until_watched(LIMIT))
            while not screen.show(picture()):
                screen._pump(LIMIT)
        self.assertEqual(daemon.frame().planes, [bytes(picture())])

    def test_sends_no_more_than_the_daemon_permits(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon, push=True)
        with mock.patch.multiple(cubestream, _BURST=2.0, _RATE=0.0):
            self.assertEqual([screen.show() for _ in range(4)], [True, True, False, False])


class Restart(ClientTest):
    def restart(self, daemon, **options):
        daemon.close()
        return self.daemon(**options)

    def test_loop_survives_and_negotiates_again(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)

        def change():
            daemon.config()
            daemon.configure(96, 80, RGB)

        daemon.request(1)
        next(screen)
        with self.behind(change):
            screen.show(picture(96, 80, 3))
        daemon = self.restart(daemon)
        hello = []

        def again():
            hello.append(daemon.welcome())
            daemon.request(1)

        with self.behind(again):
            next(screen)
        self.assertEqual(hello[0][3:9], (RGB, 1, 96, 80, 0, 0))
        self.assertTrue(screen.show(picture(96, 80, 3)))
        self.assertEqual(daemon.frame().planes, [bytes(picture(96, 80, 3))])
        self.assertEqual(self.errors.getvalue(), f"waiting for cubestream at {self.path}\n")

    def test_picture_of_a_lost_request_is_dropped(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        daemon = self.restart(daemon)
        self.assertFalse(screen.show(picture()))
        with self.behind(lambda: (daemon.welcome(), daemon.request(1))):
            self.assertEqual(next(screen).number, 1)

    def test_unchanged_sends_the_last_picture_again(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture(seed=5))
        daemon.frame()
        daemon = self.restart(daemon)
        with self.behind(lambda: (daemon.welcome(), daemon.request(1))):
            next(screen)
        screen.show()
        self.assertEqual(daemon.frame().planes, [bytes(picture(seed=5))])
        daemon.request(2)
        next(screen)
        screen.show()
        self.assertTrue(daemon.frame().unchanged)

    def test_picture_whose_memory_the_daemon_freed_is_not_sent_again(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.request(1)
        next(screen)
        screen.show(picture())
        daemon.frame()
        for size in ((128, 64), (64, 64)):  # the daemon changes the size, and back
            daemon.configure(*size, RGBA)
        daemon.request(2)
        next(screen)
        self.assertTrue(screen.show())
        frame = daemon.frame()
        self.assertEqual((frame.number, frame.unchanged), (2, True))

    def test_error_ends_the_loop_with_the_sentence(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        daemon.error("the metadata is too long")
        daemon.disconnect()
        with self.assertRaisesRegex(cubestream.Error, "^the metadata is too long$"):
            next(screen)
        self.assertTrue(screen._closed)


class Garbage(ClientTest):
    def expect(self, sentence, send):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        send(daemon)
        with self.assertRaisesRegex(cubestream.Error, sentence):
            next(screen)
        self.assertEqual((screen._socket, screen._slots), (None, []))

    def test_shorter_than_a_header(self):
        self.expect("shorter than a header", lambda daemon: daemon.connection.send(b"\4\0\4"))

    def test_shorter_than_in_the_table(self):
        self.expect("type 4 with 55 bytes", lambda daemon: daemon.send(REQUEST, bytes(47)))

    def test_wrong_size(self):
        self.expect("says it has 99", lambda daemon: daemon.connection.send(struct.pack("<HHI8x", DEMAND, 99, 0)))

    def test_planes_outside_of_the_slot(self):
        body = struct.pack("<8IQII" + "QII" * 3, 2, 64, 64, 30, RGBA, 1, 0, 3, 16383, 1, 0, 0, 256, 64, *[0] * 6)
        self.expect("wrong CONFIG", lambda daemon: daemon.send(CONFIG, body))

    def test_text_longer_than_its_message(self):
        body = struct.pack("<II", BUSY, 3) + b"ab"
        self.expect("2 bytes of text that says it has 3", lambda daemon: daemon.send(ERROR, body))

    def test_control_characters_of_a_sentence(self):
        self.expect(r"^a \[31mb$", lambda daemon: daemon.error("a\x1b[31mb"))

    def test_no_descriptors(self):
        self.expect("0 descriptors", lambda daemon: daemon.send(BUFFERS, struct.pack("<II", 1, 3)))

    def test_memory_that_is_too_small(self):
        def send(daemon):
            descriptor = os.memfd_create("small")
            os.ftruncate(descriptor, 4096)
            daemon.send(BUFFERS, struct.pack("<II", 1, 3), 3 * [descriptor])
            os.close(descriptor)

        self.expect("cannot map", send)

    def test_slot_that_does_not_exist(self):
        self.expect("slot 3 of 3", lambda daemon: daemon.release(3))

    def test_message_before_hello(self):
        daemon = self.daemon()
        with self.behind(lambda: (daemon.accept(), daemon.demand(1))):
            with self.assertRaisesRegex(cubestream.Error, "before HELLO"):
                cubestream.connect(self.path, timeout=LIMIT)

    def test_other_version(self):
        daemon = self.daemon()
        body = struct.pack("<HHIIIIIIIQ64s", 2, 2, 62, 0, 3, 7680, 4320, 30, 0, 0, b"cubestream")
        with self.behind(lambda: (daemon.accept(), daemon.send(HELLO, body))):
            with self.assertRaisesRegex(cubestream.Error, "version 2"):
                cubestream.connect(self.path, timeout=LIMIT)

    def test_format_that_the_daemon_does_not_support(self):
        daemon = self.daemon()
        body = struct.pack("<HHIIIIIIIQ64s", 1, 1, 1 << RGBA, 0, 3, 7680, 4320, 30, 0, 0, b"cubestream")
        with self.behind(lambda: (daemon.accept(), daemon.send(HELLO, body))):
            with self.assertRaisesRegex(cubestream.Error, "does not support format 5"):
                cubestream.connect(self.path, format="nv12", timeout=LIMIT)

    def test_unknown_type_and_longer_messages_are_accepted(self):
        daemon = self.daemon()
        screen, _ = self.connect(daemon)
        before = len(os.listdir("/proc/self/fd"))
        daemon.send(77, b"x" * 100, [0])
        daemon.send(FRAME, bytes(40))
        daemon.send(DEMAND, struct.pack("<II", 1, 60) + b"later")
        daemon.request(1)
        self.assertEqual(next(screen).number, 1)
        self.assertEqual(screen.fps, 60)
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


class Pictures(ClientTest):
    def setUp(self):
        super().setUp()
        self.served = self.daemon()
        self.screen, _ = self.connect(self.served)
        self.served.request(1)
        next(self.screen)

    def refuse(self, kind, sentence, given):
        with self.assertRaisesRegex(kind, sentence):
            self.screen.show(given)

    def test_wrong_types_and_shapes(self):
        self.refuse(TypeError, "type str", "picture")
        self.refuse(TypeError, "type object.*numpy.asarray", object())
        self.refuse(TypeError, r"dtype f; .*\(p \* 255\)", array.array("f", bytes(64)))
        self.refuse(TypeError, "dtype H; needed is uint8", array.array("H", bytes(64)))
        self.refuse(ValueError, r"shape \(64, 64, 2\); needed is \(height, width, 3\) or", picture(channels=2))
        self.refuse(ValueError, r"shape \(64, 256\)", memoryview(bytes(64 * 256)).cast("B", (64, 256)))
        self.refuse(ValueError, "100 bytes and no shape, which is not 64x64", bytes(100))
        with self.assertRaisesRegex(ValueError, "metadata has 4097 bytes"):
            self.screen.show(metadata=bytes(4097))

    def test_size_that_is_not_possible(self):
        for width, height in ((65, 64), (64, 81), (62, 64), (7682, 64)):
            sentence = f"{width}x{height}; needed are even sizes of at least 64"
            self.refuse(cubestream.Error, sentence, picture(width, height))

    def test_refused_picture_does_not_end_the_connection(self):
        self.refuse(ValueError, "shape", picture(channels=2))
        self.assertTrue(self.screen.show(picture()))
        self.assertEqual(self.served.frame().number, 1)

    def test_without_numpy_a_picture_that_is_not_contiguous_is_copied(self):
        with mock.patch.dict(sys.modules, {"numpy": None}):
            self.screen.show(picture()[::-1])
        flat = bytes(picture())
        rows = [flat[start : start + 256] for start in range(0, len(flat), 256)]
        self.assertEqual(self.served.frame().planes, [b"".join(reversed(rows))])

    def test_module_does_not_need_numpy(self):
        with mock.patch.dict(sys.modules, {"numpy": None}):
            source = open(cubestream.__file__, encoding="utf-8").read()
            exec(compile(source, "cubestream.py", "exec"), {"__name__": "copy_of_cubestream"})


class NumpyPictures(Pictures):
    def test_array(self):
        given = numpy.arange(64 * 64 * 4, dtype=numpy.uint8).reshape(64, 64, 4)
        self.screen.show(given)
        self.assertEqual(self.served.frame().planes, [given.tobytes()])

    def test_arrays_that_are_not_contiguous_are_copied(self):
        big = numpy.random.default_rng(1).integers(0, 256, (128, 128, 4), dtype=numpy.uint8)
        corner = big[:64, :64]
        for given in (big[::2, ::2], corner, corner[::-1], corner[..., ::-1], corner.transpose(1, 0, 2)):
            self.screen.show(given)
            self.assertEqual(self.served.frame().planes, [given.tobytes()])
            self.served.request(2)
            next(self.screen)

    def test_wrong_dtype(self):
        shape = (64, 64, 4)
        sentence = r"dtype float32; multiply by 255 and convert: \(p \* 255\).astype\('uint8'\)$"
        self.refuse(TypeError, sentence, numpy.zeros(shape, "f4"))
        self.refuse(TypeError, "dtype float64; multiply", numpy.zeros(shape))
        self.refuse(TypeError, "dtype int64; needed is uint8", numpy.zeros(shape, int))
        self.refuse(TypeError, "dtype bool; needed is uint8", numpy.zeros(shape, bool))
        self.refuse(TypeError, "dtype int8; needed is uint8", numpy.zeros(shape, "i1"))


class Documents(ClientTest):
    """The examples of the documents run as they are printed; the test defines what a reader has to."""

    def blocks(self, file):
        """The blocks of Python in a document."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
        with open(os.path.join(root, file), encoding="utf-8") as text:
            return re.findall(r"^```python\n(.*?)^```$", text.read(), re.DOTALL | re.MULTILINE)

    def test_first_example(self):
        for file in ("clients/python/README.md", "docs/scenes.md"):
            block = self.blocks(file)[0]
            for channels in (3, 4):
                with self.subTest(file=file, channels=channels):
                    self.serve(block, channels)

    def serve(self, block, channels):
        daemon, times = self.daemon(), []

        def render(width, height, seconds):
            times.append(seconds)
            return numpy.full((height, width, channels), len(times), numpy.uint8)

        def play():
            daemon.welcome()
            for number in range(1, 6):
                daemon.request(number, time=number / 4)
                if channels == 3 and number == 1:
                    daemon.configure(64, 64, daemon.config()[2])
                frame = daemon.frame()
                self.assertEqual((frame.number, frame.unchanged), (number, False))
                self.assertEqual(frame.planes, [bytes([number]) * (64 * 64 * channels)])
            daemon.error("the test ends")
            daemon.wait_for_end()

        with mock.patch.dict(os.environ, {"CS_SCENE_SOCKET": self.path}), self.behind(play):
            with self.assertRaisesRegex(cubestream.Error, "^the test ends$"):
                exec(compile(block, "example", "exec"), {"render": render})
        self.assertEqual(times, [number / 4 for number in range(1, 6)])
        daemon.close()

    def test_snippets_compile(self):
        snippets = self.blocks("docs/scenes.md")[1:]
        self.assertEqual(len(snippets), 4)
        for snippet in snippets:
            compile(snippet, "snippet", "exec")


if __name__ == "__main__":
    unittest.main()
