#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/gst_examples.sh
# Tests the examples for GStreamer: that of the C header compiles, and gst_testsrc.sh says what is missing and starts the
# right pipeline. tests/gst/unixfdsink_test.cpp tests a real unixfdsink. Needs the headers of GStreamer.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# same WHAT EXPECTED FOUND
same() {
  [[ $2 == "$3" ]] || { printf '%s:\nexpected: %s\nfound:    %s\n' "$1" "$2" "$3" && exit 1; }
}
# contains WHAT PART TEXT
contains() {
  [[ $3 == *"$2"* ]] || { printf '%s:\nexpected: …%s…\nfound:    %s\n' "$1" "$2" "$3" && exit 1; }
}

read -ra flags < <(pkg-config --cflags --libs gstreamer-app-1.0 gstreamer-video-1.0)
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -I "$root/clients/c" "$root/clients/c/examples/gst_appsink.c" \
  -o "$folder/gst_appsink" "${flags[@]}"
found=$("$folder/gst_appsink" 2>&1) && exit 1
same "gst_appsink without a pipeline" "gst_appsink: give a pipeline that ends in appsink" "$found"

# Programs of the script, without those of GStreamer.
mkdir "$folder/bin"
for tool in bash sed env; do ln -s "$(command -v "$tool")" "$folder/bin/$tool"; done
script() { PATH=$folder/bin CS_SCENE_SOCKET=unixfd:$folder/gst.sock "$root/clients/gstreamer/gst_testsrc.sh" "$@" 2>&1; }
tool() {
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}

found=$(script) && exit 1
contains "without tools" "gst-inspect-1.0 is not installed: apt-get install gstreamer1.0-tools" "$found"
tool gst-launch-1.0 'printf "%s\n" "$*"'
# shellcheck disable=SC2016  # the tool expands
tool gst-inspect-1.0 'if [[ $1 == --version ]]; then echo "GStreamer 1.22.0"; fi; [[ $1 == --version ]]'
found=$(script) && exit 1
contains "with GStreamer 1.22" "this GStreamer (1.22.0) has no unixfdsink" "$found"
# shellcheck disable=SC2016  # the tool expands
tool gst-inspect-1.0 '[[ $* == "--exists unixfdsink" ]]'
same "with unixfdsink" "-q videotestsrc is-live=true pattern=ball ! \
video/x-raw,format=I420,width=1280,height=720,framerate=30/1,colorimetry=bt601 ! unixfdsink socket-path=$folder/gst.sock" \
  "$(script)"
same "another pipeline" "-q a ! b ! unixfdsink socket-path=$folder/gst.sock" "$(script a ! b)"
found=$(PATH=$folder/bin CS_SCENE_SOCKET=/nowhere/gst.sock "$root/clients/gstreamer/gst_testsrc.sh" 2>&1) && exit 1
contains "without its folder" "cannot create a socket in /nowhere" "$found"
