// SPDX-License-Identifier: MIT
import { Player } from './player.js';
import { Screen } from './screen.js';
import { Status } from './status.js';

const stage = document.getElementById('stage');
const screen = new Screen(stage, { tapNeeded: () => player.tapNeeded() });
const player = new Player(screen, new Status(document.getElementById('status')));

stage.addEventListener('click', () => {
  screen.tapped();
  player.tapped();
});
addEventListener('online', () => player.retryNow());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) player.retryNow();
});

// A page in the back/forward cache must not keep a viewer's place at the server.
addEventListener('pagehide', () => player.stop());
addEventListener('pageshow', () => player.start());
player.start();

/// For bug reports and tests: what the page knows. Read only.
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
  stats: () => player.stats(),
});
