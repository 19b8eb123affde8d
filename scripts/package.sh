#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/package.sh
# Installs what is missing, builds the release and makes the Debian package of it, in build/package, and beside it what that
# is made of (SPDX). The same commit makes the same package.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" package
if [[ -z ${SOURCE_DATE_EPOCH:-} ]] && SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null); then
  export SOURCE_DATE_EPOCH
fi
cmake -S "$root" --preset release -DCUBESTREAM_TESTS=OFF >/dev/null
cmake --build "$root/build/release" --target cubestreamd papers -- --quiet
cpack --config "$root/build/release/CPackConfig.cmake" -B "$root/build/package" >/dev/null
for package in "$root"/build/package/*.deb; do
  "$root/scripts/sbom.sh" "$package" "$(git -C "$root" rev-parse HEAD 2>/dev/null || true)" >"${package%.deb}.spdx.json"
done
ls "$root"/build/package/*.deb
