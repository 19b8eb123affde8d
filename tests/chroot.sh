#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: sudo tests/chroot.sh RELEASE run|test|both root|user DIR [WORD…]
# Tests the quick start of the README on a Debian release (bookworm, trixie, testing). Unless DIR holds a Debian,
# installs a minimal one there, with git (for `user`: and sudo). Clones the committed state of this repository into it.
# run:  runs scripts/run.sh, requests /healthz and sends SIGTERM.
# test: runs scripts/test.sh with the arguments WORD….
# both: run, then test.
# Prints how long each step took. Runs only in `scripts/test.sh full`, because it downloads hundreds of packages.
# MIRROR: the Debian mirror, if not debootstrap's default. The files under OVERLAY (proxy settings, certificates) are
# copied into DIR.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if (($# < 4)) || [[ ! $2 =~ ^(run|test|both)$ ]] || [[ $3 != root && $3 != user ]]; then
  sed -n 3p "$0" >&2
  exit 2
fi
release=$1 what=$2 who=$3 dir=$4
shift 4

if [[ ! -e $dir/etc/debian_version ]]; then
  mkdir -p "$dir"  # debootstrap does not create parent folders
  debootstrap --variant=minbase --include=git "$release" "$dir" ${MIRROR:+"$MIRROR"}
fi
cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
if [[ -n ${OVERLAY:-} ]]; then cp -R "$OVERLAY/." "$dir/"; fi

# inside USER COMMAND…: replaces this process by COMMAND in the chroot. The mounts are private to this process. Binds
# DIR to itself, because / must be a mount point for programs in the chroot to make their mounts private.
inside() {
  # shellcheck disable=SC2016  # the inner shell expands
  exec unshare --mount bash -c '
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/dev/shm"
    mount -t tmpfs tmpfs "$1/tmp"
    exec chroot --userspec="$2" "$1" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 \
      HOME="$3" "${@:4}"' - "$dir" "$1" "$home" "${@:2}"
}

home=/root
if [[ $who == user ]]; then
  home=/home/cube
  chroot "$dir" sh -ec '
    command -v sudo >/dev/null || { apt-get update && apt-get install -y --no-install-recommends sudo; }
    id cube 2>/dev/null || useradd --create-home cube
    echo "cube ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/cube'
  who=cube:cube
fi
rm -rf "$dir$home/cubestream"
cloned=$SECONDS
git clone --quiet --no-local "$root" "$dir$home/cubestream"
chroot "$dir" chown -R "${who%:*}" "$home/cubestream"

# healthz PORT: prints the status line of GET /healthz.
healthz() {
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  head -n 1 <&3
}

# run: starts scripts/run.sh, waits until it is healthy, and stops it with SIGTERM.
run() {
  local started=$SECONDS daemon port tries answer='' status=0
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  (inside "$who" CS_HOST=127.0.0.1 CS_PORT=0 "$home/cubestream/scripts/run.sh") >"$log" 2>&1 &
  daemon=$!
  tail -f --pid="$daemon" "$log" &
  read -r port < <(tail -n +1 -f --pid="$daemon" "$log" | sed -nE 's|.*open http://[^ ]*:([0-9]+)/.*|\1|p;T;q') || true
  if [[ -z $port ]]; then
    wait "$daemon" || status=$?
    echo "chroot: scripts/run.sh exited with $status before it printed its address" >&2
    return 1
  fi
  for ((tries = 50; tries > 0; --tries)); do
    answer=$(healthz "$port")
    [[ $answer != *' 200 '* ]] || break
    sleep 0.1
  done
  echo "chroot: GET /healthz: $answer"
  echo "chroot: $((SECONDS - started)) s from the start of scripts/run.sh to this answer, $((SECONDS - cloned)) s from git clone"
  kill -TERM "$daemon"
  wait "$daemon" || status=$?
  echo "chroot: after SIGTERM it exited with $status"
  [[ $answer == *' 200 '* ]] && ((status == 0))
}

if [[ $what != test ]]; then run; fi
if [[ $what != run ]]; then
  started=$SECONDS
  (inside "$who" "$home/cubestream/scripts/test.sh" "$@")
  echo "chroot: scripts/test.sh took $((SECONDS - started)) s"
fi
