#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/hardening.sh BUILD
# What cmake/hardening.cmake asks for is in the binary that this build installs, stripped as the package has it.
set -euo pipefail
build=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
DESTDIR=$tree cmake --install "$build" --prefix /usr --strip >"$tree/log" || { cat "$tree/log" && exit 1; }
binary=$tree/usr/bin/cubestreamd
failures=0

# holds WHAT PATTERN FILE: a line of the file fits.
holds() {
  if grep -Eq -- "$2" "$3"; then
    echo "ok      $1"
  else
    echo "missing $1"
    failures=$((failures + 1))
  fi
}

readelf -hW "$binary" >"$tree/head"
readelf -lW "$binary" >"$tree/segments"
readelf -dW "$binary" >"$tree/dynamic"
readelf -nW "$binary" >"$tree/notes"
readelf --dyn-syms -W "$binary" >"$tree/symbols"
holds "it can be loaded anywhere" 'Type: +DYN' "$tree/head"
holds "and says so" 'FLAGS_1.* PIE' "$tree/dynamic"
holds "all symbols are bound at start" 'FLAGS_1.* NOW' "$tree/dynamic"
holds "tables of addresses are read-only then" 'GNU_RELRO' "$tree/segments"
holds "no stack can be run" 'GNU_STACK +0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ RW ' "$tree/segments"
# A first segment that is neither written nor run: code has pages of its own.
holds "code shares no page with data" 'LOAD +0x0+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ R  +0x' "$tree/segments"
holds "stacks are guarded" ' __stack_chk_fail@' "$tree/symbols"
holds "known bounds are looked at" ' __[a-z]+_chk@' "$tree/symbols"
holds "the standard library looks at indices" ' _ZSt21__glibcxx_assert_fail' "$tree/symbols"
if grep -Eq 'LOAD .* (RWE|WE) ' "$tree/segments"; then
  echo "missing no page can be written and run"
  failures=$((failures + 1))
fi
if grep -q 'R(UN)?PATH' "$tree/dynamic"; then
  echo "missing no library is looked for in folders of the build"
  failures=$((failures + 1))
fi
if grep -q 'Machine:.*X86-64' "$tree/head"; then
  # The first word of what runs when main() does: the linker tells the loader of it only if all objects have it, and
  # those of the C library, by which a program starts, have not in Debian 12.
  objdump -d --no-show-raw-insn -j .text "$binary" | grep -c endbr64 >"$tree/landings" || true
  if (($(<"$tree/landings") < 500)); then
    echo "missing each call is to where one may land: $(<"$tree/landings") such places"
    failures=$((failures + 1))
  else
    echo "ok      $(<"$tree/landings") places where a call may land"
  fi
  if grep -q 'IBT, SHSTK' "$tree/notes"; then echo "ok      and the loader is told"; else
    echo "-       the loader is not told: objects of the C library have no such places"
  fi
fi
((failures == 0))
