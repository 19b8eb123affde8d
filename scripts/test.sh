#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/test.sh [WORD…]
#   Without words: installs what is missing, checks the style, and builds and runs every test, in three builds:
#   release with all tests, asan (address and undefined behaviour) with all but system, tsan (threads) with unit and gst.
#   In a fourth, fuzz, each fuzzer runs for FUZZ_SECONDS, a minute where that is not set, which takes seven in all.
#   Words choose a part of that: of what is done (style release asan tsan fuzz), and of tests (unit gl gst e2e system), as in
#   `scripts/test.sh release unit`.
# A skipped or disabled test, a compiler warning and an unformatted line are failures like any other.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

steps=() labels=()
for word in "$@"; do
  case $word in
    style | release | asan | tsan | fuzz) steps+=("$word") ;;
    unit | gl | gst | e2e | system) labels+=("$word") ;;
    *)
      sed -n '3,/^#   `/s/^# //p' "$0" >&2
      exit 2
      ;;
  esac
done
if ((${#steps[@]} == 0)); then
  steps=(release asan tsan)
  if ((${#labels[@]} == 0)); then steps=(style "${steps[@]}" fuzz); fi
fi
if ((${#labels[@]} == 0)); then labels=(unit gl gst e2e system); fi

passed=0 failed=0 complaints=()
complain() {
  failed=$((failed + 1))
  complaints+=("$*")
}

style() {
  local folder sources=() shell_scripts=(.ci/run)
  for folder in include src tests bench; do
    mapfile -t -O "${#sources[@]}" sources < <(find "$folder" -name node_modules -prune -o -name '*.[ch]pp' -print)
  done
  mapfile -t -O 1 shell_scripts < <(find scripts tests bench packaging -name node_modules -prune -o -name '*.sh' -print)
  clang-format-14 --dry-run -Werror "${sources[@]}" || complain "code is not formatted (clang-format-14 -i does it)"
  shellcheck "${shell_scripts[@]}" || complain "shellcheck found something in a script"
}

# number NAME: an attribute of the test suite in the report of the last run.
number() { sed -nE "0,/ *$1=\"[0-9]+\"/s/.*$1=\"([0-9]+)\".*/\1/p" "$report"; }

# Names of the tests that did not pass in the report of the last run.
bad_names() {
  sed -nE '/<testcase /{/ status="run"/!s/.*<testcase name="([^"]*)".*/\1/p}' "$report" | paste -sd ' '
}

# build_preset NAME ON|OFF [OPTION…]: with or without tests; the options are cmake's for building.
build_preset() {
  local build=$1 tests=$2 quiet=()
  shift 2
  echo "--- $build: building"
  [[ -t 1 ]] || quiet=(-- --quiet)
  if ! cmake --preset "$build" "-DCUBESTREAM_TESTS=$tests" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON >/dev/null ||
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

build_and_test() {
  local build=$1 label wanted=() since=$SECONDS built
  for label in "${labels[@]}"; do
    # GL drivers, Chromium's processes and the threads of others are not ours to clear of races.
    if [[ $build == tsan && $label != unit && $label != gst ]]; then continue; fi
    # The package is made of the release.
    if [[ $label == system && $build != release ]]; then continue; fi
    wanted+=("$label")
  done
  ((${#wanted[@]} > 0)) || return 0

  build_preset "$build" ON || return 0
  built=$((SECONDS - since))

  echo "--- $build: testing ${wanted[*]}"
  report=$root/build/$build/tests.xml
  rm -f "$report"
  local status=0 bad=0
  ctest --test-dir "build/$build" -L "^($(IFS='|' && echo "${wanted[*]}"))\$" --no-tests=error -j "$(nproc)" \
    --output-on-failure --output-junit "$report" || status=$?
  if [[ -s $report ]]; then
    bad=$(($(number failures) + $(number skipped) + $(number disabled)))
    passed=$((passed + $(number tests) - bad))
  fi
  if ((bad > 0)); then
    failed=$((failed + bad))
    complaints+=("$build: $(number failures) tests failed, $(number skipped) not run, $(number disabled) disabled: $(bad_names)")
  elif ((status != 0)); then
    complain "$build: ctest ended with $status"
  fi
  echo "--- $build: built in $built s, tested in $((SECONDS - since - built)) s"
}

scripts/setup.sh test
for step in "${steps[@]}"; do
  case $step in
    style | fuzz) "$step" ;;
    *) build_and_test "$step" ;;
  esac
done

echo
if ((failed > 0)); then printf 'FAILED: %s\n' "${complaints[@]}"; fi
echo "done in $((SECONDS / 60)) min $((SECONDS % 60)) s"
echo "$passed passed, $failed failed"
((failed == 0))
