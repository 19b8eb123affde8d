# SPDX-License-Identifier: MIT
"""usage: jpeg_server.py WIDTH HEIGHT FPS

The usual alternative to video, for bench/input.mjs: sends the scene of pointer_scene.py to one viewer as JPEG pictures
over a WebSocket, and receives {"x": 0 to 65535} for moves of the pointer and {"shown": 1} for each picture drawn. Reads
input right before it draws, and sends at most two pictures ahead of the viewer, so that none queue.
"""

from __future__ import annotations

import base64
import hashlib
import json
import select
import socket
import struct
import sys
import time
from typing import Iterator

from jpeg_encoder import JpegEncoder
from pointer_scene import PointerScene

QUALITY = 80
AHEAD = 2  # pictures
TIME_LIMIT = 10.0  # seconds for the viewer to take a picture
WEBSOCKET_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
TEXT, BINARY, CLOSE = 1, 2, 8


class Viewer:
    """A WebSocket connection: short texts in, binary messages out."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""
        connection.settimeout(TIME_LIMIT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while b"\r\n\r\n" not in self._data:
            self._read()
        head, self._data = self._data.split(b"\r\n\r\n", 1)
        headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        key = next(value for name, value in headers.items() if name.lower() == b"sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_KEY).digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    def _read(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise ConnectionError("the viewer left")
        self._data += data

    def texts(self) -> Iterator[str]:
        """The messages that have arrived. Does not wait."""
        while select.select([self._connection], [], [], 0)[0]:
            self._read()
        while len(self._data) >= 6 and len(self._data) >= 6 + (self._data[1] & 0x7F):
            kind, size, mask = self._data[0] & 0xF, self._data[1] & 0x7F, self._data[2:6]
            body, self._data = self._data[6 : 6 + size], self._data[6 + size :]
            if kind == CLOSE or size > 125:
                raise ConnectionError("the viewer left")
            if kind == TEXT:
                yield bytes(byte ^ mask[i & 3] for i, byte in enumerate(body)).decode()

    def send(self, data: bytes) -> None:
        """Sends at least 126 bytes."""
        size = struct.pack(">BH", 126, len(data)) if len(data) < 0x10000 else struct.pack(">BQ", 127, len(data))
        self._connection.sendall(bytes([0x80 | BINARY]) + size + data)


def serve(viewer: Viewer, scene: PointerScene, encoder: JpegEncoder, fps: int) -> None:
    due = time.monotonic()
    ahead = 0
    while True:
        due = max(due + 1 / fps, time.monotonic() - 1 / fps)  # a late picture does not make the later ones late
        time.sleep(max(0.0, due - time.monotonic()))
        for text in viewer.texts():
            message = json.loads(text)
            if "x" in message:
                scene.move(message["x"])
            else:
                ahead -= 1
        if ahead < AHEAD:
            viewer.send(encoder.encode(scene.draw(time.monotonic())))
            ahead += 1


def main() -> None:
    width, height, fps = map(int, sys.argv[1:])
    scene, encoder = PointerScene(width, height), JpegEncoder(width, height, QUALITY)
    encoder.encode(scene.draw(0.0))  # the first one is slow
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"ws://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(Viewer(connection), scene, encoder, fps)
                except (ConnectionError, socket.timeout):
                    pass


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: jpeg_server.py WIDTH HEIGHT FPS")
    main()
