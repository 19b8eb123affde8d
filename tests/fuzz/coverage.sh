#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/fuzz/coverage.sh [CORPUS]
# Which lines of what they fuzz the fuzzers' seeds reach, file by file; with CORPUS what a run left there as well.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build/fuzz-coverage
cd "$root"
# What reads what strangers write.
files=(src/net/messages.cpp src/net/http_request.cpp src/net/http_body.cpp src/net/whep.cpp src/net/whep_words.cpp
  src/net/sdp_fragment.cpp src/viewer/offer.cpp src/viewer/sdp.cpp src/viewer/offer_filter.cpp src/viewer/codec_table.cpp
  src/viewer/h264_format.cpp src/viewer/candidate.cpp src/viewer/payload_split.cpp src/encode/h264_promise.cpp
  src/encode/annex_b.hpp src/config/command_line.cpp src/config/settings.cpp src/config/table.cpp src/config/values.cpp
  src/base/plain_text.cpp src/base/log.cpp src/base/ip_address.cpp src/check/stun_client.cpp)

# Without the sanitizers, whose own branches would be counted.
cmake --preset fuzz -B "$build" -DCUBESTREAM_SANITIZE=fuzzer-no-link -DCUBESTREAM_COVERAGE=ON >/dev/null
cmake --build "$build" --target fuzz -- --quiet
rm -rf "$build/profiles" && mkdir "$build/profiles"
objects=()
for program in "$build"/tests/fuzz/fuzz_*; do
  [[ -f $program && -x $program ]] || continue
  name=${program##*/fuzz_}
  seeds=("tests/fuzz/corpus/$name")
  if [[ $name == offer ]]; then seeds+=(tests/offers); fi
  if [[ -d ${1:-}/$name ]]; then seeds+=("$1/$name"); fi
  LLVM_PROFILE_FILE=$build/profiles/$name.profraw "$program" -runs=0 "${seeds[@]}" >"$build/profiles/$name.log" 2>&1
  objects+=(-object "$program")
done
llvm-profdata-14 merge -sparse "$build"/profiles/*.profraw -o "$build/profiles/all"
llvm-cov-14 report "${objects[@]:1}" -instr-profile="$build/profiles/all" -show-region-summary=false \
  -show-branch-summary=false "${files[@]}" 2>/dev/null |
  awk '/^(Filename|-|$)/ { next } { printf "%-36s %5s lines %8s\n", $1, $(NF - 2), $NF }'
