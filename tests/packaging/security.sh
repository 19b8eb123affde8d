#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/security.sh
# Checks the exposure of the service as rated by systemd: at most 1.3, and 1.5 with a graphics card.
set -euo pipefail
packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../packaging" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# judge THRESHOLD: ten times the maximum exposure.
judge() {
  systemd-analyze security --offline=true --no-pager --threshold="$1" "$tree/cubestream.service" >"$tree/report" ||
    { cat "$tree/report" && failures=$((failures + 1)); }
  tail -n 1 "$tree/report"
}

units=(cubestream.service cubestream.socket cubestream-frames.socket)
cp "${units[@]/#/$packaging/}" "$tree"
judge 13
mkdir "$tree/cubestream.service.d"
cp "$packaging/gpu.conf" "$tree/cubestream.service.d/"
judge 15

# systemd only warns about settings that it does not know; these must not occur.
sed -i 's|^ExecStart=.*|ExecStart=/bin/true|' "$tree/cubestream.service"
complaints=$(systemd-analyze verify --man=no "${units[@]/#/$tree/}" 2>&1 | grep -F "$tree/cubestream" || true)
if [[ -n $complaints ]]; then
  echo "$complaints"
  failures=$((failures + 1))
fi
((failures == 0))
