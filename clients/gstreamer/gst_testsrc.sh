#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: gst_testsrc.sh [ELEMENT…]
# Shows the test picture of GStreamer, or the pipeline ELEMENT… (without its sink), on the page of cubestream. Needs
# GStreamer 1.24 or newer (Debian 13: gstreamer1.0-tools, gstreamer1.0-plugins-bad). Start the daemon with
# CS_SCENE=external and CS_SCENE_SOCKET=unixfd:/tmp/gst.sock, as the same user, in any order. This script uses the same
# CS_SCENE_SOCKET, with or without "unixfd:". docs/scenes.md says what the service of the package needs.
set -euo pipefail

fail() {
  echo "gst_testsrc.sh: $*" >&2
  exit 1
}

socket=${CS_SCENE_SOCKET:-unixfd:/tmp/gst.sock}
socket=${socket#unixfd:}
for tool in gst-inspect-1.0 gst-launch-1.0; do
  command -v "$tool" >/dev/null || fail "$tool is not installed: apt-get install gstreamer1.0-tools"
done
if ! gst-inspect-1.0 --exists unixfdsink; then
  fail "this GStreamer ($(gst-inspect-1.0 --version | sed -n 's/^GStreamer //p')) has no unixfdsink. It is in" \
    "gstreamer1.0-plugins-bad 1.24 and newer (Debian 13). On Debian 12 use clients/c/examples/gst_appsink.c"
fi
[[ -d ${socket%/*} && -w ${socket%/*} ]] ||
  fail "this user cannot create a socket in ${socket%/*}; set CS_SCENE_SOCKET here and for the daemon"
if (($# == 0)); then
  # BT.601 are the colours of the stream; with others, each frame is converted.
  set -- videotestsrc is-live=true pattern=ball ! \
    video/x-raw,format=I420,width=1280,height=720,framerate=30/1,colorimetry=bt601
fi
exec gst-launch-1.0 -q "$@" ! unixfdsink socket-path="$socket"
