# SPDX-License-Identifier: MIT
"""A producer that breaks the rules: hostile_producer.py SOCKET WAY

Speaks the protocol of docs/scenes.md over a socket of its own. It ends when the daemon has closed the connection,
or once it has done its worst for a number of frames. Writes lines of JSON: {"event": "done", …} as the last one.
"""

import ctypes
import json
import mmap
import os
import random
import socket
import struct
import sys
import time

HELLO, CONFIG, BUFFERS, REQUEST, FRAME, RELEASE, STATUS, ERROR, DEMAND = range(1, 10)
RGBA, PULL, PUSH = 1, 1, 2
FRAMES = 60


def message(kind, body, sequence=0):
    return struct.pack("<HHI", kind, 8 + len(body), sequence) + body


def hello(mode=PULL, width=0, height=0):
    return message(HELLO, struct.pack("<HH7IQ64s", 1, 1, 0, RGBA, mode, width, height, 0, 0, 0, b"hostile"))


def config(width, height, sequence):
    return message(CONFIG, struct.pack("<8I", 0, width, height, 0, RGBA, PUSH, 0, 0) + bytes(64), sequence)


def frame(number, slot, generation):
    return message(FRAME, struct.pack("<QQ4IQ", number, 0, generation, slot, 0, 0, 0))


class Ended(Exception):
    """The daemon closed; its text is the last ERROR."""


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.memory, self.generation, self.bytes, self.request, self.sentence = [], 0, 0, None, ""

    def send(self, *messages):
        try:
            for each in messages:
                self.socket.send(each)
        except OSError:
            while True:
                self.receive()

    def receive(self):
        """The next message: (type, body). Raises Ended."""
        try:
            data, control, _, _ = self.socket.recvmsg(65536, 256)
        except ConnectionResetError:
            return 0, b""
        if not data:
            raise Ended(self.sentence)
        kind = struct.unpack_from("<H", data)[0]
        if kind == CONFIG:
            self.generation, self.bytes = struct.unpack_from("<I", data, 8)[0], struct.unpack_from("<Q", data, 40)[0]
        elif kind == BUFFERS:
            self.memory = list(struct.unpack("3i", control[0][2]))
        elif kind == REQUEST:
            self.request = struct.unpack_from("<Q", data, 8)[0]  # the next may come before RELEASE
        elif kind == ERROR:
            self.sentence = data[16:].decode()
        return kind, data[8:]

    def wait_for(self, wanted):
        while True:
            kind, body = self.receive()
            if kind == wanted:
                return body

    def greet(self, mode=PULL):
        self.send(hello(mode))
        self.wait_for(DEMAND)

    def answer(self, slot=0):
        """Answers one request and waits until the slot is released."""
        while self.request is None:
            self.receive()
        number, self.request = self.request, None
        self.send(frame(number, slot, self.generation))
        self.wait_for(RELEASE)


def truncate(path):
    """Makes the memory smaller, larger and empty under the daemon's feet."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    refused = 0
    connection = Connection(path)
    connection.greet()
    for each in range(FRAMES):
        for memory in connection.memory:
            for size in (0, 1, 2 * connection.bytes):
                try:
                    os.ftruncate(memory, size)
                except PermissionError:
                    refused += 1
            if libc.fallocate(memory, 3, 0, connection.bytes) != 0:  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
                raise OSError(ctypes.get_errno(), "cannot punch a hole")
        connection.answer(each % 3)
    return {"refused": refused}


def scribble(path):
    """Writes into all memory while the daemon reads it, from another process."""
    connection = Connection(path)
    connection.greet()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        slots = [mmap.mmap(memory, connection.bytes) for memory in connection.memory]
        while True:
            noise = random.randbytes(65536)
            for slot in slots:
                for at in range(0, connection.bytes - len(noise), len(noise)):
                    slot[at : at + len(noise)] = noise
    for _ in range(FRAMES):
        connection.answer()
    os.kill(child, 9)
    os.waitpid(child, 0)
    return {"frames": FRAMES}


def garbage(path):
    """One connection for each kind of nonsense."""
    sentences = []
    nonsense = [
        [random.Random(size).randbytes(size)] for size in (1, 7, 8, 300, 60_000)
    ] + [
        [hello(), hello()],
        [hello(), frame(0, 9, 1)],
        [hello(), frame(77, 0, 1)],
        [hello(width=1, height=1)],
    ]
    for messages in nonsense:
        connection = Connection(path)
        try:
            connection.send(*messages)
            while True:
                connection.receive()
        except Ended as end:
            sentences.append(str(end))
    return {"sentences": sentences}


def flood(path):
    """As many messages as the socket takes. More than 100,000 a second, if the daemon would read them."""
    connection = Connection(path)
    sent = 0
    try:
        connection.greet(PUSH)
        while True:
            for _ in range(1000):
                connection.send(message(99, b""))
                sent += 1
    except Ended as end:
        return {"sent": sent, "sentence": str(end)}


def sizes(path):
    """Asks for the largest and the smallest pictures without a pause."""
    connection = Connection(path)
    connection.greet(PUSH)
    count = 200
    connection.send(*[config(*((7680, 4320) if each % 2 else (64, 64)), each) for each in range(count)])
    answers = 1
    while struct.unpack_from("<I", connection.wait_for(CONFIG), 44)[0] != count:
        answers += 1
    return {"answers": answers}


def deaf(path):
    """Never reads: RELEASE after RELEASE stays in the socket."""
    connection = Connection(path)
    connection.send(hello(PUSH))
    sent = 0
    try:
        while True:
            connection.socket.send(frame(0, sent % 3, 1))
            sent += 1
            time.sleep(0.003)  # not a flood, which would end it sooner
    except OSError as error:
        return {"sent": sent, "error": error.strerror}


def storm(path):
    """Connects again and again."""
    for _ in range(18):
        try:
            connection = Connection(path)
            connection.socket.close()
        except OSError:
            pass
    return {}


if __name__ == "__main__":
    way = {each.__name__: each for each in (truncate, scribble, garbage, flood, sizes, deaf, storm)}[sys.argv[2]]
    print(json.dumps({"event": "done", **way(sys.argv[1])}), flush=True)
