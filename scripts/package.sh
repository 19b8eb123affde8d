#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/package.sh
# Installs missing packages, builds the release and creates the Debian package for the Debian release of this machine in
# build/package, together with the debug symbol package and the bill of materials (SPDX). The build is reproducible: the
# same commit gives the same package. Packages for other Debian releases in that folder are kept.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh" package
if [[ -z ${SOURCE_DATE_EPOCH:-} ]] && SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null); then
  export SOURCE_DATE_EPOCH
fi
cmake -S "$root" --preset release -DCUBESTREAM_TESTS=OFF >/dev/null
cmake --build "$root/build/release" --target cubestreamd papers -- --quiet
package=$(cpack --config "$root/build/release/CPackConfig.cmake" -B "$root/build/package" |
  sed -n 's/^CPack: - package: \(.*\.deb\) generated\.$/\1/p')
symbols=$("$root/packaging/dbgsym.sh" "$package" "$root/build/release/cubestreamd")
bill=${package%.deb}.spdx.json
"$root/scripts/sbom.sh" "$package" "$(git -C "$root" rev-parse HEAD 2>/dev/null || true)" >"$bill"
printf '%s\n' "$package" "$symbols" "$bill"
