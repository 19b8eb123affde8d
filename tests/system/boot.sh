#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/system/boot.sh ROOT ARCHIVES NETWORK
# Boots the Debian in ROOT with its own systemd, in the network namespace NETWORK. ARCHIVES is its apt download folder.
# Exits when the Debian does, and the Debian exits with this script. Needs root. The Debian gets its own tree of control
# groups version 2, whatever the machine uses. All mounts are private to this process.
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
