// SPDX-License-Identifier: MIT
// A daemon on one simulated machine and a browser on another, with a link between them that simulates bad networks.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { launchBrowser } from '../tests/e2e/browser.mjs';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { Machine } from '../tests/e2e/network.mjs';
import { kSettings } from './systems.mjs';
import { kMeter } from './visits.mjs';

const run = promisify(execFile);

/// Random seed of the link.
export const kSeed = 26;

/// Starts a browser on `machine` and returns a context with the meter in its pages; adds the cleanup to `ends`.
export async function browse(machine, ends) {
  // Pages that come from no network (bench/pages.mjs) may connect to a private network.
  const browser = await launchBrowser({ executable: machine.chromium, args: ['--disable-features=LocalNetworkAccessChecks'] });
  ends.push(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  await context.addInitScript({ path: kMeter });
  return context;
}

/// The server's address.
export const kServer = '10.97.0.1';

/// Runs `use({server, viewer, link, ends})` with two machines and a link between them; afterwards runs the cleanup
/// functions in `ends`, in reverse order.
export async function withLink(settings, use) {
  const [server, viewer] = [new Machine('server'), new Machine('viewer')];
  const ends = [];
  try {
    const link = await server.link(viewer, `${kServer}/24`, '10.97.0.2/24', { seed: kSeed, ...settings });
    return await use({ server, viewer, link, ends });
  } finally {
    for (const end of ends.reverse()) await end();
    await server.end();
    await viewer.end();
  }
}

/// The same with a daemon on the server: `use({server, viewer, link, daemon, start, status, ends})`. `start(settings)`
/// starts another daemon. `status(daemon)` returns its api/status, fetched on the server machine, so that the reply of
/// some kilobytes does not load the link.
export function behindLink({ delay, settings = {} }, use) {
  return withLink({ delay }, async ({ server, ends, ...rest }) => {
    const start = async (more) => {
      const daemon = await Daemon.start(
        { ...kSettings, CS_HOST: kServer, CS_FRAME_STAMP: '1', ...settings, ...more }, { inside: server.inside });
      ends.push(() => daemon.stop());
      return daemon;
    };
    const status = async (daemon) => JSON.parse((await run(server.inside[0],
      [...server.inside.slice(1), process.execPath, '-e', `fetch('${daemon.url}api/status').then((r) => r.text()).then((t) => console.log(t))`])).stdout);
    return use({ server, ends, ...rest, daemon: await start({}), start, status });
  });
}
