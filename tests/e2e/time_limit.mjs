// SPDX-License-Identifier: MIT
// Ends a test file that hangs, where TIME_LIMIT is set: the seconds that all of it may take, a little less than ctest's
// TIMEOUT. ctest ends a test by SIGKILL, and then it cannot print what its daemons logged; see daemon.mjs.
import { after } from 'node:test';

const kTimeLimit = Number(process.env.TIME_LIMIT ?? 0);
const kGrace = 10; // seconds, for connections that nobody uses any more

function endIn(seconds, why) {
  setTimeout(() => {
    console.error(why);
    process.exit(1);
  }, 1000 * seconds).unref();
}

if (kTimeLimit > 0) {
  endIn(kTimeLimit, `not done within TIME_LIMIT=${kTimeLimit} s`);
  after(() => endIn(kGrace, 'all tests are done, but something is left open: a process, a server or a socket'));
}
