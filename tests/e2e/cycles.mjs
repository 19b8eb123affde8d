// SPDX-License-Identifier: MIT
// Viewers that join, and leave at each step of the negotiation.
import { kTimeLimit, openRaw } from './browser.mjs';

const kSteps = ['opened', 'offered', 'candidate', 'answered', 'connected', 'picture'];
const kWays = ['socket first', 'peer first', 'vanish'];

/// A reproducible random number generator, 0 to 1: mulberry32.
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

/// The step at which each of `count` viewers leaves, and how: random, but with all combinations if `count` allows.
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

/// Runs one viewer in its own tab. Not in a frame: Chromium sometimes loses a WebSocket that a document opens right
/// after it has replaced another document in a frame. Such a WebSocket never reaches the network.
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
        throw new Error(`a viewer that should leave at "${last}" did not reach "${name}": ` +
          `${peer?.connectionState}, ICE ${peer?.iceConnectionState}, received ${JSON.stringify(messages)}`);
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
