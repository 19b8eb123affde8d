#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/fuzz/coverage.sh [CORPUS]
# Prints the line coverage of the fuzzer seeds for each fuzzed file. With CORPUS, also uses the inputs of an earlier
# run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build/fuzz-coverage
cd "$root"
# The parsers of untrusted input.
files=(src/signalling/messages.cpp src/http/http_request.cpp src/http/http_body.cpp src/signalling/whep_handler.cpp
  src/signalling/whep_sessions.cpp src/signalling/sdp_fragment.cpp
  src/server/request_authorizer.cpp src/server/forwarded.cpp src/http/reply.cpp
  src/access/base64url.cpp src/access/origin_policy.cpp src/access/digest.cpp src/access/failure_limit.cpp
  src/access/link_token.cpp src/access/access_policy.cpp src/access/token_verifier.cpp src/sdp/offer.cpp src/sdp/sdp.cpp
  src/sdp/media_selection.cpp src/sdp/offer_filter.cpp src/sdp/codec_table.cpp src/sdp/h264_format.cpp src/ice/candidate.cpp
  src/encoder/h264_conformance.cpp src/encoder/annex_b.hpp src/config/command_line.cpp
  src/config/settings.cpp src/config/settings_table.cpp src/config/values.cpp src/log/plain_text.cpp src/log/log.cpp
  src/network/origin.cpp src/network/ip_address.cpp src/network/ip_prefix.cpp src/check/stun_client.cpp
  src/source/producer_protocol.cpp src/source/producer_session.cpp src/source/producer_connection.cpp
  src/producer/latest_picture.cpp src/producer/to_i420.cpp src/unixfd/unixfd_caps.cpp src/unixfd/unixfd_protocol.cpp)

# Without sanitizers, because their branches would be counted.
cmake --preset fuzz -B "$build" -DCUBESTREAM_SANITIZE=fuzzer-no-link -DCUBESTREAM_COVERAGE=ON >/dev/null
rm -rf "$build/profiles" && mkdir "$build/profiles"
cmake --build "$build" --target fuzz -- --quiet >"$build/profiles/build.log" || {
  cat "$build/profiles/build.log" >&2
  exit 1
}
objects=()
for folder in tests/fuzz/corpus/*/; do
  name=$(basename "$folder")
  program=$build/tests/fuzz/fuzz_$name
  seeds=("tests/fuzz/corpus/$name")
  if [[ $name == offer ]]; then seeds+=(tests/offers); fi
  if [[ -d ${1:-}/$name ]]; then seeds+=("$1/$name"); fi
  GST_REGISTRY=$build/profiles/registry GST_PLUGIN_SYSTEM_PATH=$build/none \
    LLVM_PROFILE_FILE=$build/profiles/$name.profraw "$program" -runs=0 "${seeds[@]}" >"$build/profiles/$name.log" 2>&1 || {
    tail -n 30 "$build/profiles/$name.log" >&2
    exit 1
  }
  objects+=(-object "$program")
done
llvm-profdata merge -sparse "$build"/profiles/*.profraw -o "$build/profiles/all"
# File names may be absolute or relative, depending on ccache. Files are matched by the end of their names.
llvm-cov report "${objects[@]:1}" -instr-profile="$build/profiles/all" -show-region-summary=false \
  -show-branch-summary=false 2>"$build/profiles/llvm-cov.log" |
  awk -v list="${files[*]}" '
    function row(name, lines, missed) { printf "%-36s %5d lines %7.2f %%\n", name, lines, 100 * (1 - missed / lines) }
    { for (at = split(list, files); at > 0; at--)
        if (("/" $1) ~ ("/" files[at] "$")) { lines[files[at]] = $(NF - 2); missed[files[at]] = $(NF - 1) } }
    END {
      for (at = 1; at <= split(list, files); at++) {
        if (!(files[at] in lines)) { print "no lines of " files[at] > "/dev/stderr"; exit 1 }
        row(files[at], lines[files[at]], missed[files[at]])
        all += lines[files[at]]; not_reached += missed[files[at]]
      }
      row("all", all, not_reached)
    }'
