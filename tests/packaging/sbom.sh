#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/packaging/sbom.sh BUILD
# Checks that the bill of materials of a build's package is valid, names all dependencies, and is reproducible.
set -euo pipefail
build=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export SOURCE_DATE_EPOCH=1700000000
cpack --config "$build/CPackConfig.cmake" -B "$out" >"$out/log" || { cat "$out/log" && exit 1; }
package=$(echo "$out"/*.deb)
for number in 1 2; do "$root/scripts/sbom.sh" "$package" 0123abc >"$out/$number.json"; done
cmp "$out/1.json" "$out/2.json"
dpkg-deb -f "$package" Depends >"$out/depends"
node - "$out/1.json" "$out/depends" <<'JS'
const [, , bill, depends] = process.argv;
const fs = require('node:fs');
const assert = require('node:assert');
const spdx = JSON.parse(fs.readFileSync(bill));
assert.equal(spdx.spdxVersion, 'SPDX-2.3');
assert.equal(spdx.dataLicense, 'CC0-1.0');
assert.equal(spdx.SPDXID, 'SPDXRef-DOCUMENT');
assert.equal(spdx.creationInfo.created, '2023-11-14T22:13:20Z');
assert.match(spdx.documentNamespace, /^https:\/\/[^#\s]+$/);
const ids = new Map();
for (const one of spdx.packages) {
  for (const key of ['SPDXID', 'name', 'versionInfo', 'downloadLocation', 'licenseConcluded', 'copyrightText'])
    assert.ok(one[key], `${one.name} has no ${key}`);
  assert.match(one.SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
  assert.ok(!ids.has(one.SPDXID), `${one.SPDXID} occurs twice`);
  ids.set(one.SPDXID, one);
}
const self = ids.get('SPDXRef-cubestream');
assert.match(self.sourceInfo, /commit 0123abc/);
assert.match(self.checksums[0].checksumValue, /^[0-9a-f]{64}$/);
const related = new Map();
for (const { spdxElementId, relationshipType, relatedSpdxElement } of spdx.relationships) {
  assert.ok(spdxElementId === spdx.SPDXID || ids.has(spdxElementId), spdxElementId);
  assert.ok(ids.has(relatedSpdxElement), relatedSpdxElement);
  related.set(relatedSpdxElement, relationshipType);
}
for (const id of ids.keys()) assert.ok(related.has(id), `no relationship refers to ${id}`);
const names = new Map(spdx.packages.map((one) => [one.name, related.get(one.SPDXID)]));
for (const one of fs.readFileSync(depends, 'utf8').split(',')) {
  const name = one.trim().split(/[ (|]/)[0];
  assert.ok(names.has(name), `the package depends on ${name}, which is not in the bill of materials`);
}
// One example of each kind: linked, compiled in, loaded at run time, and linked by a loaded library. The number in a
// library's name depends on the Debian release (libwebsockets17, libwebsockets19t64).
for (const [pattern, how] of [[/^libwebsockets\d+(t64)?$/, 'DYNAMIC_LINK'], [/^libglm-dev$/, 'STATIC_LINK'],
  [/^gstreamer1\.0-plugins-ugly$/, 'DEPENDS_ON'], [/^libx264-\d+$/, 'DEPENDS_ON']]) {
  const found = [...names.keys()].filter((name) => pattern.test(name));
  assert.equal(found.length, 1, `${pattern}: ${found}`);
  assert.equal(names.get(found[0]), how, found[0]);
}
console.log(`${spdx.packages.length} packages`);
JS
