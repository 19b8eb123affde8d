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

import collections
import errno
import json
import math
import mmap
import os
import select
import socket
import struct
import sys
import time
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

__all__ = ["Error", "Gamepad", "Key", "Motion", "OrbitCamera", "Pinch", "Pointer", "Request", "Screen", "Text",
           "Viewport", "Wheel", "connect"]

_HELLO, _CONFIG, _BUFFERS, _REQUEST, _FRAME, _RELEASE, _STATUS, _ERROR, _DEMAND, _INPUT, _WANTS, _MESSAGE = range(1, 13)
_HEADER = struct.Struct("<HHI")
_BODIES = ("2H7IQ64s", "8IQ2I" + 3 * "QII", "2I", "2Qd6I", "2Q4IQ", "2I", "2I", "2I", "2I",
           "2I", "IB3x", "")  # after the header, by type
_BODY = {kind: struct.Struct("<" + body) for kind, body in enumerate(_BODIES, _HELLO)}

_RGBA, _BGRA, _RGB, _I420, _NV12 = range(1, 6)
_FORMATS = {"rgba": _RGBA, "bgra": _BGRA, "rgb": _RGB, "i420": _I420, "nv12": _NV12}
_CHANNELS = {_RGBA: 4, _BGRA: 4, _RGB: 3}
_UNCHANGED, _KEYFRAME = 1, 2  # flags of FRAME
_MOVING, _FIRST = 1, 2  # flags of REQUEST
_BUSY, _STOPPING = 1, 2  # codes of ERROR after which a producer may try again
_UNKNOWN_PERCENT = 0xFFFFFFFF
_KINDS = {"pointer": 1, "motion": 2, "wheel": 4, "keys": 8, "text": 16, "gamepad": 32, "viewport": 64}
_MOST_JSON = 16 * 1024  # bytes of a message to or from a page
_MOST_WAITING = 1024  # events and messages that wait for the program

_RETRY_FIRST, _RETRY_LAST = 0.1, 2.0  # seconds between attempts to connect
_SYSTEM_PATH = "/run/cubestream/frames.sock"
_ANSWER_TIME = 5.0  # seconds that the daemon has to answer a CONFIG
_BURST, _RATE = 500.0, 400.0  # the daemon permits 1,000 messages in a burst, and 500 a second


class Error(Exception):
    """The daemon ended the connection because of a mistake that a retry does not cure, or a call was wrong."""


class Pointer(NamedTuple):
    """A mouse, pen or finger. `cancel` ends what is down without a click; scenes never see a button that stays down."""

    action: str  # "move", "down", "up", "cancel" or "leave"
    device: str  # "mouse", "pen" or "touch"
    id: int  # tells fingers apart; 0 for the mouse
    button: Optional[int]  # that went down or up: 0 left, 1 middle, 2 right, 3 back, 4 forward
    buttons: int  # bit n: button n is down
    x: float  # pixels of the frame, from the left
    y: float  # pixels of the frame, from the top
    pressure: float  # 0 to 1
    modifiers: int  # bits: 1 shift, 2 control, 4 alt, 8 meta, 16 caps lock, 32 num lock


class Motion(NamedTuple):
    """Relative motion under pointer lock."""

    dx: float  # pixels of the frame
    dy: float
    buttons: int
    modifiers: int


class Wheel(NamedTuple):
    """A wheel or a touch pad. Positive dy: towards the person."""

    dx: float  # CSS pixels
    dy: float
    x: float  # pixels of the frame
    y: float
    modifiers: int


class Pinch(NamedTuple):
    """A pinch on a touch pad; on a touch screen there are two pointers."""

    factor: float  # above 1: the fingers move apart
    x: float  # pixels of the frame
    y: float


class Key(NamedTuple):
    down: bool
    repeat: bool
    modifiers: int
    code: str  # as KeyboardEvent.code, such as "KeyA" or "ArrowLeft"


class Text(NamedTuple):
    """Text that was committed, also by an input method or a phone's keyboard."""

    text: str


class Gamepad(NamedTuple):
    index: int
    connected: bool
    axes: Tuple[float, ...]  # -1 to 1
    buttons: Tuple[float, ...]  # 0 to 1


class Viewport(NamedTuple):
    """The area in which the viewer sees the picture."""

    width: int  # CSS pixels
    height: int
    pixel_ratio: float
    visible: bool


Event = Union[Pointer, Motion, Wheel, Pinch, Key, Text, Gamepad, Viewport]


class Request(NamedTuple):
    """The daemon asks for a frame."""

    number: int
    time: float  # seconds since the start of the daemon, for animation
    deadline: float  # when the frame is due, on the clock of time.monotonic()
    width: int
    height: int
    moving: bool  # something moves, so speed matters more than quality
    input: Tuple[Event, ...] = ()  # what viewers did since the last request, of the kinds in connect(wants=)
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
            timeout: Optional[float] = None, wants: Iterable[str] = ()) -> Screen:
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
    wants: the input that the program wants: some of pointer, motion, wheel, keys, text, gamepad, viewport. Default:
        none.

    Raises Error if the daemon refuses the connection, or if this user may not open the socket.
    """
    if format is not None and format not in _FORMATS:
        raise ValueError(f"the format is {format!r}; needed is one of {', '.join(_FORMATS)}")
    if size is not None:
        _check_size(*size)
    kinds = _kinds_of(wants)
    screen = Screen(path, name, size, fps, push, bottom_up, format)
    screen._wish = (kinds, "", False)
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

        self._wish: Tuple[int, str, bool] = (0, "", False)  # kinds of input, cursor, pointer lock
        self._events: Deque[Event] = collections.deque(maxlen=_MOST_WAITING)  # outside of requests
        self._messages: Deque[Any] = collections.deque(maxlen=_MOST_WAITING)

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
        request, self._request = self._request, None
        # What came without a request belongs before its input.
        self._handed = request._replace(input=(*self._take_events(), *request.input))
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

    def cursor(self, name: str) -> None:
        """Sets the cursor over the picture: a CSS name such as "grab"; an empty one is the default."""
        if len(name) > 32 or not all(c == "-" or "a" <= c <= "z" for c in name):
            raise ValueError(f"{name!r} is not the name of a CSS cursor, such as grab")
        self._set_wish((self._wish[0], name, self._wish[2]))

    def lock(self, on: bool) -> None:
        """Asks pages to lock the pointer at the next press, or to free it. Needs "motion" among the wants."""
        self._set_wish((self._wish[0], self._wish[1], bool(on)))

    def wants(self, *kinds: str) -> None:
        """Changes which input the program wants: see connect()."""
        self._set_wish((_kinds_of(kinds), *self._wish[1:]))

    def events(self, timeout: float = 0) -> List[Event]:
        """The input since the last call, in push mode. Waits for it at most `timeout` seconds.

        Without push mode input is in the requests; here is only what came while there was no viewer.
        """
        self._wait_for(lambda: bool(self._events), timeout) or self._pump(0)
        return self._take_events()

    def send(self, data: Any) -> bool:
        """Sends data to the pages of all viewers, as cubestream.onmessage(data); at most 16 KiB of JSON.

        Returns False if the daemon is not connected.
        """
        text = json.dumps(data, separators=(",", ":"), allow_nan=False).encode("utf-8")
        if len(text) > _MOST_JSON:
            raise ValueError(f"the message has {len(text)} bytes of JSON; at most {_MOST_JSON} are possible")
        return self._send(_MESSAGE, text, wait=not self._push)

    def messages(self) -> List[Any]:
        """The data that pages sent by cubestream.send(data) since the last call."""
        if not self._closed:
            self._pump(0)
        taken = list(self._messages)
        self._messages.clear()
        return taken

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

    def _take_events(self) -> List[Event]:
        taken = list(self._events)
        self._events.clear()
        return taken

    def _set_wish(self, wish: Tuple[int, str, bool]) -> None:
        if wish != self._wish:
            self._wish = wish
            self._send_wish()

    def _send_wish(self) -> None:
        kinds, cursor, lock = self._wish
        self._send(_WANTS, _BODY[_WANTS].pack(kinds, lock) + cursor.encode("ascii"), wait=True)

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
        if self._wish != (0, "", False):
            self._send_wish()

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
            number, deadline, seconds, generation, width, height, flags, length, count = body
            events = _parse_events(message[end:], length, count, self.size)
            if generation == self._generation:
                moving, first = bool(flags & _MOVING), bool(flags & _FIRST)
                if self._request is not None:
                    self._events.extend(self._request.input)
                self._request = Request(number, seconds, deadline / 1e9, width, height, moving, tuple(events), first)
            else:
                self._events.extend(events)  # that request is void, its input is not
        elif kind == _INPUT:
            self._events.extend(_parse_events(message[end:], body[1], body[0], self.size))
        elif kind == _MESSAGE:
            try:
                self._messages.append(json.loads(message[end:]))
            except ValueError:
                raise Error("the daemon sent a MESSAGE that is not JSON") from None
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
        if self._request is not None:
            self._events.extend(self._request.input)
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


def _kinds_of(names: Iterable[str]) -> int:
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in _KINDS:
            raise ValueError(f"the kind of input is {name!r}; needed is one of {', '.join(_KINDS)}")
    return sum({_KINDS[name] for name in names})


def _parse_events(data: bytes, length: int, count: int, size: Tuple[int, int]) -> List[Event]:
    """Events as they travel. Kinds of a later version, and fields after the known ones, are skipped."""
    if length > len(data):
        raise Error(f"the daemon sent {len(data)} bytes of input that say they are {length}")
    events: List[Event] = []
    at = 0
    for _ in range(count):
        if at + 2 > length or at + 2 + data[at + 1] > length:
            raise Error("the daemon sent input that is shorter than its events")
        parse = _PARSERS.get(data[at])
        if parse is not None:
            try:
                events.append(parse(data[at + 2 : at + 2 + data[at + 1]], *size))
            except (struct.error, ValueError, IndexError):
                raise Error(f"the daemon sent a malformed input event of kind {data[at]}") from None
        at += 2 + data[at + 1]
    return events


_ACTIONS = ("move", "down", "up", "cancel", "leave")
_DEVICES = ("mouse", "pen", "touch")


def _pointer(data: bytes, width: int, height: int) -> Pointer:
    action, device, ident, button, buttons, x, y, pressure, modifiers = struct.unpack_from("<4B4HB", data)
    return Pointer(_ACTIONS[action], _DEVICES[device], ident, None if button == 255 else button, buttons,
                   x * width / 65535, y * height / 65535, pressure / 65535, modifiers)


def _motion(data: bytes, width: int, height: int) -> Motion:
    dx, dy, buttons, modifiers = struct.unpack_from("<2fHB", data)
    return Motion(dx * width, dy * height, buttons, modifiers)


def _wheel(data: bytes, width: int, height: int) -> Wheel:
    dx, dy, x, y, modifiers = struct.unpack_from("<2f2HB", data)
    return Wheel(dx, dy, x * width / 65535, y * height / 65535, modifiers)


def _pinch(data: bytes, width: int, height: int) -> Pinch:
    factor, x, y = struct.unpack_from("<f2H", data)
    return Pinch(factor, x * width / 65535, y * height / 65535)


def _key(data: bytes, *_: int) -> Key:
    action, flags, modifiers = struct.unpack_from("<3B", data)
    return Key(action == 1, bool(flags & 1), modifiers, data[3:].decode("ascii"))


def _gamepad(data: bytes, *_: int) -> Gamepad:
    index, connected, axes, buttons = struct.unpack_from("<4B", data)
    values = struct.unpack_from(f"<{axes}h{buttons}B", data, 4)
    return Gamepad(index, bool(connected), tuple(value / 32767 for value in values[:axes]),
                   tuple(value / 255 for value in values[axes:]))


def _viewport(data: bytes, *_: int) -> Viewport:
    width, height, ratio, visible = struct.unpack_from("<2HfB", data)
    return Viewport(width, height, ratio, bool(visible))


_PARSERS: Dict[int, Callable[..., Event]] = {
    1: _pointer, 2: _motion, 3: _wheel, 4: _pinch, 5: _key, 6: lambda data, *_: Text(data.decode("utf-8")),
    7: _gamepad, 8: _viewport,
}


class OrbitCamera:
    """A camera that viewers move around a target by input.

    A drag turns it; with the right or middle button, shift, or two fingers it shifts the target; wheel and pinch change
    the distance; a double click resets it. Use connect(wants=("pointer", "wheel")), call apply(request.input, height)
    for each request, then read eye, target, up, or view_matrix().

    up: the axis that stays upright, "y" or "z".
    """

    def __init__(self, *, distance: float = 5.0, azimuth: float = 0.0, elevation: float = 20.0,
                 target: Sequence[float] = (0.0, 0.0, 0.0), up: str = "y", field_of_view: float = 45.0,
                 nearest: float = 0.01, farthest: float = 1e6) -> None:
        if up not in ("y", "z"):
            raise ValueError(f"up is {up!r}; needed is 'y' or 'z'")
        self._up = up
        self._home = (distance, azimuth, elevation, tuple(float(value) for value in target))
        self._view, self._limits = math.radians(field_of_view), (nearest, farthest)
        self._hands: Dict[Tuple[str, int], Tuple[float, float]] = {}  # where each pointer that is down was last
        self._pans = False
        self._clicked: Optional[Tuple[float, float, float]] = None  # when and where the last click began
        self.reset()

    def reset(self) -> None:
        self.distance, self.azimuth, self.elevation, self._target = self._home  # degrees

    def apply(self, events: Iterable[Event], height: int = 720) -> bool:
        """Moves the camera. height: of the frame in pixels. Returns whether the camera moved."""
        before = (self.distance, self.azimuth, self.elevation, self._target)
        for event in events:
            if isinstance(event, Pointer):
                self._on_pointer(event, height)
            elif isinstance(event, Wheel):
                self._zoom(math.exp(-event.dy * 0.0015))
            elif isinstance(event, Pinch):
                self._zoom(event.factor)
        return before != (self.distance, self.azimuth, self.elevation, self._target)

    @property
    def target(self) -> Tuple[float, float, float]:
        return self._turned(self._target)

    @property
    def eye(self) -> Tuple[float, float, float]:
        back = self._axes()[2]
        return self._turned(tuple(t + self.distance * b for t, b in zip(self._target, back)))

    @property
    def up(self) -> Tuple[float, float, float]:
        return self._turned(self._axes()[1])

    def view_matrix(self) -> List[List[float]]:
        """The 4x4 matrix from world to camera, which looks along -z, as rows."""
        eye = self.eye
        rows = [list(self._turned(axis)) for axis in self._axes()]
        return [row + [-sum(a * e for a, e in zip(row, eye))] for row in rows] + [[0.0, 0.0, 0.0, 1.0]]

    # In the frame where y is up.

    def _axes(self) -> Tuple[Tuple[float, float, float], ...]:
        """Right, up and backward."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        back = (math.cos(e) * math.sin(a), math.sin(e), math.cos(e) * math.cos(a))
        right = (math.cos(a), 0.0, -math.sin(a))
        up = (-math.sin(e) * math.sin(a), math.cos(e), -math.sin(e) * math.cos(a))
        return right, up, back

    def _turned(self, point: Sequence[float]) -> Tuple[float, float, float]:
        x, y, z = point
        return (x, y, z) if self._up == "y" else (x, -z, y)

    def _on_pointer(self, event: Pointer, height: int) -> None:
        key, place = (event.device, event.id), (event.x, event.y)
        if event.action == "down" and key not in self._hands:
            if not self._hands:
                self._on_press(event)
            self._hands[key] = place
        elif event.action in ("up", "cancel") and event.buttons == 0:
            self._hands.pop(key, None)
        elif event.action == "move" and key in self._hands:
            self._on_drag(key, place, height)

    def _on_press(self, event: Pointer) -> None:
        now, last = time.monotonic(), self._clicked
        self._pans = event.button in (1, 2) or bool(event.modifiers & 1)
        if last and now - last[0] < 0.4 and math.hypot(event.x - last[1], event.y - last[2]) < 20:
            self.reset()
            self._clicked = None
        else:
            self._clicked = (now, event.x, event.y)

    def _on_drag(self, key: Tuple[str, int], place: Tuple[float, float], height: int) -> None:
        dx, dy = (new - old for new, old in zip(place, self._hands[key]))
        others = [hand for name, hand in self._hands.items() if name != key]
        if others:
            before, after = (math.dist(hand, others[0]) for hand in (self._hands[key], place))
            if before > 0 and after > 0:
                self._zoom(after / before)
        self._hands[key] = place
        if others or self._pans:
            scale = 2 * self.distance * math.tan(self._view / 2) / height / (len(others) + 1)
            right, up, _ = self._axes()
            self._target = tuple(t - scale * (dx * r - dy * u) for t, r, u in zip(self._target, right, up))
        else:
            self.azimuth = (self.azimuth - 200 * dx / height) % 360
            self.elevation = max(-89.0, min(89.0, self.elevation + 200 * dy / height))

    def _zoom(self, factor: float) -> None:
        if factor > 0 and math.isfinite(factor):
            self.distance = max(self._limits[0], min(self._limits[1], self.distance / factor))


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
