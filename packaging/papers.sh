#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: papers.sh CUBESTREAMD VERSION PACKAGE_VERSION MAINTAINER
# Writes the manual page and the settings file into the current directory, generated from `cubestreamd --help` so that
# they always match it. Also writes the changelog that Debian requires, dated SOURCE_DATE_EPOCH.
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
