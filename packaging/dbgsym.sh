#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: packaging/dbgsym.sh PACKAGE.deb BINARY
# Creates the package NAME-dbgsym next to PACKAGE.deb, with the debug symbols of BINARY, and prints its path.
# PACKAGE.deb contains BINARY stripped. gdb and coredumpctl find the symbols by the build ID. The CPack variant
# (CPACK_DEBIAN_DEBUGINFO_PACKAGE) lists paths of the build machine in md5sums, so its package is neither valid nor
# reproducible.
set -euo pipefail
package=$1 binary=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
umask 022

field() { dpkg-deb -f "$package" "$1"; }
name=$(field Package)
id=$(readelf -nW "$binary" | sed -nE 's/.*Build ID: ([0-9a-f]+).*/\1/p')
if [[ -z $id ]]; then
  echo "dbgsym: $binary has no build ID" >&2
  exit 1
fi
dpkg-deb -x "$package" "$tree/package"
if ! readelf -nW "$tree/package/usr/bin/$(basename "$binary")" | grep "Build ID: $id" >/dev/null; then
  echo "dbgsym: $package was not made from $binary: the build IDs differ" >&2
  exit 1
fi

root=$tree/root
file=usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
mkdir -p "$root/DEBIAN" "$root/usr/share/doc" "$(dirname "$root/$file")"
objcopy --only-keep-debug "$binary" "$root/$file"
chmod 644 "$root/$file"
ln -s "$name" "$root/usr/share/doc/$name-dbgsym"
(cd "$root" && md5sum "$file") >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: $name-dbgsym
Version: $(field Version)
Architecture: $(field Architecture)
Maintainer: $(field Maintainer)
Installed-Size: $(du --apparent-size -k "$root/$file" | cut -f 1)
Depends: $name (= $(field Version))
Section: debug
Priority: optional
Auto-Built-Package: debug-symbols
Build-Ids: $id
Description: debug symbols for $name
END
result=$(dirname "$package")/$name-dbgsym_$(field Version)_$(field Architecture).deb
# One thread, because the number of threads changes the output.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)} \
  dpkg-deb --root-owner-group -Zxz -z3 --threads-max=1 --build "$root" "$result" >/dev/null
echo "$result"
