#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/hardening.sh BUILD
# Checks that the installed, stripped binary of this build has the hardening of cmake/hardening.cmake.
set -euo pipefail
build=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
DESTDIR=$tree cmake --install "$build" --prefix /usr --strip >"$tree/log" || { cat "$tree/log" && exit 1; }
binary=$tree/usr/bin/cubestreamd
failures=0

# expect NAME PATTERN FILE: a line of the file must match the pattern.
expect() {
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
expect "position-independent executable (PIE)" 'Type: +DYN' "$tree/head"
expect "PIE flag" 'FLAGS_1.* PIE' "$tree/dynamic"
expect "all symbols are bound at start (BIND_NOW)" 'FLAGS_1.* NOW' "$tree/dynamic"
expect "relocation tables are read-only after start (RELRO)" 'GNU_RELRO' "$tree/segments"
expect "the stack is not executable" 'GNU_STACK +0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ RW ' "$tree/segments"
# The first segment is neither writable nor executable, so code has its own pages.
expect "code shares no page with data" 'LOAD +0x0+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ R  +0x' "$tree/segments"
expect "stack protector" ' __stack_chk_fail@' "$tree/symbols"
expect "known buffer sizes are checked (FORTIFY_SOURCE)" ' __[a-z]+_chk@' "$tree/symbols"
expect "the standard library checks indices" ' _ZSt21__glibcxx_assert_fail' "$tree/symbols"
if grep -Eq 'LOAD .* (RWE|WE) ' "$tree/segments"; then
  echo "missing no page is writable and executable"
  failures=$((failures + 1))
fi
if grep -q 'R(UN)?PATH' "$tree/dynamic"; then
  echo "missing no RPATH or RUNPATH into the build folder"
  failures=$((failures + 1))
fi
if grep -q 'Machine:.*X86-64' "$tree/head"; then
  # Counts endbr64, the valid targets of indirect calls. The linker sets the IBT note only if all objects have them; the
  # start files of the C library in Debian 12 do not.
  objdump -d --no-show-raw-insn -j .text "$binary" | grep -c endbr64 >"$tree/landings" || true
  if (($(<"$tree/landings") < 500)); then
    echo "missing indirect branch tracking: only $(<"$tree/landings") endbr64 instructions"
    failures=$((failures + 1))
  else
    echo "ok      indirect branch tracking: $(<"$tree/landings") endbr64 instructions"
  fi
  if grep -q 'IBT, SHSTK' "$tree/notes"; then echo "ok      IBT and SHSTK notes"; else
    echo "-       no IBT and SHSTK notes: objects of the C library were built without them"
  fi
fi
((failures == 0))
