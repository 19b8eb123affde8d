#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/system/debian.sh CACHE ROOT PACKAGE.deb
# Creates a bare Debian with systemd in ROOT and puts PACKAGE.deb into its /root. The package can be installed without a
# network, because its dependencies are downloaded but not installed. CACHE keeps the bare tree and the downloads for
# the next run. The Debian mirror, proxies and certificates are those of this machine. So is the release, unless
# DEBIAN_RELEASE names another one (bookworm, trixie). PACKAGE.deb must be built for that release.
set -euo pipefail
if (($# != 3)); then
  sed -n 3p "$0" >&2
  exit 2
fi
cache=$1 root=$2 package=$3
# shellcheck disable=SC1091
release=${DEBIAN_RELEASE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
bare=$cache/$release

mirror() {
  # shellcheck disable=SC2016  # apt-get expands
  apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Identifier: Packages' |
    sed -n "s/^$release //p;T;q" | grep . || echo http://deb.debian.org/debian
}

mkdir -p "$cache/archives/partial"
if [[ ! -e $bare.complete ]]; then
  rm -rf "$bare"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,iproute2,ca-certificates "$release" "$bare" "$(mirror)" \
    >"$cache/debootstrap.log" || { tail -n 20 "$cache/debootstrap.log" >&2 && exit 1; }
  touch "$bare.complete"
fi
rm -rf "$root"
cp -a "$bare" "$root"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
apt-config dump Acquire | grep -iE '::(Proxy|CAInfo|Verify-)' >"$root/etc/apt/apt.conf.d/00here" || true
cp "$package" "$root/root/cubestream.deb"

# The mounts are private to this process.
# shellcheck disable=SC2016  # the inner shell expands
unshare --mount bash -ec '
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mkdir -p "$1/var/cache/apt/archives"
  mount --bind "$2/archives" "$1/var/cache/apt/archives"
  exec chroot "$1" sh -ec "
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq -y --no-install-recommends --download-only install /root/cubestream.deb"
' - "$root" "$cache" >"$cache/download.log" 2>&1 </dev/null || { tail -n 20 "$cache/download.log" >&2 && exit 1; }
