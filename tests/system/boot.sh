#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/system/boot.sh ROOT ARCHIVES NETWORK
# Boots the Debian in ROOT with its own systemd, in the network namespace NETWORK, with ARCHIVES as its apt's downloads,
# and ends when that does, as that does with this. As root. Whatever the machine's control groups are like, those in there are of version 2, in a
# tree of their own; mounts are this process's own and vanish with it.
set -euo pipefail
if [[ ${1:-} != --alone ]]; then
  exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" --alone "$@"
fi
root=$2 archives=$3 network=$4

umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
groups=/sys/fs/cgroup/"cubestream-test-$(basename "$(dirname "$root")")"
mkdir "$groups"
end() {
  echo 0 >/sys/fs/cgroup/cgroup.procs
  find "$groups" -depth -type d -exec rmdir {} +
}
trap end EXIT
echo 0 >"$groups/cgroup.procs"

SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root" --register=no --keep-unit --boot \
  --network-namespace-path="/run/netns/$network" --bind="$archives:/var/cache/apt/archives" --console=pipe </dev/null
