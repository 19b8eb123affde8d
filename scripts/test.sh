#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/test.sh [ci | full | WORD…]
#   Without words, what a newcomer runs: installs what is missing, builds the release on top of what scripts/run.sh built,
#   and runs unit, gl, gst and the browser tests that are also smoke.
#   ci: that, and style, package, the fuzzers' inputs, a build with the address and undefined behaviour sanitizers (asan)
#   with unit, gl, gst; and one with the thread sanitizer (tsan) with unit and gst, where the code between threads has
#   changed since the commit TEST_BASE or the last tag (or where there is neither).
#   full: everything, part by part. A part that passed on this commit is not run again. A table ends it.
#   Words choose what is done (style release asan tsan fuzz) and which tests (unit gl gst smoke e2e corpus package
#   system), as in `scripts/test.sh release unit`. FUZZ_SECONDS is the time for each fuzzer (60).
# A skipped or disabled test, a compiler warning and an unformatted line are failures like any other.
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

# build_preset NAME FULL [OPTION…]: FULL is ON with the benches and the tests of ci and full; the options are cmake's for
# building.
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

fuzz() {
  local since=$SECONDS said good bad
  build_preset fuzz OFF --target fuzz || return 0
  echo "--- fuzz: built in $((SECONDS - since)) s"
  said=$(tests/fuzz/run.sh build/fuzz) || true
  echo "$said"
  good=$(grep -c '^ok ' <<<"$said") || true
  bad=$(grep -c '^FAILED ' <<<"$said") || true
  passed=$((passed + good))
  if ((bad > 0)); then
    failed=$((failed + bad))
    complaints+=("fuzz: $bad fuzzers found something")
  elif ((good == 0)); then
    complain "fuzz: no fuzzer ran"
  fi
}

# count_tests LOG: what ctest's log says: "PASSED FAILED NAMES", the tests in GoogleTest's and Node's programs one by one,
# any other program as one.
count_tests() {
  awk '
    /^[0-9]+\/[0-9]+ Test: / { inner = good = bad = 0; name = $NF }
    /^\[ +OK +\] / { ++inner; ++good }
    /^\[ +FAILED +\] .*\(([0-9]+) ms\)$/ { ++inner; ++bad; names = names " " $4 }
    /^(ℹ|#) pass [0-9]+/ { inner += $3; good += $3 }
    /^(ℹ|#) fail [0-9]+/ { inner += $3; bad += $3; if ($3 > 0) names = names " " name }
    /^Test Passed\.$/ { passed += inner > 0 ? good : 1 }
    /^Test (Failed|Timeout)|^Test Fail Reason/ {
      passed += good; failed += bad > 0 ? bad : 1; if (bad == 0) names = names " " name; good = bad = 0 }
    END { print passed + 0, failed + 0, names }' "$1"
}

# build_and_test NAME: builds it and runs the tests of the labels that were asked for and make sense there.
build_and_test() {
  local build=$1 label wanted=() since=$SECONDS built full=OFF status=0 good bad names log
  for label in "${labels[@]}"; do
    case $build:$label in
      # GL drivers, Chromium's processes and the threads of others are not ours to clear of races.
      tsan:gl | tsan:smoke | tsan:e2e) continue ;;
      # The package is made of the release.
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
  # Many wait more than they compute, so that one more than there are processors pays; but those with sanitizers compute,
  # and so do browsers.
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

# Whether what runs on more threads than one has changed.
threads_changed() {
  local base=${TEST_BASE:-}
  [[ -n $base ]] || base=$(git describe --tags --abbrev=0 2>/dev/null) || return 0
  ! git diff --quiet "$base"...HEAD -- src/base src/process src/fanout src/rtp src/ice src/session src/encode src/encoder || return 1
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
  if threads_changed; then build_and_test tsan; else echo "--- tsan: the code between threads has not changed"; fi
}

# The other Debian, whichever this is.
other_debian() {
  if grep -qs '^VERSION_CODENAME=trixie$' /etc/os-release; then echo bookworm; else echo trixie; fi
}

# part NAME: the commands of a part of full.
part() {
  case $1 in
    style) scripts/test.sh style ;;
    release) THOROUGH=1 scripts/test.sh release unit gl gst corpus e2e package ;;
    asan) scripts/test.sh asan unit gl gst corpus e2e ;;
    tsan) scripts/test.sh tsan unit gst ;;
    fuzz) scripts/test.sh fuzz ;;
    system) scripts/test.sh release system ;;
    other-debian) tests/chroot.sh "$(other_debian)" both root "build/chroot/$(other_debian)" ;;
  esac
}

full() {
  local name parts=(style release asan tsan fuzz system other-debian) commit folder=build/full since status said table=()
  mkdir -p "$folder"
  commit=$(git rev-parse HEAD)
  [[ -z $(git status --porcelain) ]] || commit=uncommitted
  for name in "${parts[@]}"; do
    if [[ $commit != uncommitted ]] && grep -qs "^$commit passed " "$folder/$name.result"; then continue; fi
    echo "=== $name (its log: $folder/$name.log)"
    since=$SECONDS status=passed
    part "$name" 2>&1 | tee "$folder/$name.log" || status=failed
    said=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$folder/$name.log" | tail -n 1) || true  # it said nothing
    echo "$commit $status $((SECONDS - since)) ${said:-0 passed, 0 failed}" >"$folder/$name.result"
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

# chosen WORD…: the parts that the words name.
chosen() {
  local word step steps=() level=test
  labels=()
  for word in "$@"; do
    case $word in
      style | package) level=${level/test/ci} ;;
      fuzz | e2e | system) level=full ;;
    esac
    case $word in
      style | release | asan | tsan | fuzz) steps+=("$word") ;;
      unit | gl | gst | smoke | e2e | corpus | package | system) labels+=("$word") ;;
      *) usage ;;
    esac
  done
  if ((${#steps[@]} == 0)); then steps=(release asan tsan); fi
  if ((${#labels[@]} == 0)); then labels=(unit gl gst smoke); fi
  scripts/setup.sh "$level"
  for step in "${steps[@]}"; do
    case $step in
      style | fuzz) "$step" ;;
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
