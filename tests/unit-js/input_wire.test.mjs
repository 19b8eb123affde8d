// SPDX-License-Identifier: MIT
// The messages with input events, as docs/api.md describes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchWriter, kMaxBytes, kMaxEvents, splitText } from '../../web/input_wire.js';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
/// The bytes after the header of a message with one event.
const fieldsOf = (event) => hex(new BatchWriter().write([{ at: 0, ...event }])[0].bytes.subarray(16));

test('a message starts with version, count, batch number and the time of the oldest event', () => {
  const writer = new BatchWriter();
  writer.write([{ kind: 'releaseAll', at: 1 }]);
  const [{ batch, time, bytes }] = writer.write([{ kind: 'releaseAll', at: 30.5 }, { kind: 'releaseAll', at: 20.25 }]);
  assert.deepEqual([batch, time], [2, 20.25]);
  const view = new DataView(bytes.buffer);
  assert.deepEqual([view.getUint8(0), view.getUint8(1), view.getUint16(2, true), view.getUint32(4, true),
    view.getFloat64(8, true)], [1, 0, 2, 2, 20.25]);
  assert.equal(hex(bytes.subarray(16)), '09000900');
});

test('no events make no message and use no number', () => {
  const writer = new BatchWriter();
  assert.deepEqual(writer.write([]), []);
  assert.equal(writer.write([{ kind: 'releaseAll', at: 0 }])[0].batch, 1);
});

test('each kind of event has its layout', () => {
  const place = { x: 1, y: 0.5 };
  assert.equal(fieldsOf({ kind: 'pointer', action: 'down', device: 'touch', id: 3, button: 0, buttons: 1, ...place,
    pressure: 1, modifiers: 5 }), '010d' + '01020300' + '0100' + 'ffff' + '0080' + 'ffff' + '05');
  assert.equal(fieldsOf({ kind: 'pointer', action: 'move', device: 'mouse', id: 0, buttons: 0, x: 0, y: 0, modifiers: 0 }),
    '010d' + '000000ff' + '0000' + '0000' + '0000' + '0000' + '00');
  assert.equal(fieldsOf({ kind: 'motion', dx: 1, dy: -2, buttons: 4, modifiers: 0 }), '020b' + '0000803f' + '000000c0' + '0400' + '00');
  assert.equal(fieldsOf({ kind: 'wheel', dx: 0, dy: 1, ...place, modifiers: 2 }), '030d' + '00000000' + '0000803f' + 'ffff0080' + '02');
  assert.equal(fieldsOf({ kind: 'pinch', factor: 1, x: 0, y: 0 }), '0408' + '0000803f' + '00000000');
  assert.equal(fieldsOf({ kind: 'key', action: 'down', code: 'KeyW', repeat: true, modifiers: 1 }), '0507' + '010101' + hex(Buffer.from('KeyW')));
  assert.equal(fieldsOf({ kind: 'key', action: 'up', code: 'F1', modifiers: 0 }), '0505' + '020000' + '4631');
  assert.equal(fieldsOf({ kind: 'text', text: 'é' }), '0602c3a9');
  assert.equal(fieldsOf({ kind: 'gamepad', index: 1, isConnected: true, axes: [-32767, 1], buttons: [0, 255] }),
    '070a' + '01010202' + '01800100' + '00ff');
  assert.equal(fieldsOf({ kind: 'viewport', width: 1280, height: 719.6, pixelRatio: 2, isVisible: true }),
    '0809' + '0005d002' + '00000040' + '01');
  assert.equal(fieldsOf({ kind: 'held', buttons: 1, ids: [1, 2], codes: ['KeyA'] }), '0a0a' + '0100' + '020102' + '04' + hex(Buffer.from('KeyA')));
});

test('a heartbeat with very many keys stays within the size of an event', () => {
  const codes = Array.from({ length: 60 }, (_, i) => `SomeLongKey${i}`);
  const bytes = new BatchWriter().write([{ kind: 'held', at: 0, buttons: 0, ids: [], codes }])[0].bytes;
  assert.equal(bytes.length, 16 + 2 + bytes[17]);
});

test('more events than a message may have are split over messages with their own numbers', () => {
  const events = Array.from({ length: kMaxEvents + 1 }, (_, at) => ({ kind: 'releaseAll', at }));
  const messages = new BatchWriter().write(events);
  assert.deepEqual(messages.map(({ batch, time, bytes }) => [batch, time, new DataView(bytes.buffer).getUint16(2, true)]),
    [[1, 0, kMaxEvents], [2, kMaxEvents, 1]]);
  const long = Array.from({ length: 100 }, () => ({ kind: 'text', at: 0, text: 'x'.repeat(255) }));
  const sizes = new BatchWriter().write(long).map(({ bytes }) => bytes.length);
  assert.ok(sizes.length > 1 && sizes.every((size) => size <= kMaxBytes), String(sizes));
});

test('long text is split between characters', () => {
  assert.deepEqual(splitText(''), []);
  assert.deepEqual(splitText('abc'), ['abc']);
  assert.deepEqual(splitText('aé€😀b', 4), ['aé', '€', '😀', 'b']);
  const text = '😀'.repeat(200);
  const parts = splitText(text);
  assert.equal(parts.join(''), text);
  assert.ok(parts.every((part) => Buffer.byteLength(part) <= 255));
});
