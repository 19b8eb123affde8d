#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: [CS_…=…] scripts/run.sh [--demo python|c | --help|--check|--version]
#   Installs missing packages, builds the release and runs cubestreamd in the foreground. The log shows the address to
#   open. Ctrl-C stops it.
#   --demo: another program draws the picture, an example from clients/python or clients/c. Its lines in the log begin
#   with "demo: ". Ctrl-C stops both.
#   With CUBESTREAMD=FILE it runs that binary, and installs and builds nothing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=
if [[ ${1:-} == --demo ]]; then
  demo=${2:-}
  if [[ $# -ne 2 || ! $demo =~ ^(python|c)$ ]]; then
    if [[ $# -lt 2 ]]; then
      echo "run: --demo needs the name of a demo" >&2
    elif [[ $# -gt 2 ]]; then
      echo "run: --demo $demo takes no further arguments; settings are environment variables: CS_PORT=9000 scripts/run.sh" >&2
    else
      echo "run: there is no demo \"$demo\"" >&2
    fi
    echo "usage: scripts/run.sh --demo python|c" >&2
    exit 2
  fi
fi

build() {
  if [[ $demo == python ]]; then "$root/scripts/setup.sh" demo; else "$root/scripts/setup.sh" run; fi
  echo "run: building (the first time takes minutes)"
  cmake -S "$root" --preset release -DCUBESTREAM_TESTS=OFF >/dev/null
  local quiet=()
  [[ -t 1 ]] || quiet=(-- --quiet)  # one progress line on a terminal, else only errors
  cmake --build "$root/build/release" --target cubestreamd "${quiet[@]}"
}

# Stops the processes of run_demo that are known; some may have ended, or all at Ctrl-C.
stop_demo() {
  kill ${producer:+"$producer"} ${daemon:+"$daemon"} 2>/dev/null || true
}

# run_demo COMMAND…: runs the daemon, and the command as the program that draws, until one of them ends or a signal
# arrives. Returns the exit code of the daemon, or 1 if the command ended by itself.
run_demo() {
  local daemon='' producer='' ended='' status=0
  is_stopping=
  # Before the first process starts, so that none stays behind. The daemon itself survives SIGHUP, as it reloads then.
  trap 'is_stopping=yes; stop_demo' INT TERM HUP
  "$binary" &
  daemon=$!
  "$@" > >(exec sed -u 's/^/demo: /' >&2) 2>&1 &
  producer=$!
  if [[ -n $is_stopping ]]; then stop_demo; fi  # the signal came before both were known
  wait -n -p ended "$daemon" "$producer" || status=$?
  ended=${ended:-}  # a signal unsets it
  if [[ -z $is_stopping && $ended == "$producer" ]]; then
    echo "run: the program that draws ended with code $status; its last lines say why: $*" >&2
  fi
  # More than once: a signal to a process that has not begun its program yet can be lost.
  while kill -0 "$producer" 2>/dev/null || kill -0 "$daemon" 2>/dev/null; do
    stop_demo
    sleep 0.2
  done
  wait "$producer" || true
  if [[ $ended != "$daemon" ]]; then
    status=0
    wait "$daemon" || status=$?
    if [[ -z $is_stopping ]]; then status=1; fi
  fi
  return "$status"
}

binary=${CUBESTREAMD:-$root/build/release/cubestreamd}
[[ -n ${CUBESTREAMD:-} ]] || build
[[ -n $demo ]] || exec "$binary" "$@"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CS_SCENE=external CS_SCENE_SOCKET=$folder/frames.sock
case $demo in
  python)  # not another python3 of the PATH: Debian's numpy belongs to this one
    run_demo env PYTHONPATH="$root/clients/python" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
      /usr/bin/python3 "$root/clients/python/examples/numpy_plasma.py"
    ;;
  c)
    cc -std=gnu11 -O2 -I"$root/clients/c" "$root/clients/c/examples/plasma.c" -o "$folder/plasma"
    run_demo "$folder/plasma"
    ;;
esac
