#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: sudo tests/chroot.sh RELEASE run|test|both root|user DIR [WORD…]
# Proves the README's promise on a Debian release (bookworm, trixie, testing): makes a Debian in DIR that holds nothing but
# git (for `user`: and sudo), unless DIR holds one, clones the committed state of this repository into it, and there runs
# scripts/run.sh, asks /healthz and sends SIGTERM, or runs scripts/test.sh with the words, or both in this order. Says how
# long each took. Part of `scripts/test.sh full` alone: it downloads hundreds of packages.
# MIRROR is where Debian comes from, if not debootstrap's own choice; the files under OVERLAY (a proxy's settings,
# certificates) are copied into DIR.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if (($# < 4)) || [[ ! $2 =~ ^(run|test|both)$ ]] || [[ $3 != root && $3 != user ]]; then
  sed -n 3p "$0" >&2
  exit 2
fi
release=$1 what=$2 who=$3 dir=$4
shift 4

if [[ ! -e $dir/etc/debian_version ]]; then
  mkdir -p "$dir"  # debootstrap does not make what it lies in
  debootstrap --variant=minbase --include=git "$release" "$dir" ${MIRROR:+"$MIRROR"}
fi
cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
if [[ -n ${OVERLAY:-} ]]; then cp -R "$OVERLAY/." "$dir/"; fi

# inside USER COMMAND…: becomes COMMAND in the chroot; the mounts are this process's own and vanish with it. DIR is
# bound to itself so that / is a mount point, without which nothing in it can make its mounts private.
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

# healthz PORT: the status line of its answer.
healthz() {
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  head -n 1 <&3
}

# run: scripts/run.sh until it is healthy, and its end by SIGTERM.
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
    echo "chroot: scripts/run.sh ended with $status before it named an address" >&2
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
