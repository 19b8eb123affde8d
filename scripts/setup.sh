#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/setup.sh [run|package|test|ci|full]
# Installs the missing Debian packages: what building and running needs (run), and what packing (package) or the levels of
# scripts/test.sh (test, ci, full) need besides. Asks nothing; with everything installed it uses neither apt nor the network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
purpose=${1:-run}

packages=(
  g++ cmake ninja-build pkg-config
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev  # the last: webrtc, sdp
  libnice-dev                                    # the ICE under webrtcbin
  libegl-dev libgles-dev libglm-dev
  prometheus-cpp-dev                             # the format of /metrics; its core alone is linked
  libyuv-dev                                     # RGBA to I420
  libwebsockets-dev nlohmann-json3-dev libspdlog-dev libreaderwriterqueue-dev libconcurrentqueue-dev
  libssl-dev                                     # HMAC and SHA-256 of tokens and signed links
  libsystemd-dev                                 # sd_notify, the watchdog, socket activation
  gstreamer1.0-plugins-base                      # appsrc, appsink, videoconvert
  gstreamer1.0-plugins-good                      # rtpbin, vp8enc, mp4mux, jpegenc, pngenc
  gstreamer1.0-plugins-bad gstreamer1.0-nice     # webrtcbin, dtls, srtp, h264parse, openh264enc
  gstreamer1.0-plugins-ugly                      # x264enc
  libegl1 libegl-mesa0 libgles2 libgl1-mesa-dri  # EGL and GLES, with Mesa's software renderer
)
test=(
  libgtest-dev libgmock-dev
  chromium ca-certificates openssl               # the page's browser; the second for npm, the third makes certificates
  iproute2                                       # networks of the tests' own
)
# Elsewhere-made node packages bring npm along and conflict with Debian's: take what is there.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then test+=(nodejs npm); fi
ci=(
  shellcheck
  dpkg-dev file lintian man-db systemd prometheus     # look at the package, its manual page, its unit and its alerts
  libsrtp2-dev                                   # for bench/receivers, viewers that decode nothing
)
full=(
  clang libclang-rt-dev llvm                     # the fuzzers, and what tells which lines they reach
  firefox-esr ffmpeg                             # the last looks into recordings
  iptables coturn                                # networks between server and viewer, and a relay in them
  nginx-light                                    # a reverse proxy
  glib-networking                                # our way to a relay with TLS
  systemd-container debootstrap curl             # a Debian of its own, booted to try the package
  podman crun podman-compose                     # the container
)
case $purpose in
  run) ;;
  package) packages+=(dpkg-dev file) ;;
  test) packages+=("${test[@]}") ;;
  ci | full)
    packages+=("${test[@]}" "${ci[@]}")
    # Each version formats a little differently: where this one is, the style is checked.
    if grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; then packages+=(clang-format-14); fi
    if [[ $purpose == full ]]; then packages+=("${full[@]}"); fi
    ;;
  *)
    echo "usage: scripts/setup.sh [run|package|test|ci|full]" >&2
    exit 2
    ;;
esac

say() { echo "setup: $*"; }
fail() {
  echo "setup: $*" >&2
  exit 1
}

# quietly COMMAND…: shows what it printed only when it failed.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

apt() {
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o Acquire::Retries=3 \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
}

install_packages() {
  local installed package missing=()
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null || true)
  for package in "${packages[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'?"i $package"$'\n'* ]] || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0

  as_root=()
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null || fail "these packages are missing, and you are neither root nor is there sudo;" \
      "let an administrator run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
    [[ -t 0 ]] || as_root=(sudo -n)  # nobody there to type a password
  fi
  say "installing ${#missing[@]} missing Debian packages (this can take minutes): ${missing[*]}"
  keep_services_off mask
  apt update || say "the package lists could not be refreshed; trying with those that are there" >&2
  apt install --no-install-recommends "${missing[@]}" ||
    fail "could not install the packages; what apt-get said stands above"
  keep_services_off unmask
}

# keep_services_off mask|unmask: before and after the installation. Debian's packages start a relay for the world, a
# Prometheus and a web server, now and at each boot, but the tests want the programs alone. What was installed before is
# left as it is.
keep_services_off() {
  local package service policy=/usr/sbin/policy-rc.d
  if ! command -v systemctl >/dev/null; then  # no systemd, but what starts services may be asked all the same
    if [[ $1 == mask && ! -e $policy ]]; then
      trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
      quietly "${as_root[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy"
    fi
    return 0
  fi
  for package in coturn prometheus nginx-light; do
    [[ " ${missing[*]} " == *" $package "* ]] || continue
    service=${package%-light}.service
    quietly "${as_root[@]}" systemctl "$1" "$service"
    if [[ $1 == unmask ]]; then quietly "${as_root[@]}" systemctl disable "$service"; fi
  done
}

# What the browser tests load, exactly as the lock file says. The copy of the lock file tells what is installed.
install_node_modules() {
  local e2e=$root/tests/e2e
  [[ -f $e2e/package-lock.json ]] || return 0
  if cmp -s "$e2e/package-lock.json" "$e2e/node_modules/.installed-lock.json"; then return 0; fi
  say "installing the browser tests' node modules"
  quietly npm ci --prefix "$e2e" --ignore-scripts --no-audit --no-fund ||
    fail "could not install the node modules of tests/e2e; what npm said stands above"
  cp "$e2e/package-lock.json" "$e2e/node_modules/.installed-lock.json"
}

command -v dpkg-query >/dev/null || fail "this is no Debian; install what these packages hold: ${packages[*]}"
install_packages
if [[ $purpose =~ ^(test|ci|full)$ ]]; then install_node_modules; fi
