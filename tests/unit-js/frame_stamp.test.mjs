// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStamp } from '../../web/frame_stamp.js';

/// The 40 brightness values of a stamp. `black` and `white`: the values after the codec.
function blocks(stamp, { black = 0, white = 255 } = {}) {
  const bytes = [0, 8, 16, 24].map((shift) => (stamp >>> shift) & 0xff);
  bytes.push(bytes[0] ^ bytes[1] ^ bytes[2] ^ bytes[3]);
  return bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> bit) & 1 ? white : black)));
}

test('the 32 bits are decoded, least significant first', () => {
  for (const stamp of [1, 0x80, 0x12345678, 0x80000000, 0xfffffffe, 0xdeadbeef, 1_764_073_181])
    assert.equal(decodeStamp(blocks(stamp)), stamp >>> 0);
});

test('the first block is the lowest bit', () => {
  assert.equal(decodeStamp([255, ...Array(31).fill(0), 255, ...Array(7).fill(0)]), 1);
});

test('a stamp with reduced contrast, as after a codec or with limited range, is decoded', () => {
  assert.equal(decodeStamp(blocks(0xcafe1234, { black: 37, white: 214 })), 0xcafe1234);
});

test('any single flipped bit is detected', () => {
  const good = blocks(0x5a17c3e9);
  for (let i = 0; i < 40; ++i) {
    const bad = [...good];
    bad[i] = 255 - bad[i];
    assert.equal(decodeStamp(bad), null, `bit ${i}`);
  }
});

test('a block that is neither black nor white makes the stamp invalid', () => {
  const bad = blocks(0x5a17c3e9);
  bad[17] = 128;
  assert.equal(decodeStamp(bad), null);
});

test('dark, bright and grey pictures without a stamp give no stamp', () => {
  for (const grey of [0, 16, 128, 235, 255]) assert.equal(decodeStamp(Array(40).fill(grey)), null, `grey ${grey}`);
});

test('a wrong number of blocks gives no stamp', () => {
  assert.equal(decodeStamp(blocks(5).slice(1)), null);
  assert.equal(decodeStamp([]), null);
});
