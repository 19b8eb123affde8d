#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/net/link.sh [NETWORK_LINK]
# Creates a simulated network for manual tests, as root: the namespaces cs-server (10.98.0.1) and cs-viewer (10.98.0.2)
# and a link between them. Type the link commands here ("rate 1500000", "down loss 0.05", "blackout 5000", "stats").
# Both namespaces are deleted at the end of the input (Ctrl-D). NETWORK_LINK: path of the program; default: the release
# build.
set -euo pipefail
program=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/release/tests/network_link}
[[ -x $program ]] || { echo "$program does not exist; build with -DCUBESTREAM_TESTS=ON first" >&2; exit 1; }

clean() {
  ip netns del cs-server 2>/dev/null || true
  ip netns del cs-viewer 2>/dev/null || true
}
trap clean EXIT
for end in server viewer; do
  ip netns add "cs-$end"
  ip -n "cs-$end" link set lo up
done

configure() {
  local end=$1 address=$2
  until ip -n "cs-$end" addr add "$address/24" dev eth0 2>/dev/null; do sleep 0.1; done
  ip -n "cs-$end" link set eth0 up
}
{ configure server 10.98.0.1; configure viewer 10.98.0.2; } &
cat <<'WORDS'
In two other terminals:
  ip netns exec cs-server env CS_HOST=10.98.0.1 build/release/cubestreamd
  ip netns exec cs-viewer chromium --no-sandbox --user-data-dir="$(mktemp -d)" http://10.98.0.1:8080/
WORDS
"$program" cs-server eth0 cs-viewer eth0
