// SPDX-License-Identifier: MIT
// Ends a test file that hangs. TIME_LIMIT is the limit for the whole file in seconds, a little less than ctest's
// TIMEOUT. ctest would send SIGKILL, and the test could not print the server logs; see daemon.mjs.
import { after } from 'node:test';

const kTimeLimit = Number(process.env.TIME_LIMIT ?? 0);
const kGrace = 10; // seconds, for idle connections to close

function endIn(seconds, why) {
  setTimeout(() => {
    console.error(why);
    process.exit(1);
  }, 1000 * seconds).unref();
}

if (kTimeLimit > 0) {
  endIn(kTimeLimit, `not done within TIME_LIMIT=${kTimeLimit} s`);
  after(() => endIn(kGrace, 'all tests have finished, but a process, a server or a socket is still open'));
}
