#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/lint.sh BUILD
# Lintian has nothing to say of the Debian package of that build, and the same build makes the same package.
set -euo pipefail
build=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export SOURCE_DATE_EPOCH=1700000000
for name in one two; do cpack --config "$build/CPackConfig.cmake" -B "$out/$name" >"$out/log" || { cat "$out/log" && exit 1; }; done
cmp "$out"/one/*.deb "$out"/two/*.deb
lintian --allow-root --fail-on error,warning "$out"/one/*.deb
