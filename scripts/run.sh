#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: [CS_…=…] scripts/run.sh [--help|--check|--version]
# Installs missing packages, builds the release and runs cubestreamd in the foreground. The log shows the address to
# open. Ctrl-C stops it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" run
echo "run: building (the first time takes minutes)"
cmake -S "$root" --preset release -DCUBESTREAM_TESTS=OFF >/dev/null
quiet=()
[[ -t 1 ]] || quiet=(-- --quiet)  # one progress line on a terminal, else only errors
cmake --build "$root/build/release" --target cubestreamd "${quiet[@]}"
exec "$root/build/release/cubestreamd" "$@"
