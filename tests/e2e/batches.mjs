// SPDX-License-Identifier: MIT

const kKinds = [null, 'pointer', 'motion', 'wheel', 'pinch', 'key', 'text', 'gamepad', 'viewport', 'releaseAll', 'held'];
const kActions = ['move', 'down', 'up', 'cancel', 'leave'];
const kDevices = ['mouse', 'pen', 'touch'];

/// Decodes a message with input events (docs/api.md): {batch, time, events: [{kind, ...}]}.
export function decodeBatch(message) {
  const bytes = Buffer.from(message);
  const events = [];
  let place = 16;
  while (place < bytes.length) {
    const size = bytes[place + 1];
    events.push(decode(kKinds[bytes[place]], bytes.subarray(place + 2, place + 2 + size)));
    place += 2 + size;
  }
  if (events.length !== bytes.readUInt16LE(2)) throw new Error(`${events.length} events, not ${bytes.readUInt16LE(2)}`);
  return { batch: bytes.readUInt32LE(4), time: bytes.readDoubleLE(8), events };
}

function decode(kind, fields) {
  switch (kind) {
    case 'pointer':
      return { kind, action: kActions[fields[0]], device: kDevices[fields[1]], id: fields[2], button: fields[3],
        buttons: fields.readUInt16LE(4), x: fields.readUInt16LE(6) / 65535, y: fields.readUInt16LE(8) / 65535,
        modifiers: fields[12] };
    case 'motion':
      return { kind, dx: fields.readFloatLE(0), dy: fields.readFloatLE(4), buttons: fields.readUInt16LE(8) };
    case 'wheel':
      return { kind, dx: fields.readFloatLE(0), dy: fields.readFloatLE(4), modifiers: fields[12] };
    case 'pinch':
      return { kind, factor: fields.readFloatLE(0) };
    case 'key':
      return { kind, action: fields[0] === 1 ? 'down' : 'up', repeat: fields[1] === 1, modifiers: fields[2],
        code: fields.toString('latin1', 3) };
    case 'text':
      return { kind, text: fields.toString('utf8') };
    case 'viewport':
      return { kind, width: fields.readUInt16LE(0), height: fields.readUInt16LE(2), pixelRatio: fields.readFloatLE(4),
        isVisible: fields[8] === 1 };
    default:
      return { kind };
  }
}
