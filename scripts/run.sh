#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: [CS_…=…] scripts/run.sh [--help|--check|--version]
# Installs what is missing, builds the release and runs cubestreamd in the foreground; its log says which address to
# open. Ctrl-C ends it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" run
echo "run: building (the first time takes minutes)"
cmake -S "$root" --preset release -DCUBESTREAM_TESTS=OFF >/dev/null
quiet=()
[[ -t 1 ]] || quiet=(-- --quiet)  # on a terminal one line of progress, else only what went wrong
cmake --build "$root/build/release" --target cubestreamd "${quiet[@]}"
exec "$root/build/release/cubestreamd" "$@"
