#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/lint.sh BUILD
# Checks the Debian packages of a build, program and debug symbols: lintian reports nothing, packing twice gives
# identical packages, the version names the Debian release, and the symbols belong to the installed binary.
set -euo pipefail
build=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export SOURCE_DATE_EPOCH=1700000000
for name in one two; do
  cpack --config "$build/CPackConfig.cmake" -B "$out/$name" >"$out/log" || { cat "$out/log" && exit 1; }
  "$root/packaging/dbgsym.sh" "$out/$name"/cubestream_*.deb "$build/cubestreamd" >/dev/null
done
for package in "$out"/one/*.deb; do cmp "$package" "$out/two/$(basename "$package")"; done
# Only the program's package overrides the lintian tag about the maintainer's address.
lintian --allow-root --fail-on error,warning --suppress-tags bogus-mail-host "$out"/one/*.deb

version=$(dpkg-deb -f "$out"/one/cubestream_*.deb Version)
# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "${ID/debian/deb}${VERSION_ID:-$VERSION_CODENAME}")
if [[ $version != *"+$release" ]]; then
  echo "the package's version $version does not end with +$release"
  exit 1
fi
if dpkg-deb -c "$out"/one/cubestream_*.deb | grep ' \./lib/'; then
  echo "the package installs files under /lib, which is a link to /usr/lib"
  exit 1
fi

for package in "$out"/one/*.deb; do dpkg-deb -x "$package" "$out/tree"; done
id=$(readelf -nW "$out/tree/usr/bin/cubestreamd" | sed -nE 's/.*Build ID: ([0-9a-f]+).*/\1/p')
symbols=$out/tree/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
# Not grep -q: it exits early, readelf then gets SIGPIPE, and the pipe fails.
readelf -SW "$symbols" 2>/dev/null | grep ' \.debug_info ' >/dev/null || { echo "no debug symbols in $symbols" && exit 1; }
if readelf -SW "$out/tree/usr/bin/cubestreamd" | grep -E ' \.(debug_info|symtab) '; then
  echo "the package's binary is not stripped"
  exit 1
fi
