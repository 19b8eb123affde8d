// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const kLowest = 10_000;

/// A TCP port of 127.0.0.1 that is free now. It is below the ephemeral port range, so that no other test gets it by
/// chance before it is used, or while a server restarts.
export async function freePort() {
  const [end] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').match(/\d+/);
  for (;;) {
    const server = createServer();
    server.listen(kLowest + Math.floor(Math.random() * (end - kLowest)), '127.0.0.1');
    const free = await once(server, 'listening').then(() => true, () => false);
    if (!free) continue;
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
  }
}
