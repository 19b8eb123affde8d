#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/test.sh [ci | full | WORD…]
#   Without words: installs missing packages, builds the release (shared with scripts/run.sh), and runs the tests with
#   the labels unit, gl, gst and smoke.
#   ci: as above, plus style, package, the fuzzer corpus, a build with the address and undefined behaviour sanitizers
#   (asan) with unit, gl and gst, and a build with the thread sanitizer (tsan) with unit and gst. The tsan build only runs
#   if multi-threaded code has changed since the commit TEST_BASE or the last tag (or if there is neither).
#   full: everything, in parts. A part that passed on this commit is not repeated. Prints a table at the end.
#   Words select steps (style release asan tsan fuzz odr) and test labels (unit gl gst smoke e2e corpus package
#   system), as in `scripts/test.sh release unit`. FUZZ_SECONDS is the time for each fuzzer (60).
# A skipped or disabled test, a compiler warning and an unformatted line count as failures.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

usage() {
  sed -n '3,/^#   system)/s/^# //p' "$0" >&2
  exit 2
}

passed=0 failed=0 complaints=()
complain() {
  failed=$((failed + 1))
  complaints+=("$*")
}

style() {
  scripts/style.sh || complain "style: see above"
}

# build_preset NAME FULL [OPTION…]: FULL=ON includes the benchmarks and the tests of ci and full; the options are passed
# to cmake --build.
build_preset() {
  local build=$1 full=$2 quiet=()
  shift 2
  echo "--- $build: building"
  [[ -t 1 ]] || quiet=(-- --quiet)
  if ! cmake --preset "$build" -DCUBESTREAM_TESTS=ON "-DCUBESTREAM_FULL=$full" >/dev/null ||
    ! cmake --build "build/$build" "$@" "${quiet[@]}"; then
    complain "$build does not build"
    return 1
  fi
}

# Whether two sources define different things with one name (ODR), which only the linker can see, with link-time
# optimisation.
odr() {
  echo "--- odr: building"
  if cmake --preset odr >/dev/null && cmake --build build/odr --target cubestreamd -- --quiet; then
    passed=$((passed + 1))
  else
    complain "odr: see above"
  fi
}

fuzz() {
  local since=$SECONDS output good bad
  build_preset fuzz OFF --target fuzz || return 0
  echo "--- fuzz: built in $((SECONDS - since)) s"
  output=$(tests/fuzz/run.sh build/fuzz) || true
  echo "$output"
  good=$(grep -c '^ok ' <<<"$output") || true
  bad=$(grep -c '^FAILED ' <<<"$output") || true
  passed=$((passed + good))
  if ((bad > 0)); then
    failed=$((failed + bad))
    complaints+=("fuzz: $bad fuzzers found an error")
  elif ((good == 0)); then
    complain "fuzz: no fuzzer ran"
  fi
}

# count_tests LOG: prints "PASSED FAILED NAMES" from the log of ctest. Tests of GoogleTest, Node and Python programs count
# individually, any other program as one test.
count_tests() {
  awk '
    /^[0-9]+\/[0-9]+ Test: / { inner = good = bad = 0; name = $NF }
    /^\[ +OK +\] / { ++inner; ++good }
    /^\[ +FAILED +\] .*\(([0-9]+) ms\)$/ { ++inner; ++bad; names = names " " $4 }
    /^(ℹ|#) pass [0-9]+/ { inner += $3; good += $3 }
    /^(ℹ|#) fail [0-9]+/ { inner += $3; bad += $3; if ($3 > 0) names = names " " name }
    /^Ran [0-9]+ tests? in / { inner += $2; good += $2 }
    /^FAILED \((failures|errors)=/ {
      count = split($0, numbers, "="); lost = 0
      for (i = 2; i <= count; ++i) lost += numbers[i] + 0
      good -= lost; bad += lost; names = names " " name }
    /^Test Passed\.$/ { passed += inner > 0 ? good : 1 }
    /^Test (Failed|Timeout)|^Test Fail Reason/ {
      passed += good; failed += bad > 0 ? bad : 1; if (bad == 0) names = names " " name; good = bad = 0 }
    END { print passed + 0, failed + 0, names }' "$1"
}

# build_and_test NAME: builds the preset and runs the tests of those requested labels that apply to it.
build_and_test() {
  local build=$1 label wanted=() since=$SECONDS built full=OFF status=0 good bad names log
  for label in "${labels[@]}"; do
    case $build:$label in
      # Races in GL drivers, Chromium and other libraries are outside of this project.
      tsan:gl | tsan:smoke | tsan:e2e) continue ;;
      # The package is built from the release.
      asan:package | asan:system | tsan:package | tsan:system) continue ;;
    esac
    wanted+=("$label")
    case $label in e2e | package | system) full=ON ;; esac
  done
  ((${#wanted[@]} > 0)) || return 0
  build_preset "$build" "$full" || return 0
  built=$((SECONDS - since))

  echo "--- $build: testing ${wanted[*]}"
  log=$root/build/$build/Testing/Temporary/LastTest.log
  rm -f "$log"
  # Many tests mostly wait, so one job more than the number of CPUs is faster. Sanitizer builds and browsers use all
  # CPUs.
  local jobs=$(($(nproc) + 1))
  if [[ $build != release || " ${wanted[*]} " == *" e2e "* ]]; then jobs=$(nproc); fi
  ctest --test-dir "build/$build" -L "^($(IFS='|' && echo "${wanted[*]}"))\$" --no-tests=error -j "$jobs" \
    --output-on-failure || status=$?
  if [[ -s $log ]]; then read -r good bad names < <(count_tests "$log"); else good=0 bad=0 names=; fi
  passed=$((passed + good))
  if ((bad > 0)); then
    failed=$((failed + bad))
    complaints+=("$build: $bad tests failed: $names")
  elif ((status != 0)); then
    complain "$build: ctest ended with $status"
  fi
  echo "--- $build: built in $built s, tested in $((SECONDS - since - built)) s"
}

# Succeeds if multi-threaded code has changed.
threads_changed() {
  local base=${TEST_BASE:-}
  [[ -n $base ]] || base=$(git describe --tags --abbrev=0 2>/dev/null) || return 0
  ! git diff --quiet "$base"...HEAD -- src/base src/log src/loop src/process src/fanout src/rtp src/ice src/session \
    src/encode src/encoder src/source src/unixfd src/producer src/yuv || return 1
}

verdict() {
  echo
  if ((failed > 0)); then printf 'FAILED: %s\n' "${complaints[@]}"; fi
  echo "done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

newcomer() {
  labels=(unit gl gst smoke)
  scripts/setup.sh test
  build_and_test release
}

ci() {
  scripts/setup.sh ci
  style
  labels=(unit gl gst smoke package)
  build_and_test release
  labels=(unit gl gst corpus)
  build_and_test asan
  labels=(unit gst)
  if threads_changed; then build_and_test tsan; else echo "--- tsan: skipped, multi-threaded code has not changed"; fi
}

# The other supported Debian release.
other_debian() {
  if grep -qs '^VERSION_CODENAME=trixie$' /etc/os-release; then echo bookworm; else echo trixie; fi
}

# part NAME: runs one part of full.
part() {
  case $1 in
    style) scripts/test.sh style ;;
    release) THOROUGH=1 scripts/test.sh release unit gl gst corpus e2e package ;;
    asan) scripts/test.sh asan unit gl gst corpus e2e ;;
    tsan) scripts/test.sh tsan unit gst ;;
    fuzz) scripts/test.sh fuzz ;;
    odr) scripts/test.sh odr ;;
    system) scripts/test.sh release system ;;
    other-debian) tests/chroot.sh "$(other_debian)" both root "build/chroot/$(other_debian)" ;;
  esac
}

full() {
  local name parts=(style release asan tsan fuzz odr system other-debian) commit folder=build/full since status output table=()
  mkdir -p "$folder"
  commit=$(git rev-parse HEAD)
  [[ -z $(git status --porcelain) ]] || commit=uncommitted
  for name in "${parts[@]}"; do
    if [[ $commit != uncommitted ]] && grep -qs "^$commit passed " "$folder/$name.result"; then continue; fi
    echo "=== $name (log: $folder/$name.log)"
    since=$SECONDS status=passed
    part "$name" 2>&1 | tee "$folder/$name.log" || status=failed
    output=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$folder/$name.log" | tail -n 1) || true  # no result line
    echo "$commit $status $((SECONDS - since)) ${output:-0 passed, 0 failed}" >"$folder/$name.result"
  done
  for name in "${parts[@]}"; do
    read -r _ status since good _ bad _ <"$folder/$name.result"
    table+=("$(printf '%-14s %-7s %6s %7s %5d:%02d' "$name" "$status" "$good" "$bad" $((since / 60)) $((since % 60)))")
    passed=$((passed + good))
    failed=$((failed + bad))
    if [[ $status == failed ]]; then
      complaints+=("$name: see $folder/$name.log")
      ((bad > 0)) || failed=$((failed + 1))
    fi
  done
  printf '\n%-14s %-7s %6s %7s %8s\n' part result passed failed min:s
  printf '%s\n' "${table[@]}"
}

# chosen WORD…: runs the steps and tests selected by the words.
chosen() {
  local word step steps=() level=test
  labels=()
  for word in "$@"; do
    case $word in
      style | package) level=${level/test/ci} ;;
      fuzz | odr | e2e | system) level=full ;;
    esac
    case $word in
      style | release | asan | tsan | fuzz | odr) steps+=("$word") ;;
      unit | gl | gst | smoke | e2e | corpus | package | system) labels+=("$word") ;;
      *) usage ;;
    esac
  done
  if ((${#steps[@]} == 0)); then steps=(release asan tsan); fi
  if ((${#labels[@]} == 0)); then labels=(unit gl gst smoke); fi
  scripts/setup.sh "$level"
  for step in "${steps[@]}"; do
    case $step in
      style | fuzz | odr) "$step" ;;
      *) build_and_test "$step" ;;
    esac
  done
}

case $* in
  '') newcomer ;;
  ci) ci ;;
  full) full ;;
  *) chosen "$@" ;;
esac
verdict
