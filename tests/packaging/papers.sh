#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/papers.sh BUILD
# The file of settings and the manual page of that build are whole, and good as they are.
set -euo pipefail
build=$1
papers=$build/packaging
failures=0
complain() {
  echo "$*"
  failures=$((failures + 1))
}

mapfile -t settings < <("$build/cubestreamd" --help | sed -nE 's/^  (CS_[A-Z_]+).*/\1/p')
((${#settings[@]} > 20)) || complain "--help names only ${#settings[@]} settings"
for setting in "${settings[@]}"; do
  grep -q "^#$setting=" "$papers/cubestream.env" || complain "$setting is not in cubestream.env"
  grep -q "^\.B $setting" "$papers/cubestreamd.8" || complain "$setting is not in cubestreamd.8"
done

# With every # taken away it says what holds without it.
mapfile -t lines < <(sed -n 's/^#\(CS_[A-Z_]*=\)/\1/p' "$papers/cubestream.env")
((${#lines[@]} == ${#settings[@]})) || complain "cubestream.env has ${#lines[@]} settings of ${#settings[@]}"
# What --check finds of this machine, such as a port that somebody has, is not the file's affair.
report=$(env "${lines[@]}" "$build/cubestreamd" --check) || true
grep -q "^ok  *settings  *are good$" <<<"$report" || complain "its defaults are not good: $report"
if grep -q "^CS_[A-Z_]*=" <<<"$report"; then complain "its defaults are others: $report"; fi

for section in NAME SYNOPSIS DESCRIPTION OPTIONS ENVIRONMENT SIGNALS "EXIT STATUS" FILES; do
  grep -q "^\.SH $section" "$papers/cubestreamd.8" || complain "cubestreamd.8 has no $section"
done
warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$papers/cubestreamd.8" 2>&1 >/dev/null)
[[ -z $warnings ]] || complain "cubestreamd.8: $warnings"
((failures == 0))
