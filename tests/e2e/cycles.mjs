// SPDX-License-Identifier: MIT
// Viewers that come and go at every step of the negotiation.
import { kTimeLimit, openRaw } from './browser.mjs';

const kSteps = ['opened', 'offered', 'candidate', 'answered', 'connected', 'picture'];
const kWays = ['socket first', 'peer first', 'vanish'];

/// A random number generator that repeats itself: mulberry32, 0 to 1.
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/// Which step each of `count` viewers leaves at, and how: random, but each combination as soon as there is room for all.
export function plan(count, seed) {
  const random = seeded(seed);
  const all = kSteps.flatMap((step) => kWays.map((way) => ({ step, way })));
  const cycles = Array.from({ length: count }, (_, i) => all[i] ?? all[Math.floor(random() * all.length)]);
  for (let i = cycles.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [cycles[i], cycles[j]] = [cycles[j], cycles[i]];
  }
  return cycles;
}

/// Lets one viewer come, in a tab of its own, and leave. Not in a frame: Chromium loses, now and then, a WebSocket that a
/// document opens right after it has replaced another in a frame; it never reaches the network.
export async function cycle(context, url, { step, way }) {
  const tab = await openRaw(context, url);
  await tab.evaluate(async ([last, how, limit]) => {
    const client = new RawClient();
    const steps = {
      opened: () => client.opened,
      offered: () => client.offer(),
      candidate: () => client.candidate,
      answered: () => client.answered,
      connected: () => client.connected,
      picture: () => client.picture(),
    };
    for (const [name, take] of Object.entries(steps)) {
      const late = new Promise((resolve) => { setTimeout(() => resolve('late'), limit); });
      if ((await Promise.race([take(), late])) === 'late') {
        const { peer, messages } = client;
        throw new Error(`a viewer that was to leave at "${last}" waited for "${name}" in vain: ` +
          `${peer?.connectionState}, ICE ${peer?.iceConnectionState}, heard ${JSON.stringify(messages)}`);
      }
      if (name === last) break;
    }
    if (how === 'vanish') return;
    if (how === 'peer first') client.peer?.close();
    client.socket.close();
    await client.closed;
    client.peer?.close();
  }, [step, way, kTimeLimit]);
  await tab.close();
}
