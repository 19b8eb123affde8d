#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/threat_model.sh [FILE]
# Checks that each test named in docs/threat-model.md exists: the last column of the tables under "By what".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
page=${1:-docs/threat-model.md}

exists() {
  local name=$1
  case $name in
    tests/* | bench/*) [[ -e $name ]] ;;
    e2e.* | system.*) [[ -f tests/${name%%.*}/${name#*.}.test.mjs ]] ;;
    *_test) [[ -f tests/unit/$name.cpp || -f tests/gl/$name.cpp || -f tests/gst/$name.cpp ]] ;;
    *.*)
      grep -qE "add_test\(NAME $name " tests/CMakeLists.txt ||
        grep -rqE "^TEST(_F|_P)?\(${name%%.*}, ${name#*.}\)" tests/{unit,gl,gst} --include='*.cpp'
      ;;
    *) false ;;
  esac
}

# Splits at backticks: every second part is a name.
mapfile -t names < <(sed -n '/^## By what/,/^## /s/^| .*|\([^|]*\)|$/\1/p' "$page" |
  awk -F '[`]' '{ for (i = 2; i <= NF; i += 2) print $i }' | sort -u)
((${#names[@]} >= 20)) || { echo "$page names only ${#names[@]} tests"; exit 1; }
failures=0
for name in "${names[@]}"; do
  exists "$name" && continue
  echo "$page names $name, which does not exist"
  failures=$((failures + 1))
done
echo "$page names ${#names[@]} tests; $failures do not exist"
((failures == 0))
