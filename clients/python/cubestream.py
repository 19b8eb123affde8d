# SPDX-License-Identifier: MIT
"""Shows frames of a Python program in web browsers, through the daemon cubestreamd with CS_SCENE=external.

    import cubestream
    with cubestream.connect() as screen:
        for request in screen:
            screen.show(render(request.width, request.height, request.time))

Python 3.9 or later on Linux; only the standard library. This file can be copied into a project. The protocol is in
docs/scenes.md of cubestream.
"""

from __future__ import annotations

import errno
import mmap
import os
import select
import socket
import struct
import sys
import time
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence, Tuple

__all__ = ["Error", "Request", "Screen", "connect"]

_HELLO, _CONFIG, _BUFFERS, _REQUEST, _FRAME, _RELEASE, _STATUS, _ERROR, _DEMAND = range(1, 10)
_HEADER = struct.Struct("<HHI")
_BODIES = ("2H7IQ64s", "8IQ2I" + 3 * "QII", "2I", "2Qd6I", "2Q4IQ", "2I", "2I", "2I", "2I")  # after the header, by type
_BODY = {kind: struct.Struct("<" + body) for kind, body in enumerate(_BODIES, _HELLO)}

_RGBA, _BGRA, _RGB, _I420, _NV12 = range(1, 6)
_FORMATS = {"rgba": _RGBA, "bgra": _BGRA, "rgb": _RGB, "i420": _I420, "nv12": _NV12}
_CHANNELS = {_RGBA: 4, _BGRA: 4, _RGB: 3}
_UNCHANGED, _KEYFRAME = 1, 2  # flags of FRAME
_MOVING, _FIRST = 1, 2  # flags of REQUEST
_BUSY, _STOPPING = 1, 2  # codes of ERROR after which a producer may try again
_UNKNOWN_PERCENT = 0xFFFFFFFF

_RETRY_FIRST, _RETRY_LAST = 0.1, 2.0  # seconds between attempts to connect
_SYSTEM_PATH = "/run/cubestream/frames.sock"
_ANSWER_TIME = 5.0  # seconds that the daemon has to answer a CONFIG
_BURST, _RATE = 500.0, 400.0  # the daemon permits 1,000 messages in a burst, and 500 a second


class Error(Exception):
    """The daemon ended the connection because of a mistake that a retry does not cure, or a call was wrong."""


class Request(NamedTuple):
    """The daemon asks for a frame."""

    number: int
    time: float  # seconds since the start of the daemon, for animation
    deadline: float  # when the frame is due, on the clock of time.monotonic()
    width: int
    height: int
    moving: bool  # something moves, so speed matters more than quality
    input: Tuple[Any, ...] = ()  # input events; none in version 1 of the protocol
    first: bool = False  # the daemon has no picture yet, so show() without one shows nothing


class _Layout(NamedTuple):
    """How a picture lies in a slot."""

    width: int
    height: int
    format: int
    bytes: int
    planes: Tuple[Tuple[int, int, int], ...]  # offset, stride, rows


class _Picture(NamedTuple):
    width: int
    height: int
    format: int
    data: memoryview  # all planes, without padding


def connect(path: Optional[str] = None, *, name: Optional[str] = None, size: Optional[Tuple[int, int]] = None,
            fps: Optional[int] = None, push: bool = False, bottom_up: bool = False, format: Optional[str] = None,
            timeout: Optional[float] = None) -> Screen:
    """Connects to the daemon; waits until it runs.

    path: the socket. Default: the environment variable CS_SCENE_SOCKET, else /run/cubestream/frames.sock, else, if no
        daemon listens there, $XDG_RUNTIME_DIR/cubestream/frames.sock.
    name: for the daemon's log. Default: the name of the program.
    size: (width, height) of the stream. Default: as the daemon is configured.
    fps: frames per second at most. Default: as the daemon is configured.
    push: the program shows frames by its own clock. Default: the daemon requests each frame.
    bottom_up: the first row of a picture is the lowest, as in OpenGL and VTK.
    format: rgb, rgba, bgra, i420 or nv12. Default: rgb or rgba, by the channels of the picture.
    timeout: seconds to wait for the daemon, then raises TimeoutError. Default: for ever.

    Raises Error if the daemon refuses the connection, or if this user may not open the socket.
    """
    if format is not None and format not in _FORMATS:
        raise ValueError(f"the format is {format!r}; needed is one of {', '.join(_FORMATS)}")
    if size is not None:
        _check_size(*size)
    screen = Screen(path, name, size, fps, push, bottom_up, format)
    try:
        if not screen._wait_for(screen._is_ready, timeout):
            raise TimeoutError(f"no connection to cubestream at {screen._tried} within {timeout} s")
    except BaseException:
        screen.close()
        raise
    return screen


class Screen:
    """A connection to the daemon; connect() makes it. Reconnects when the daemon restarts. One thread only."""

    def __init__(self, path: Optional[str], name: Optional[str], size: Optional[Tuple[int, int]],
                 fps: Optional[int], push: bool, bottom_up: bool, format: Optional[str]) -> None:
        self._paths = _socket_paths(path)
        self._tried = self._paths[0]  # the path of the last attempt
        self._name = _cut(name or os.path.basename(sys.argv[0]) or "python", 63)
        self._push, self._mode, self._flags = push, 2 if push else 1, 1 if bottom_up else 0
        self._fixed_format = _FORMATS[format] if format else None

        # What this side asks for; sent again after a reconnection.
        self._wanted_size, self._wanted_fps = size or (0, 0), fps or 0
        self._wanted_format = self._fixed_format or _RGBA
        self._asked: Optional[Tuple[int, int, int]] = None  # in a CONFIG that is not answered yet
        self._asked_at = 0.0

        self._socket: Optional[socket.socket] = None
        self._closed = False
        self._epoch = 0  # counts lost connections; a request of an earlier one is void
        self._retry_at, self._retry_pause = 0.0, _RETRY_FIRST
        self._printed: set[str] = set()
        self._sequence, self._credit, self._credit_at = 0, _BURST, 0.0

        # What the daemon sent.
        self._greeted, self._limits, self._fps = False, (7680, 4320), 0
        self._watched: Optional[bool] = None
        self._generation, self._slot_count, self._layout = 0, 0, _Layout(0, 0, 0, 0, ())
        self._slots: list[mmap.mmap] = []
        self._free: set[int] = set()
        self._request: Optional[Request] = None  # received, not yet given to the program
        self._handed: Optional[Request] = None  # given to the program, not yet answered
        self._handed_epoch, self._handed_at = 0, 0

        # The last picture: the slot that has it, or a copy from when the connection was lost.
        self._shown: Optional[int] = None
        self._saved: Optional[Tuple[_Layout, bytes]] = None

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Request]:
        return self

    def __next__(self) -> Request:
        """Waits for the next request; there is none without viewers. Ends after close().

        A request that the program did not answer with show() is answered as unchanged.
        """
        if self._closed:
            raise StopIteration
        if self._push:
            raise Error("there are no requests in push mode; use wait_until_watched() and show()")
        try:
            if self._handed is not None:
                self.show()
            if not self._wait_for(lambda: self._request is not None and bool(self._slots), None):
                raise StopIteration
        except BaseException:
            self.close()
            raise
        self._handed, self._request = self._request, None
        self._handed_epoch, self._handed_at = self._epoch, time.monotonic_ns()
        return self._handed

    def show(self, picture: Any = None, *, metadata: bytes = b"", captured_at: Optional[float] = None,
             keyframe: bool = False) -> bool:
        """Shows a picture, or says that nothing changed (None). The program may reuse its memory at once.

        picture: uint8 of the shape (height, width, 3) or (height, width, 4), such as a numpy array, or flat bytes of
            exactly the current size. i420 and nv12: flat bytes, the shape (height * 3 / 2, width), or a tuple of
            planes. Another size or number of channels than before changes the stream.
        metadata: up to 4096 bytes that belong to the frame.
        captured_at: when drawing began, on the clock of time.monotonic(). Default: when the program got the request;
            in push mode, now.
        keyframe: makes it a keyframe.

        Returns False if the picture is dropped: the connection is lost, or, in push mode, which never waits, no slot
        is free or a new size is not ready. Raises TypeError or ValueError for a picture of a wrong type or shape, and
        Error for a size that is not possible, or if the daemon ends the connection.
        """
        if self._closed:
            raise Error("the connection is closed")
        if len(metadata) > 4096:
            raise ValueError(f"the metadata has {len(metadata)} bytes; at most 4096 are possible")
        request = self._handed
        if request is None and not self._push:
            raise Error("there is no request to answer: show() answers each request once, or needs push=True")
        size = (request.width, request.height) if request else self.size
        new = None if picture is None else _parse(picture, self._fixed_format, size)
        if new:
            _check_size(new.width, new.height, self._limits)
        self._handed = None
        self._pump(0)
        while True:
            if self._closed or (request and self._handed_epoch != self._epoch):
                return False
            if request and new and new[:2] == size != self.size:
                new = None  # the daemon changed the size meanwhile; its next request has the new one
            # After a restart of the daemon "unchanged" would leave the page empty: send the last picture again.
            repeat = not new and self._saved is not None and self._saved[0] == self._layout
            if new and self._greeted and new[:3] != self._layout[:3]:
                self._ask_for(new)
            elif self._free or (self._slots and not new and not repeat):
                break
            if self._push:
                return False
            self._pump(1)
        slot = min(self._free) if new or repeat else None
        if new:
            _write(self._slots[slot], new, self._layout)
        elif repeat:
            self._slots[slot][:] = self._saved[1]
        began = int(captured_at * 1e9) if captured_at is not None else self._handed_at if request else 0
        flags = (_UNCHANGED if slot is None else 0) | (_KEYFRAME if keyframe else 0)
        body = (request.number if request else 0, began, self._generation, slot or 0, flags, len(metadata), 0)
        if not self._send(_FRAME, _BODY[_FRAME].pack(*body) + bytes(metadata), wait=not self._push):
            return False
        if slot is not None:
            self._free.remove(slot)
            self._shown, self._saved = slot, None
        return True

    def status(self, text: str, percent: Optional[float] = None) -> None:
        """Shows a text on the page until the next show(), such as "loading the scene"; an empty text removes it.

        While there is no picture yet, show() without one does not end it.

        percent: 0 to 100. The text is cut to 256 bytes. Does nothing while the daemon is not connected.
        """
        value = _UNKNOWN_PERCENT if percent is None else min(100, max(0, round(percent)))
        data = _cut(text, 256)
        self._send(_STATUS, _BODY[_STATUS].pack(value, len(data)) + data, wait=True)

    def wait_until_watched(self, timeout: Optional[float] = None) -> bool:
        """Waits until someone watches, `timeout` seconds or for ever. Returns whether someone watches."""
        return self._wait_for(lambda: self.watched, timeout)

    @property
    def watched(self) -> bool:
        """Whether anyone watches. Reads what the daemon sent; raises Error if it ended the connection."""
        if not self._closed:
            self._pump(0)
        return bool(self._watched)

    @property
    def size(self) -> Tuple[int, int]:
        """(width, height) of the frames."""
        return (self._layout.width, self._layout.height)

    @property
    def fps(self) -> int:
        """Frames per second of the stream."""
        return self._fps

    def close(self) -> None:
        """Ends the connection and frees its memory. Can be called again."""
        self._closed = True
        self._disconnect()
        self._saved = None

    # Connection.

    def _is_ready(self) -> bool:
        return bool(self._slots) and self._watched is not None

    def _wait_for(self, condition: Callable[[], bool], timeout: Optional[float]) -> bool:
        """Handles messages until a condition holds. Returns False after the timeout, or if the connection is closed."""
        end = None if timeout is None else time.monotonic() + timeout
        while not condition():
            left = None if end is None else end - time.monotonic()
            if self._closed or (left is not None and left <= 0):
                return False
            self._pump(left)
        return True

    def _pump(self, wait: Optional[float]) -> None:
        """Connects, or handles what the daemon sent. Waits for that at most `wait` seconds; None: for ever."""
        connection = self._socket
        if connection is None:
            pause = self._retry_at - time.monotonic()
            if pause <= 0:
                self._try_to_connect()
            elif wait != 0:
                time.sleep(pause if wait is None else min(pause, wait))
            return
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        if poll.poll(None if wait is None else wait * 1000):
            while self._socket is connection and self._receive():
                pass

    def _try_to_connect(self) -> None:
        try:
            self._socket = self._open_first()
        except OSError as error:
            if error.errno == errno.EACCES:
                self.close()
                raise Error(f"connect to {self._tried}: {error.strerror}; this user must be in the group of the socket "
                            "(cubestream-frames for the service)") from None
            usual = error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN)
            self._lost("" if usual else error.strerror)
            return
        self._sequence = 0
        self._credit, self._credit_at = _BURST, time.monotonic()
        body = (1, 1, 0, self._wanted_format, self._mode, *self._wanted_size, self._wanted_fps, self._flags, 0)
        self._send(_HELLO, _BODY[_HELLO].pack(*body, self._name), wait=False)

    def _open_first(self) -> socket.socket:
        """Connects to the first path where a daemon listens. One that exists and cannot be used is an OSError."""
        for path in self._paths:
            self._tried = path
            if len(os.fsencode(path)) > 107:
                raise Error(f"the path is too long for a Unix socket: {path}")
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                connection.setblocking(False)
                connection.connect(path)
                return connection
            except OSError as error:
                connection.close()
                if error.errno not in (errno.ENOENT, errno.ECONNREFUSED) or path == self._paths[-1]:
                    raise
        raise AssertionError("there is no path")

    def _lost(self, reason: str = "") -> None:
        """Tries again later. Prints the reason once until the next successful connection."""
        self._epoch += 1
        self._disconnect()
        text = f"waiting for cubestream at {self._tried}" + (f": {reason}" if reason else "")
        if text not in self._printed:
            self._printed.add(text)
            print(text, file=sys.stderr, flush=True)
        self._retry_at = time.monotonic() + self._retry_pause
        self._retry_pause = min(2 * self._retry_pause, _RETRY_LAST)

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._watched = self._request = self._asked = None
        self._greeted = False
        self._unmap()

    def _unmap(self) -> None:
        if self._shown is not None:
            self._saved = (self._layout, self._slots[self._shown][:])
        for slot in self._slots:
            slot.close()
        self._slots, self._free, self._shown = [], set(), None

    def _send(self, kind: int, body: bytes, wait: bool) -> bool:
        """Sends a message. Returns False if the connection is lost, or if it had to wait and shall not."""
        while self._socket is not None:
            now = time.monotonic()
            self._credit = min(_BURST, self._credit + (now - self._credit_at) * _RATE)
            self._credit_at = now
            try:
                if self._credit >= 1:
                    self._socket.send(_HEADER.pack(kind, _HEADER.size + len(body), self._sequence) + body)
                    self._sequence = (self._sequence + 1) & 0xFFFFFFFF
                    self._credit -= 1
                    return True
            except BlockingIOError:
                pass
            except OSError:  # the daemon closed the connection; an ERROR that says why may still be unread
                connection = self._socket
                while self._socket is connection and self._receive():
                    pass
                if self._socket is connection:
                    self._lost()
                return False
            if not wait:
                return False
            time.sleep(0.002)
        return False

    def _receive(self) -> bool:
        """Reads and handles one message. Returns False if there is none."""
        try:
            message, control, _, _ = self._socket.recvmsg(65536, socket.CMSG_SPACE(64), socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True  # the daemon closed with our messages unread; what it sent before can still be read
        descriptors: list[int] = []
        for _, _, data in control:
            descriptors += struct.unpack(f"{len(data) // 4}i", data)
        try:
            if message:
                self._handle(message, descriptors)
            else:
                self._lost()
        except Error:
            self.close()
            raise
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    # Messages of the daemon.

    def _handle(self, message: bytes, descriptors: Sequence[int]) -> None:
        if len(message) < _HEADER.size:
            raise Error(f"the daemon sent a message of {len(message)} bytes, shorter than a header")
        kind, size, _ = _HEADER.unpack_from(message)
        if size != len(message):
            raise Error(f"the daemon sent a message of {len(message)} bytes that says it has {size}")
        if kind not in _BODY:
            return  # of a later version
        end = _HEADER.size + _BODY[kind].size
        if size < end:
            raise Error(f"the daemon sent a message of type {kind} with {size} bytes; needed are {end}")
        if not self._greeted and kind not in (_HELLO, _ERROR):
            raise Error(f"the daemon sent a message of type {kind} before HELLO")
        body = _BODY[kind].unpack_from(message, _HEADER.size)
        if kind == _HELLO:
            self._on_hello(*body)
        elif kind == _CONFIG:
            self._on_config(body)
        elif kind == _BUFFERS:
            self._on_buffers(body[0], body[1], descriptors)
        elif kind == _REQUEST:
            number, deadline, seconds, generation, width, height, flags, _, _ = body
            if generation == self._generation:
                moving, first = bool(flags & _MOVING), bool(flags & _FIRST)
                self._request = Request(number, seconds, deadline / 1e9, width, height, moving, first=first)
        elif kind == _RELEASE and self._slots and body[0] == self._generation:
            if body[1] >= len(self._slots):
                raise Error(f"the daemon released slot {body[1]} of {len(self._slots)}")
            self._free.add(body[1])
        elif kind == _DEMAND:
            self._watched, self._fps = bool(body[0]), body[1] or self._fps
        elif kind == _ERROR:
            code, length = body
            if end + length > size:
                raise Error(f"the daemon sent an ERROR with {size - end} bytes of text that says it has {length}")
            text = message[end : end + length].split(b"\0")[0].decode("utf-8", "replace")
            text = "".join(c if c.isprintable() else " " for c in text) or "the daemon ended the connection"
            if code not in (_BUSY, _STOPPING):
                raise Error(text)
            self._lost(text)
        if self._is_ready():
            self._printed.clear()
            self._retry_pause = _RETRY_FIRST

    def _on_hello(self, version: int, _: int, formats: int, _2: int, modes: int, *rest: Any) -> None:
        if version != 1:
            raise Error(f"the daemon uses version {version} of the protocol; this client knows version 1")
        if not formats >> self._wanted_format & 1 or not modes >> (self._mode - 1) & 1:
            raise Error(f"the daemon does not support format {self._wanted_format} in mode {self._mode}")
        self._limits, self._greeted = (rest[0], rest[1]), True

    def _on_config(self, body: Sequence[int]) -> None:
        generation, width, height, fps, format, _, _, slots, size, count, _ = body[:11]
        planes = tuple(zip(body[11::3], body[12::3], body[13::3]))[:count]
        sizes = _plane_sizes(format, width, height)
        fits = len(sizes) == len(planes) > 0 and all(
            stride >= row and rows >= lines > 0 and offset + stride * (lines - 1) + row <= size
            for (offset, stride, rows), (row, lines) in zip(planes, sizes))
        if not fits:
            raise Error(f"the daemon sent a wrong CONFIG: {width}x{height}, format {format}, {planes} in {size} bytes")
        self._shown = None  # the daemon has freed the pages of its slot
        self._unmap()
        self._request = None  # void; another one comes
        self._generation, self._slot_count, self._fps = generation, slots, fps
        self._layout = _Layout(width, height, format, size, planes)
        if self._asked == self._layout[:3]:
            self._asked = None

    def _on_buffers(self, generation: int, slots: int, descriptors: Sequence[int]) -> None:
        if generation != self._generation or not 0 < slots == len(descriptors) == self._slot_count:
            raise Error(f"the daemon sent BUFFERS with {len(descriptors)} descriptors that do not match its CONFIG")
        self._unmap()
        try:
            for descriptor in descriptors:
                self._slots.append(mmap.mmap(descriptor, self._layout.bytes))
        except (OSError, ValueError) as error:
            raise Error(f"cannot map the memory of the daemon: {error}") from None
        self._free = set(range(slots))

    def _ask_for(self, picture: _Picture) -> None:
        """Sends a CONFIG, once for each size and format that differs. The daemon answers with CONFIG and BUFFERS."""
        if self._asked != picture[:3]:
            if self.size != picture[:2]:
                self._wanted_size = picture[:2]
            self._wanted_format = picture.format
            body = (0, *self._wanted_size, 0, picture.format, self._mode, self._flags, *[0] * 13)
            if self._send(_CONFIG, _BODY[_CONFIG].pack(*body), wait=not self._push):
                self._asked, self._asked_at = picture[:3], time.monotonic()
        elif time.monotonic() - self._asked_at > _ANSWER_TIME:
            self.close()
            raise Error(f"the daemon did not change to {picture.width}x{picture.height}, format {picture.format}")


def _socket_paths(given: Optional[str]) -> Sequence[str]:
    """The paths where the daemon may listen, in the order in which they are tried."""
    path, user = given or os.environ.get("CS_SCENE_SOCKET"), os.environ.get("XDG_RUNTIME_DIR")
    if path:
        return [path]
    return [_SYSTEM_PATH] + ([os.path.join(user, "cubestream/frames.sock")] if user else [])


def _cut(text: str, size: int) -> bytes:
    """UTF-8 of at most `size` bytes that ends with a whole character."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore").encode("utf-8")


def _check_size(width: int, height: int, limits: Tuple[int, int] = (7680, 4320)) -> None:
    if width % 2 or height % 2 or min(width, height) < 64 or width > limits[0] or height > limits[1]:
        raise Error(f"the size is {width}x{height}; needed are even sizes of at least 64, at most "
                    f"{limits[0]}x{limits[1]}")


def _plane_sizes(format: int, width: int, height: int) -> Sequence[Tuple[int, int]]:
    """Bytes of a row, and rows, of each plane. Empty if the format is unknown."""
    if format in _CHANNELS:
        return [(width * _CHANNELS[format], height)]
    if format == _I420:
        return [(width, height), (width // 2, height // 2), (width // 2, height // 2)]
    return [(width, height), (width, height // 2)] if format == _NV12 else []


def _view(data: Any) -> memoryview:
    """The memory of an array of uint8."""
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"the picture is of type {type(data).__name__}, which is no array of bytes; "
                        "convert it: numpy.asarray(p)") from None
    if view.itemsize == 1 and view.format in ("B", "<B", "c"):
        return view
    dtype = str(getattr(data, "dtype", view.format))
    if dtype.startswith("float") or dtype in "efd":
        raise TypeError(f"the picture has dtype {dtype}; multiply by 255 and convert: (p * 255).astype('uint8')")
    raise TypeError(f"the picture has dtype {dtype}; needed is uint8, from 0 to 255: p.astype('uint8')")


def _flat(view: memoryview) -> memoryview:
    if view.c_contiguous and view.format == "B":
        return view.cast("B")
    numpy = sys.modules.get("numpy")  # a program with numpy arrays has imported it; it copies slices faster
    return memoryview(numpy.ascontiguousarray(view)).cast("B") if numpy else memoryview(view.tobytes())


def _parse(picture: Any, format: Optional[int], size: Tuple[int, int]) -> _Picture:
    """Finds size, format and bytes of a picture. `size` is that of flat bytes."""
    width, height = size
    if format in (_I420, _NV12):
        views = [_view(plane) for plane in (picture if isinstance(picture, (tuple, list)) else [picture])]
        if views[0].ndim == 2:
            height, width = views[0].shape
            height = height if len(views) > 1 else height * 2 // 3
        sizes = [row * rows for row, rows in _plane_sizes(format, width, height)]
        given = [view.nbytes for view in views]
        if given not in (sizes, [sum(sizes)]):
            raise ValueError(f"the picture has {given} bytes; needed for {width}x{height} are planes of {sizes} bytes")
        flat = [_flat(view) for view in views]
        return _Picture(width, height, format, flat[0] if len(flat) == 1 else memoryview(b"".join(flat)))

    view = _view(picture)
    formats = {3: _RGB, 4: _RGBA} if format is None else {_CHANNELS[format]: format}
    if view.ndim == 1:
        formats = {count: found for count, found in formats.items() if width * height * count == view.nbytes}
        if not formats:
            raise ValueError(f"the picture has {view.nbytes} bytes and no shape, which is not {width}x{height}")
        return _Picture(width, height, *formats.values(), _flat(view))
    if view.ndim == 3 and view.shape[2] in formats:
        height, width, channels = view.shape
        _check_size(width, height)
        return _Picture(width, height, formats[channels], _flat(view))
    needed = " or ".join(f"(height, width, {count})" for count in formats)
    raise ValueError(f"the picture has the shape {view.shape}; needed is {needed}")


def _write(slot: mmap.mmap, picture: _Picture, layout: _Layout) -> None:
    start = 0
    for (row, rows), (offset, stride, _) in zip(_plane_sizes(*picture[2:3], *picture[:2]), layout.planes):
        data = picture.data[start : start + row * rows]
        if stride == row:
            slot[offset : offset + row * rows] = data
        else:
            for y in range(rows):
                slot[offset + y * stride : offset + y * stride + row] = data[y * row : y * row + row]
        start += row * rows
