// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../../web/clock.js';

/// A round trip that starts at `at` and takes `there` + `back`. The server's steady clock is `ahead` of the local clock, and its
/// wall clock a million ms ahead of that.
function ask(clock, { at, there, back, ahead = 5000 }) {
  const id = clock.ask(at);
  const steadyMs = at + there + ahead;
  clock.hear({ id, wallMs: steadyMs + 1e6, steadyMs }, at + there + back);
}
const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 1e-6, `${value} is not ${wanted}`);

test('before the first reply there is no estimate', () => {
  const clock = new Clock();
  clock.ask(0);
  assert.equal(clock.at(10), null);
});

test('the offset is the server\'s clock minus the midpoint of the round trip; half the round trip is the uncertainty', () => {
  const clock = new Clock();
  ask(clock, { at: 100, there: 3, back: 3 });
  const { offsetMs, wallOffsetMs, uncertaintyMs, roundTrips } = clock.at(106);
  near(offsetMs, 5000);
  near(wallOffsetMs, 1_005_000);
  near(uncertaintyMs, 3);
  assert.equal(roundTrips, 1);
});

test('the error of an asymmetric round trip stays within its uncertainty', () => {
  const clock = new Clock();
  ask(clock, { at: 0, there: 9, back: 1 });
  const { offsetMs, uncertaintyMs } = clock.at(10);
  assert.ok(Math.abs(offsetMs - 5000) <= uncertaintyMs);
});

test('the fastest round trip is used', () => {
  const clock = new Clock();
  ask(clock, { at: 0, there: 9, back: 1 });
  ask(clock, { at: 20, there: 1, back: 1 });
  ask(clock, { at: 40, there: 2, back: 8 });
  near(clock.at(40).offsetMs, 5000);
});

test('old round trips count less, so that the estimate follows a drift', () => {
  const clock = new Clock();
  ask(clock, { at: 0, there: 1, back: 1 });
  const early = clock.at(2).uncertaintyMs;
  assert.ok(clock.at(60_000).uncertaintyMs > early + 1);
  // A minute later the clocks have drifted by 3 ms. The slower but newer round trip is now better.
  ask(clock, { at: 60_000, there: 3, back: 3, ahead: 5003 });
  near(clock.at(60_006).offsetMs, 5003);
});

test('a clock jump is followed at once', () => {
  const clock = new Clock();
  for (const at of [0, 100, 200]) ask(clock, { at, there: 0.5, back: 0.5 });
  ask(clock, { at: 300, there: 20, back: 20, ahead: 95_000 });
  near(clock.at(340).offsetMs, 95_000);
  assert.equal(clock.at(340).roundTrips, 1);
});

test('a change of the wall clock is followed with the next reply, however slow', () => {
  const clock = new Clock();
  ask(clock, { at: 0, there: 1, back: 1 });
  const id = clock.ask(100);
  clock.hear({ id, wallMs: 42_000_000, steadyMs: 5110 }, 120);
  near(clock.at(120).offsetMs, 5000);
  near(clock.at(120).wallOffsetMs - clock.at(120).offsetMs, 42_000_000 - 5110);
});

test('unexpected, repeated and malformed replies are ignored', () => {
  const clock = new Clock();
  clock.hear({ id: 7, wallMs: 1, steadyMs: 1 }, 10);
  assert.equal(clock.at(10), null);
  const id = clock.ask(20);
  clock.hear({ id, wallMs: 'noon', steadyMs: null }, 21);
  clock.hear({ id, wallMs: 1, steadyMs: 1 }, 22);
  assert.equal(clock.at(22), null);
});

test('requests are frequent at first and rare later, and 16 round trips are kept', () => {
  const clock = new Clock();
  const pauses = [];
  for (let at = 0; at < 1000; at += 10) {
    ask(clock, { at, there: 1, back: 1 });
    pauses.push(clock.pauseMs);
  }
  assert.deepEqual(pauses.slice(0, 7), [100, 100, 100, 100, 100, 10_000, 10_000]);
  assert.equal(clock.at(1000).roundTrips, 16);
});
