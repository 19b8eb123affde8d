#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/fuzz/run.sh BUILD [NAME…]
# Runs each fuzzer that has a corpus, or the named ones, for FUZZ_SECONDS (60), two at a time, and prints a summary of
# each. Writes findings and logs to BUILD/artefacts. With CORPUS=DIR, keeps new inputs in DIR/NAME.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
shift
seconds=${FUZZ_SECONDS:-60}
artefacts=$build/artefacts
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
corpus=${CORPUS:-$scratch/corpus}

# The dictionary of each fuzzer.
declare -A words=([messages]=json [offer]=sdp [candidate]=sdp [sdp_fragment]=sdp [http_request]=http [whep]=http
  [request_authorizer]=request_authorizer [settings]=settings [stun]=stun [h264]=h264
  [producer]=producer)

names=("$@")
if ((${#names[@]} == 0)); then
  for seeds in "$here"/corpus/*/; do names+=("$(basename "$seeds")"); done
fi
mkdir -p "$artefacts"

fuzz() {
  local name=$1 status=0 log=$artefacts/fuzz_$1.log
  # An input that exceeds this timeout, even on a busy machine, is an endless loop.
  local options=(-seed=1 -timeout=25 -rss_limit_mb=2048 -max_total_time="$seconds" -print_final_stats=1
    -artifact_prefix="$artefacts/fuzz_$name-")
  local seeds=("$corpus/$name" "$here/corpus/$name")
  mkdir -p "$corpus/$name"
  if [[ -n ${words[$name]:-} ]]; then options+=(-dict="$here/words/${words[$name]}"); fi
  if [[ $name == offer ]]; then seeds+=("$here/../offers"); fi
  # The slice allocator of GLib would hide memory errors from the sanitizer. The fuzzers need no GStreamer plug-ins, so
  # the scan is disabled.
  G_SLICE=always-malloc GST_REGISTRY=$scratch/$name.registry GST_PLUGIN_SYSTEM_PATH=$scratch/none \
    "$build/tests/fuzz/fuzz_$name" "${options[@]}" "${seeds[@]}" >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    echo "ok fuzz $name: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/\1 inputs in \2 s/p' "$log")"
  else
    tail -n 30 "$log"
    echo "FAILED fuzz $name: see $log"
  fi
}

for name in "${names[@]}"; do
  while (($(jobs -pr | wc -l) >= 2)); do wait -n; done
  fuzz "$name" >"$scratch/$name.result" 2>&1 &
done
wait
failures=0
for name in "${names[@]}"; do
  cat "$scratch/$name.result"
  grep -q '^ok ' "$scratch/$name.result" || failures=$((failures + 1))
done
((failures == 0))
