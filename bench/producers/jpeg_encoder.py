# SPDX-License-Identifier: MIT
"""JPEG by GStreamer's jpegenc (libjpeg-turbo, 4:2:0), which the daemon's packages include; by ctypes, without bindings."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy

PLAYING = 4  # GstState
POINTER = ctypes.c_void_p


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


_core, _app = ctypes.CDLL("libgstreamer-1.0.so.0"), ctypes.CDLL("libgstapp-1.0.so.0")
_init = _function(_core, "gst_init", None, POINTER, POINTER)
_parse = _function(_core, "gst_parse_launch", POINTER, ctypes.c_char_p, POINTER)
_child = _function(_core, "gst_bin_get_by_name", POINTER, POINTER, ctypes.c_char_p)
_set_state = _function(_core, "gst_element_set_state", ctypes.c_int, POINTER, ctypes.c_int)
_copy = _function(_core, "gst_buffer_new_memdup", POINTER, POINTER, ctypes.c_size_t)
_push = _function(_app, "gst_app_src_push_buffer", ctypes.c_int, POINTER, POINTER)  # takes the buffer
_pull = _function(_app, "gst_app_sink_pull_sample", POINTER, POINTER)
_buffer_of = _function(_core, "gst_sample_get_buffer", POINTER, POINTER)
_size_of = _function(_core, "gst_buffer_get_size", ctypes.c_size_t, POINTER)
_extract = _function(_core, "gst_buffer_extract", ctypes.c_size_t, POINTER, ctypes.c_size_t, POINTER, ctypes.c_size_t)
_unref = _function(_core, "gst_mini_object_unref", None, POINTER)


class JpegEncoder:
    """Encodes pictures of one size, for the life of the process. One thread only."""

    def __init__(self, width: int, height: int, quality: int) -> None:
        _init(None, None)
        description = (f"appsrc name=in caps=video/x-raw,format=RGBx,width={width},height={height},framerate=60/1 ! "
                       "videoconvert ! video/x-raw,format=I420 ! "
                       f"jpegenc quality={quality} ! appsink name=out sync=false")
        pipeline = _parse(description.encode(), None)
        if not pipeline:
            raise RuntimeError("GStreamer has no videoconvert or jpegenc (gstreamer1.0-plugins-base, -good)")
        self._in, self._out = _child(pipeline, b"in"), _child(pipeline, b"out")
        _set_state(pipeline, PLAYING)

    def encode(self, picture: numpy.ndarray) -> bytes:
        """The JPEG of a contiguous uint8 picture of the shape (height, width, 4)."""
        _push(self._in, _copy(picture.ctypes.data, picture.nbytes))
        sample = _pull(self._out)
        if not sample:
            raise RuntimeError("the JPEG encoder ended")
        buffer = _buffer_of(sample)
        data = ctypes.create_string_buffer(_size_of(buffer))
        _extract(buffer, 0, data, len(data))
        _unref(sample)
        return data.raw
