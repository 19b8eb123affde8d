// SPDX-License-Identifier: MIT
// The time from an input event to the picture that shows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputLatency, kInputStages } from '../../web/input_latency.js';
import { inputRows } from '../../web/readings.js';

const kWrap = 2 ** 32;
const kOffsetMs = 5000; // the server's clock minus the page's
const kMediaClock = { rtpTimestamp: kWrap - 900, steadyMs: 6000 }; // the RTP time stamps wrap after 10 ms

/// The RTP time stamp of a picture drawn at `ms` of the server's clock.
const rtpOf = (ms) => (kMediaClock.rtpTimestamp + Math.round((ms - kMediaClock.steadyMs) * 90)) % kWrap;
const frame = (ms, presentationTime) => ({ rtpTimestamp: rtpOf(ms), presentationTime, receiveTime: presentationTime - 5 });
/// A batch of an event at `time` of the page, which the picture drawn at `frameMs` shows.
const applied = (batch, frameMs) => ({ type: 'applied', batch, receivedMs: frameMs - 1, appliedMs: frameMs,
  drawnMs: frameMs + 2, encodedMs: frameMs + 6, frameMs });

function measured(act) {
  const latency = new InputLatency();
  act(latency, (message) => latency.applied(message, kMediaClock, kOffsetMs));
  return latency.summary();
}

test('each stage counts from the event, and the last one is the total', () => {
  const { samples, p50Ms, stages } = measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1010 }, 1012);
    hear(applied(1, 6020));
    latency.present(frame(6003, 1020));
    latency.present(frame(6020, 1036));
    latency.present(frame(6036, 1052));
  });
  assert.deepEqual([samples, p50Ms], [1, 26]);
  assert.deepEqual(kInputStages.map((stage) => Math.round(stages[stage].p50Ms)), [2, 9, 10, 12, 16, 21, 26]);
});

test('the picture may arrive before the message', () => {
  const { samples, p50Ms } = measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1010 }, 1012);
    for (const [ms, at] of [[6003, 1020], [6020, 1036], [6036, 1052]]) latency.present(frame(ms, at));
    hear(applied(1, 6020));
  });
  assert.deepEqual([samples, p50Ms], [1, 26]);
});

test('when the picture is dropped the next one shows the effect', () => {
  assert.equal(measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1010 }, 1012);
    hear(applied(1, 6020));
    latency.present(frame(6003, 1020));
    latency.present(frame(6036, 1052));
  }).p50Ms, 42);
});

test('one picture may show several batches', () => {
  const { samples, p50Ms, p95Ms, stages } = measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1000 }, 1001);
    latency.sent({ batch: 2, time: 1010 }, 1011);
    latency.sent({ batch: 3, time: 1019 }, 1020);
    hear(applied(2, 6020));
    latency.present(frame(6020, 1040));
  });
  assert.deepEqual([samples, p50Ms, p95Ms], [2, 35, 39.5]);
  assert.equal(stages.arrived.p50Ms, 9, 'known for the latest batch only');
});

test('a message without clocks, and a browser without RTP time stamps, measure nothing', () => {
  const latency = new InputLatency();
  latency.sent({ batch: 1, time: 1000 }, 1001);
  latency.applied(applied(1, 6020), null, kOffsetMs);
  latency.sent({ batch: 2, time: 1000 }, 1001);
  latency.applied(applied(2, 6020), kMediaClock, undefined);
  latency.sent({ batch: 3, time: 1000 }, 1001);
  latency.applied(applied(3, 6020), kMediaClock, kOffsetMs);
  latency.present({ presentationTime: 1040 });
  assert.equal(latency.summary(), null);
  assert.deepEqual(inputRows(null), []);
});

test('the last 300 batches count', () => {
  const { samples, p50Ms } = measured((latency, hear) => {
    for (let i = 0; i < 700; i += 1) {
      latency.sent({ batch: i + 1, time: 1000 + 16 * i }, 1001 + 16 * i);
      hear(applied(i + 1, 6005 + 16 * i));
      latency.present(frame(6005 + 16 * i, (i < 400 ? 1100 : 1020) + 16 * i));
    }
  });
  assert.deepEqual([samples, p50Ms], [300, 20]);
});

test('a new connection forgets what it waits for', () => {
  const summary = measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1000 }, 1001);
    latency.restart();
    hear(applied(1, 6020));
    latency.present(frame(6020, 1040));
  });
  assert.equal(summary, null);
});

test('the rows of the overlay have a dash for what is unknown', () => {
  const summary = measured((latency, hear) => {
    latency.sent({ batch: 1, time: 1010 }, 1012);
    hear({ type: 'applied', batch: 1, frameMs: 6020 });
    latency.present(frame(6020, 1036));
  });
  assert.deepEqual(inputRows(summary).map(([name, p50]) => `${name} ${p50}`),
    ['sent 2.0', 'arrived –', 'applied –', 'drawn –', 'encoded –', 'received 21.0', 'shown 26.0']);
});
