# SPDX-License-Identifier: MIT
"""Runs examples against a daemon of their own: python3 clients/python/tests/examples.py CLASS…

Not part of `unittest discover`, because most examples need packages of their own; a missing one fails. The example in C
is the program in the environment variable CS_PLASMA.
"""

import contextlib
import importlib.util
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_cubestream import CONFIG, I420, LIMIT, RGB, RGBA, Daemon

WANTS = 11

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SIZE = (320, 180)


def needs(module, package):
    if importlib.util.find_spec(module) is None:
        raise AssertionError(f"{module} is missing, which the example needs; on Debian: apt-get install {package}")


class Example(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.daemon = Daemon(os.path.join(folder.name, "frames.sock"), size=SIZE)
        self.addCleanup(self.daemon.close)
        self.log = self.enter(tempfile.TemporaryFile())

    def enter(self, context):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return stack.enter_context(context)

    def run_python(self, name, **environment):
        self.start([sys.executable, os.path.join(CLIENT, "examples", name)], PYTHONPATH=CLIENT, **environment)

    def start(self, command, **environment):
        environment = {**os.environ, **environment, "CS_SCENE_SOCKET": self.daemon.path}
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        self.addCleanup(lambda: (self.process.kill(), self.process.wait()))
        self.ended = os.pidfd_open(self.process.pid)
        self.addCleanup(os.close, self.ended)

    def wait_for(self, connection):
        """Waits until it is readable. Fails if the example ends before that."""
        ready = select.select([connection, self.ended], [], [], LIMIT)[0]
        if connection not in ready:
            self.fail(f"the example {'has ended' if ready else 'sends nothing'}; its output: {self.output()}")

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def picture(self, number, time, events=()):
        """The planes of the answer to a request. The example may ask for another format before."""
        self.daemon.request(number, time=time, events=events)
        while True:
            self.wait_for(self.daemon.connection)
            kind = self.daemon.connection.recv(2, socket.MSG_PEEK)
            if not kind:
                self.process.wait(LIMIT)
                self.fail(f"the example has closed its connection; its output: {self.output()}")
            if struct.unpack("<H", kind) == (WANTS,):
                self.daemon.receive(WANTS)
                continue
            if struct.unpack("<H", kind) != (CONFIG,):
                return self.daemon.frame().planes
            width, height, format, mode, flags = self.daemon.config()
            self.assertIn((width, height), ((0, 0), SIZE))
            self.daemon.configure(*SIZE, format, mode, flags)
            self.format = format

    def check(self, format, bottom_up=0):
        """The example draws a picture with many values that moves, and ends with Ctrl-C."""
        self.wait_for(self.daemon.listener)
        hello = self.daemon.welcome()
        self.assertEqual(hello[8], bottom_up)
        self.format = hello[3]
        pictures = [self.picture(number, time) for number, time in enumerate((0.5, 1.0, 2.5), 1)]
        self.assertEqual(self.format, format)
        for planes in pictures:
            self.assertGreater(len(set(planes[0])), 8, "the picture is nearly of one colour")
        self.assertEqual(len({b"".join(planes) for planes in pictures}), len(pictures), "the picture does not move")
        drag = [
            struct.pack("<BB4B4HB", 1, 13, action, 0, 0, button, 1, x, 30000, 0, 0)
            for action, button, x in ((1, 0, 20000), (0, 255, 30000))
        ]
        self.assertNotIn(self.picture(4, 2.5, drag), pictures, "a drag does not change the picture")
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(LIMIT), 0)


class NumpyPlasma(Example):
    def test_moves(self):
        self.run_python("numpy_plasma.py")
        self.check(RGBA)


class VtkCone(Example):
    def test_moves(self):
        needs("vtk", "python3-vtk9")
        if not shutil.which("Xvfb"):
            self.fail("Xvfb is missing, an X server without a screen; on Debian: apt-get install xvfb")
        ours, theirs = os.pipe()
        command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
        server = subprocess.Popen(command, pass_fds=[theirs], stderr=self.log)
        self.addCleanup(lambda: (server.terminate(), server.wait()))
        os.close(theirs)
        with open(ours) as number:
            display = number.readline().strip()
        self.assertTrue(display, "Xvfb does not start")
        self.run_python("vtk_cone.py", DISPLAY=f":{display}")
        self.check(RGB, bottom_up=1)


class ModernglCube(Example):
    def test_moves(self):
        needs("moderngl", "python3-moderngl")
        self.run_python("moderngl_cube.py")
        self.check(RGBA, bottom_up=1)


class PlasmaInC(Example):
    def test_moves(self):
        self.start([os.environ["CS_PLASMA"]])
        self.check(I420)

    def test_ends_with_the_sentence_if_it_broke_a_rule(self):
        self.start([os.environ["CS_PLASMA"]])
        self.wait_for(self.daemon.listener)
        self.daemon.accept()
        self.daemon.error("format 4 is unknown")
        self.assertEqual(self.process.wait(LIMIT), 1)
        self.assertEqual(self.output(), "plasma: format 4 is unknown\n")


if __name__ == "__main__":
    unittest.main()
