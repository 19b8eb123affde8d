#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/system/podman.sh STORE ARGUMENT…
# Runs podman with all its data in the folder STORE and with control groups version 2, whatever the machine uses. Needs
# root, but no daemon and no image registry.
set -euo pipefail
if [[ ${1:-} != --alone ]]; then
  exec unshare --mount --propagation private "${BASH_SOURCE[0]}" --alone "$@"
fi
store=$2
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec podman --storage-driver vfs --root "$store/images" --runroot "$store/run" --cgroup-manager cgroupfs \
  --events-backend none "${@:3}"
