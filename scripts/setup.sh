#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/setup.sh [run|demo|package|test|ci|full]
# Installs missing Debian packages: those for building and running (run), and in addition those for the demo in Python
# of scripts/run.sh (demo), for packaging (package) or for the levels of scripts/test.sh (test, ci, full). Never prompts.
# If all are installed, it uses neither apt nor network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
purpose=${1:-run}

packages=(
  g++ cmake ninja-build pkg-config
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev  # plugins-bad: webrtc, sdp
  libnice-dev                                    # ICE for webrtcbin
  libegl-dev libgles-dev libglm-dev
  prometheus-cpp-dev                             # format of /metrics; only its core is linked
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
demo=(python3 python3-numpy)                     # frames from Python
test=(
  "${demo[@]}"
  libgtest-dev libgmock-dev
  chromium ca-certificates openssl               # browser for the page; CAs for npm; openssl creates certificates
  iproute2                                       # network namespaces for tests
)
# Node packages from other sources include npm and conflict with those of Debian: use an installed one.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then test+=(nodejs npm); fi
ci=(
  shellcheck
  dpkg-dev file lintian man-db systemd prometheus     # check the package, man page, unit and alerts
  libsrtp2-dev                                   # for bench/receivers: viewers without decoder
)
full=(
  clang libclang-rt-dev llvm                     # the fuzzers and their line coverage
  firefox-esr ffmpeg                             # ffmpeg checks recordings
  iptables coturn                                # test networks, and a TURN relay
  nginx-light                                    # a reverse proxy
  glib-networking                                # TLS to a TURN server
  systemd-container debootstrap curl             # boots a Debian to test the package
  podman crun podman-compose                     # the container
)
case $purpose in
  run) ;;
  demo) packages+=("${demo[@]}") ;;
  package) packages+=(dpkg-dev file) ;;
  test) packages+=("${test[@]}") ;;
  ci | full)
    packages+=("${test[@]}" "${ci[@]}")
    # Versions of clang-format differ slightly, so the style is only checked with this one.
    if grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release; then packages+=(clang-format-14); fi
    if [[ $purpose == full ]]; then packages+=("${full[@]}"); fi
    ;;
  *)
    echo "usage: scripts/setup.sh [run|demo|package|test|ci|full]" >&2
    exit 2
    ;;
esac

say() { echo "setup: $*"; }
fail() {
  echo "setup: $*" >&2
  exit 1
}

# quietly COMMAND…: prints its output only if it fails.
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
    command -v sudo >/dev/null || fail "packages are missing, and installing them needs root or sudo;" \
      "ask an administrator to run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
    [[ -t 0 ]] || as_root=(sudo -n)  # no terminal for a password
  fi
  say "installing ${#missing[@]} missing Debian packages (this can take minutes): ${missing[*]}"
  keep_services_off mask
  apt update || say "cannot update the package lists; using the existing ones" >&2
  apt install --no-install-recommends "${missing[@]}" ||
    fail "cannot install the packages; see the apt-get output above"
  keep_services_off unmask
}

# keep_services_off mask|unmask: call before and after the installation. The Debian packages would start a public relay,
# a Prometheus and a web server, now and at each boot, but the tests only need the programs. Services that were already
# installed are not changed.
keep_services_off() {
  local package service policy=/usr/sbin/policy-rc.d
  if ! command -v systemctl >/dev/null; then  # without systemd, policy-rc.d blocks service starts
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

# Installs the node modules of the browser tests, as pinned in the lock file. A copy of it records what is installed.
install_node_modules() {
  local e2e=$root/tests/e2e
  [[ -f $e2e/package-lock.json ]] || return 0
  if cmp -s "$e2e/package-lock.json" "$e2e/node_modules/.installed-lock.json"; then return 0; fi
  say "installing the browser tests' node modules"
  quietly npm ci --prefix "$e2e" --ignore-scripts --no-audit --no-fund ||
    fail "cannot install the node modules of tests/e2e; see the npm output above"
  cp "$e2e/package-lock.json" "$e2e/node_modules/.installed-lock.json"
}

command -v dpkg-query >/dev/null || fail "this is not Debian; install the equivalent of these packages: ${packages[*]}"
install_packages
if [[ $purpose =~ ^(test|ci|full)$ ]]; then install_node_modules; fi
