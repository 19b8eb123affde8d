#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: scripts/sbom.sh PACKAGE.deb [COMMIT]
# Writes the bill of materials of the Debian package as SPDX 2.3 in JSON: the package itself, the code compiled into its
# binary, and the Debian packages of all linked libraries and loaded GStreamer plug-ins with their libraries. The
# versions are those of this machine, which should be the build machine. The output is reproducible; its date is
# SOURCE_DATE_EPOCH.
set -euo pipefail
package=$1
commit=${2:-}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
dpkg-deb -x "$package" "$tree"
name=$(dpkg-deb -f "$package" Package)
version=$(dpkg-deb -f "$package" Version)
sum=$(sha256sum <"$package" | cut -d ' ' -f 1)
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)

# Compiled in: header-only libraries.
compiled_in=(libglm-dev nlohmann-json3-dev libreaderwriterqueue-dev libconcurrentqueue-dev)
plugins=(app coreelements dtls isomp4 jpeg nice nvcodec openh264 png rtp rtpmanager sctp srtp va video4linux2
  videoconvertscale videoparsersbad vpx webrtc x264)

# owners FILE…: the Debian packages of these files, and of the libraries that they link. Packages list paths under /lib
# or /usr/lib, which are the same directory; Debian 13 also reports diversions.
owners() {
  local file
  for file in "$@"; do
    ldd "$file" | sed -nE 's/.* => (\/[^ ]+) .*/\1/p'
    echo "$file"
  done | sort -u | sed -E 's/^(\/usr)?(\/lib.*)/\2\n\/usr\2/' |
    { xargs dpkg-query -S 2>/dev/null || true; } | sed -E '/^diversion by /d; s/(:[a-z0-9]+)?: .*//' | sort -u
}

files=()
for plugin in "${plugins[@]}"; do
  for file in /usr/lib/*/gstreamer-1.0/"libgst$plugin.so"; do
    if [[ -e $file ]]; then files+=("$file"); fi
  done
done
# Takes the first of alternatives; names follow a blank.
mapfile -t depends < <(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed -E 's/^ +//; s/[ |(].*//; /^$/d')
{
  owners "$tree/usr/bin/cubestreamd" | sed 's/$/ DYNAMIC_LINK/'
  printf '%s STATIC_LINK\n' "${compiled_in[@]}"
  printf '%s DEPENDS_ON\n' "${depends[@]}"
  owners "${files[@]}" | sed 's/$/ DEPENDS_ON/'
} | awk '!seen[$1]++' | LC_ALL=C sort >"$tree/how"  # the closest relationship of each package

# shellcheck disable=SC2016  # these are dpkg variables
cut -d ' ' -f 1 "$tree/how" |
  xargs dpkg-query -W -f '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n' 2>/dev/null |
  LC_ALL=C sort -u >"$tree/packages" || true

awk -v name="$name" -v version="$version" -v sum="$sum" -v created="$created" -v commit="$commit" '
  function id(text) { gsub(/[^A-Za-z0-9.-]/, "-", text); return "SPDXRef-" text }
  function escaped(text) { gsub(/\+/, "%2B", text); gsub(/:/, "%3A", text); gsub(/~/, "%7E", text); return text }
  NR == FNR { how[$1] = $2; next }
  { found[++count] = $0 }
  END {
    printf "{\n  \"spdxVersion\": \"SPDX-2.3\",\n  \"dataLicense\": \"CC0-1.0\",\n  \"SPDXID\": \"SPDXRef-DOCUMENT\",\n"
    printf "  \"name\": \"%s-%s\",\n  \"documentNamespace\": \"https://spdx.org/spdxdocs/%s-%s-%s\",\n", name, version, name, version, sum
    printf "  \"creationInfo\": {\"created\": \"%s\", \"creators\": [\"Tool: cubestream-scripts-sbom.sh\"]},\n", created
    printf "  \"packages\": [\n    {\"SPDXID\": \"%s\", \"name\": \"%s\", \"versionInfo\": \"%s\", ", id(name), name, version
    if (commit != "") printf "\"sourceInfo\": \"built of commit %s\", ", commit
    printf "\"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"licenseConcluded\": \"MIT\", \"licenseDeclared\": \"MIT\", "
    printf "\"copyrightText\": \"NOASSERTION\", \"checksums\": [{\"algorithm\": \"SHA256\", \"checksumValue\": \"%s\"}]}", sum
    for (i = 1; i <= count; ++i) {
      split(found[i], part, " ")
      printf ",\n    {\"SPDXID\": \"%s\", \"name\": \"%s\", \"versionInfo\": \"%s\", ", id(part[1]), part[1], part[2]
      printf "\"sourceInfo\": \"Debian source package %s %s\", ", part[4], part[5]
      printf "\"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"licenseConcluded\": \"NOASSERTION\", "
      printf "\"licenseDeclared\": \"NOASSERTION\", \"copyrightText\": \"NOASSERTION\", \"externalRefs\": [{\"referenceCategory\": "
      printf "\"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": \"pkg:deb/debian/%s@%s?arch=%s\"}]}", \
        escaped(part[1]), escaped(part[2]), part[3]
    }
    printf "\n  ],\n  \"relationships\": [\n"
    printf "    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"%s\"}", id(name)
    for (i = 1; i <= count; ++i) {
      split(found[i], part, " ")
      printf ",\n    {\"spdxElementId\": \"%s\", \"relationshipType\": \"%s\", \"relatedSpdxElement\": \"%s\"}", id(name), how[part[1]], id(part[1])
    }
    printf "\n  ]\n}\n"
  }' "$tree/how" "$tree/packages"
