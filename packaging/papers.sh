#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: papers.sh CUBESTREAMD VERSION PACKAGE_VERSION MAINTAINER
# Writes into the current folder what is made of `cubestreamd --help`, so that it never disagrees with it: the manual page
# and the file of settings; and the changelog that Debian wants to see. SOURCE_DATE_EPOCH is the time that it bears.
set -eu
here=$(dirname "$0")

"$1" --help >help.txt
awk -f "$here/env.awk" help.txt >cubestream.env
awk -v version="$2" -f "$here/man.awk" help.txt >cubestreamd.8
gzip -9n <cubestreamd.8 >cubestreamd.8.gz
LC_ALL=C gzip -9n >changelog.gz <<END
cubestream ($3) unstable; urgency=medium

  * Version $2.

 -- $4  $(LC_ALL=C date -R -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
END
