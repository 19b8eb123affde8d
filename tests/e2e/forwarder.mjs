// SPDX-License-Identifier: MIT
// node forwarder.mjs PORT HOST:PORT: forwards TCP connections, as a reverse proxy does.
import { connect, createServer } from 'node:net';

const [, , port, target] = process.argv;
const [, host, targetPort] = /^(.*):(\d+)$/.exec(target);
createServer((from) => {
  const to = connect(Number(targetPort), host);
  from.pipe(to).pipe(from);
  for (const end of [from, to]) end.on('error', () => { from.destroy(); to.destroy(); });
}).listen(Number(port), () => console.log('ready'));
