// SPDX-License-Identifier: MIT
import { onKey, onLongPress } from './gestures.js';
import { Player } from './player.js';
import { Screen } from './screen.js';
import { Status } from './status.js';
import { tokens } from './token.js';

document.getElementById('unstarted')?.remove();
const asked = new URLSearchParams(location.search);
const stage = document.getElementById('stage');
const screen = new Screen(stage, { tapNeeded: () => player.tapNeeded() });
const status = new Status(document.getElementById('status'));
const player = new Player(screen, status, {
  stamp: asked.has('stamp'),
  denied: askForToken,
  interact: async (link) => {
    const { Interaction } = await import('./interaction.js');
    return Interaction.create(stage, screen, link, toggleOverlay);
  },
});

let form = null;
async function askForToken() {
  form ??= import('./token_form.js').then(({ TokenForm }) => new TokenForm(stage, tryToken));
  await form.then((made) => made.show(), () => {
    form = null; // the server cannot be reached: allow another attempt
  });
}
function tryToken(text) {
  const taken = tokens.give(text);
  if (taken) player.start();
  else status.fail('A token is one word of letters, digits and punctuation.');
  return taken;
}
// A new link was opened in this tab.
addEventListener('hashchange', () => {
  if (!tokens.take()) return;
  form?.then((made) => made.hide());
  player.stop();
  player.start();
});

stage.addEventListener('click', () => {
  screen.tapped();
  player.tapped();
});
addEventListener('online', () => player.retryNow());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) player.retryNow();
});

// A page in the back/forward cache must not occupy a viewer slot of the server.
addEventListener('pagehide', () => player.stop());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) player.start();
});
player.start();

// The measurements over the picture: key `i` (Ctrl+Alt+i while keys go to the scene), long press, or ?stats.
let overlay = null;
async function toggleOverlay() {
  overlay ??= import('./overlay.js').then(({ Overlay }) => Overlay.create(stage, player, screen));
  await overlay.then((made) => made.toggle(), () => {
    overlay = null; // the server cannot be reached: allow another attempt
  });
}
onKey('i', toggleOverlay);
onLongPress(stage, toggleOverlay);
if (asked.has('stats')) toggleOverlay();

let measurements = null;
async function measure() {
  measurements ??= import('./measurements.js').then(({ Measurements }) => new Measurements(player, screen));
  return (await measurements).take();
}

/// The state of the page for bug reports, benchmarks and tests, and the messages of the application. See docs/page.md.
window.cubestream = Object.freeze({
  get state() {
    return player.state;
  },
  get problem() {
    return player.problem;
  },
  get reconnects() {
    return player.reconnects;
  },
  get framesPresented() {
    return screen.presented;
  },
  get lastFrameAt() {
    return screen.lastAt;
  },
  get events() {
    return [...player.events];
  },
  get video() {
    return screen.video;
  },
  /// The latest `control` message of the server, or null.
  get control() {
    return player.link.control;
  },
  /// The times from input to picture, see InputLatency.summary(), or null.
  get input() {
    return player.link.latency;
  },
  /// Sends data to the application that draws the scene; returns whether it was sent.
  send: (data) => player.link.sendData(data),
  /// Called with the data of each message of the application.
  get onmessage() {
    return player.link.onmessage;
  },
  set onmessage(act) {
    player.link.onmessage = typeof act === 'function' ? act : null;
  },
  stats: () => player.stats(),
  /// A promise of the object that `c` copies while the measurements are shown: see measurements.js.
  measurements: measure,
});
