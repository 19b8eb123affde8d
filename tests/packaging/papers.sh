#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/papers.sh BUILD
# Checks that the settings file and the manual page of a build are complete and valid.
set -euo pipefail
build=$1
papers=$build/packaging
failures=0
mistake() {
  echo "$*"
  failures=$((failures + 1))
}

mapfile -t settings < <("$build/cubestreamd" --help | sed -nE 's/^  (CS_[A-Z_]+).*/\1/p')
((${#settings[@]} > 20)) || mistake "--help names only ${#settings[@]} settings"
for setting in "${settings[@]}"; do
  grep -q "^#$setting=" "$papers/cubestream.env" || mistake "$setting is not in cubestream.env"
  grep -q "^\.B $setting" "$papers/cubestreamd.8" || mistake "$setting is not in cubestreamd.8"
done

# Uncommenting all lines must not change any setting, because they show the defaults.
mapfile -t lines < <(sed -n 's/^#\(CS_[A-Z_]*=\)/\1/p' "$papers/cubestream.env")
((${#lines[@]} == ${#settings[@]})) || mistake "cubestream.env has ${#lines[@]} settings of ${#settings[@]}"
# Ignores failures of --check that concern this machine, such as a port in use.
report=$(env "${lines[@]}" "$build/cubestreamd" --check) || true
grep -q "^ok  *settings  *are good$" <<<"$report" || mistake "cubestream.env: invalid defaults: $report"
if grep -q "^CS_[A-Z_]*=" <<<"$report"; then mistake "cubestream.env: wrong defaults: $report"; fi

for section in NAME SYNOPSIS DESCRIPTION OPTIONS ENVIRONMENT SIGNALS "EXIT STATUS" FILES; do
  grep -q "^\.SH $section" "$papers/cubestreamd.8" || mistake "cubestreamd.8 has no $section"
done
warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$papers/cubestreamd.8" 2>&1 >/dev/null)
[[ -z $warnings ]] || mistake "cubestreamd.8: $warnings"
((failures == 0))
