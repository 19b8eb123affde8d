#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/system/podman.sh STORE ARGUMENT…
# podman with all that it keeps in the folder STORE, in control groups of version 2, whatever the machine's are like. As
# root. Needs neither a daemon nor a registry of images.
set -euo pipefail
if [[ ${1:-} != --alone ]]; then
  exec unshare --mount --propagation private "${BASH_SOURCE[0]}" --alone "$@"
fi
store=$2
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec podman --storage-driver vfs --root "$store/images" --runroot "$store/run" --cgroup-manager cgroupfs \
  --events-backend none "${@:3}"
