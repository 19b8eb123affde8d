#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/layers.sh [--prove]
# Checks the includes between folders, the length of the headers in include/cubestream, and the licence line of each
# source file. --prove runs the check on a small tree of mistakes and expects it to find them.
set -euo pipefail

# Columns: folder | folders of this project whose headers it may include | groups of external headers it may include
# (fmt formats log messages; only base includes spdlog).
# A stage of the pipeline never includes another stage: their contracts are in include/cubestream.
read -r -d '' table <<'TABLE' || true
cubestream    | cubestream | std
base          | cubestream base | std posix fmt glib json
log           | cubestream base log | std posix fmt spdlog json
loop          | cubestream base log loop | std posix fmt glib queues
process       | cubestream base log loop process | std posix fmt glib
network       | cubestream base log network | std posix fmt glib
config        | cubestream base log process network access ice tls record render config | std posix fmt glib
input         | cubestream base input | std
control       | cubestream base log access input control | std fmt json
gl            | cubestream base log process gl | std posix fmt egl
gst           | cubestream base log loop gst | std fmt glib gst
yuv           | cubestream base yuv | std yuv
producer      | cubestream base yuv producer | std posix yuv
unixfd        | cubestream base log producer unixfd | std posix fmt yuv
source        | cubestream base log loop input producer unixfd source | std posix fmt json
scene         | cubestream base gl scene | std fmt egl glm
render        | cubestream base log loop input gl render | std fmt egl yuv
encoder       | cubestream base log process gst encoder | std posix fmt glib gst
encode        | cubestream base log loop gst yuv encoder encode | std posix fmt glib gst yuv
fanout        | cubestream base gst fanout | std fmt glib gst
congestion    | cubestream base congestion | std
ladder        | cubestream base ladder | std
sdp           | cubestream base gst sdp | std fmt glib gst
ice           | cubestream base log network gst sdp ice | std fmt glib gst nice
rtp           | cubestream base network gst congestion sdp ice rtp | std fmt glib gst nice
webrtc        | cubestream base log loop network gst congestion sdp ice rtp webrtc | std fmt glib gst openssl
session       | cubestream base log loop process network gst congestion ladder sdp ice rtp webrtc session | std fmt glib gst
record        | cubestream base log loop gst record | std posix fmt glib gst
publish       | cubestream base log loop gst publish | std fmt glib gst
tls           | cubestream base log loop process network tls | std posix fmt openssl
access        | cubestream base network access | std posix glib openssl
http          | cubestream base network http | std posix fmt lws
server        | cubestream base log loop network access http server | std posix fmt lws
observability | cubestream base observability | std posix fmt json prometheus
signalling    | cubestream base log loop network input control access http server observability signalling | std posix fmt lws json
check         | cubestream base log process network config input gl gst scene producer unixfd source render encoder encode sdp ice webrtc session record access tls server signalling check | std posix fmt glib gst nice json
service       | cubestream base log loop process network config input control gl gst scene producer unixfd source render encoder encode fanout ladder sdp ice webrtc session record publish access tls server observability signalling check service | std posix fmt glib gst json systemd
TABLE

# The headers of each group in the last column.
declare -A outside=(
  [std]='[a-z_]+'
  [posix]='(unistd|fcntl|poll|pthread|netdb|ifaddrs|dlfcn|link|spawn|malloc|grp|pwd)\.h|(sys|net|netinet|arpa)/[a-z_]+\.h'
  [glib]='(glib|glib-object|glib-unix)\.h|gio/.+'
  [fmt]='fmt/.+'
  [spdlog]='spdlog/.+'
  [json]='nlohmann/.+'
  [queues]='(readerwriterqueue|concurrentqueue)/.+'
  [egl]='(EGL|GLES[23]|KHR)/.+'
  [yuv]='libyuv/.+'
  [gst]='gst/.+'
  [nice]='(nice|stun)/.+'
  [glm]='glm/.+'
  [systemd]='systemd/.+'
  [openssl]='openssl/.+'
  [lws]='libwebsockets\.h'
  [prometheus]='prometheus/.+'
)

# Cache: whether a folder with these groups may include this header.
declare -A judged=()

mistakes=0
mistake() {
  echo "$*"
  mistakes=$((mistakes + 1))
}

# contains "WORDS" WORD
contains() { [[ " $1 " == *" $2 "* ]]; }

check_includes() {
  local folder=$1 file=$2 internal=$3 external=$4 line header word allowed
  while IFS= read -r line; do
    header=${line#*[\"<]}
    header=${header%%[\">]*}
    if [[ $line == *\"* ]]; then
      contains "$internal" "${header%%/*}" ||
        mistake "$file includes \"$header\": $folder may include ${internal// //, }/"
    else
      allowed=${judged["$external|$header"]:-}
      if [[ -z $allowed ]]; then
        allowed=no
        for word in $external; do
          if [[ $header =~ ^(${outside[$word]})$ ]]; then allowed=yes; fi
        done
        judged["$external|$header"]=$allowed
      fi
      [[ $allowed == yes ]] || mistake "$file includes <$header>: of the external headers, $folder may include $external"
    fi
  done < <(grep -E '^[[:space:]]*#[[:space:]]*include' "$file")
}

check_folders() {
  local path folder internal external file
  for path in include/cubestream src/*/; do
    folder=$(basename "$path")
    IFS='|' read -r _ internal external < <(sed -nE "/^$folder +\|/ s/ +/ /gp" <<<"$table") ||
      { mistake "$path is not in the table of tests/layers.sh"; continue; }
    read -r internal <<<"$internal"
    while IFS= read -r file; do
      check_includes "$folder" "$file" "$internal" "${external# }"
    done < <(find "$path" -name '*.[ch]pp' | sort)
  done
  for file in src/*.[ch]pp; do
    [[ $file == src/main.cpp || ! -e $file ]] || mistake "$file is in no folder: only main.cpp may be"
  done
}

check_seams() {
  local file lines
  for file in include/cubestream/*; do
    lines=$(wc -l <"$file")
    ((lines <= 80)) || mistake "$file has $lines lines: the limit of include/cubestream is 80; split it"
  done
}

check_licences() {
  local file files
  local -A licensed=()
  mapfile -t files < <(find . -type d \( -name .git -o -name build -o -name node_modules -o -name artefacts \) -prune -o -type f \
    \( -name '*.[ch]pp' -o -name '*.sh' -o -name '*.js' -o -name '*.mjs' -o -name '*.cmake' -o -name CMakeLists.txt \
    -o -path './.ci/run' \) -printf '%P\n' | sort)
  # One awk process for all files, for speed.
  while IFS= read -r file; do licensed[$file]=yes; done < <(
    awk 'FNR <= 2 && /SPDX-License-Identifier: MIT/ { print FILENAME } FNR >= 2 { nextfile }' "${files[@]}"
  )
  for file in "${files[@]}"; do
    [[ -n ${licensed[$file]:-} ]] || mistake "$file does not begin with an SPDX-License-Identifier line"
  done
}

check() {
  check_folders
  check_seams
  check_licences
  ((mistakes == 0))
}

prove() {
  local tree expected found
  tree=$(mktemp -d)
  # shellcheck disable=SC2064  # expands now, because the variable is local
  trap "rm -rf '$tree'" EXIT
  cd "$tree"
  mkdir -p include/cubestream src/render src/utils
  local spdx='// SPDX-License-Identifier: MIT'
  printf '%s\n' "$spdx" '#include <vector>' '#include <glib.h>' >include/cubestream/seam.hpp
  { echo "$spdx" && printf '//%.0s\n' {1..80}; } >include/cubestream/long.hpp
  printf '%s\n' "$spdx" '#include "gl/fine.hpp"' '#include <EGL/egl.h>' '#  include "scene/cube.hpp"' \
    '#include <gst/gst.h>' >src/render/bad.cpp
  echo 'int x;' >src/main.cpp
  echo "$spdx" >src/stray.cpp
  expected='include/cubestream/seam.hpp includes <glib.h>: of the external headers, cubestream may include std
src/render/bad.cpp includes "scene/cube.hpp": render may include cubestream/, base/, log/, loop/, input/, gl/, render/
src/render/bad.cpp includes <gst/gst.h>: of the external headers, render may include std fmt egl yuv
src/utils/ is not in the table of tests/layers.sh
src/stray.cpp is in no folder: only main.cpp may be
include/cubestream/long.hpp has 81 lines: the limit of include/cubestream is 80; split it
src/main.cpp does not begin with an SPDX-License-Identifier line'
  found=$(check) && { echo "the check found no mistake in a tree of mistakes"; return 1; }
  diff -u --label expected --label found <(echo "$expected") <(echo "$found")
}

if [[ ${1:-} == --prove ]]; then
  prove
else
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  check || { echo "$mistakes mistakes; see tests/layers.sh for the rules"; exit 1; }
fi
