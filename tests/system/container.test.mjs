// SPDX-License-Identifier: MIT
// The image of docker/Dockerfile, built by podman from this build's package and run without any privileges. Skips the
// compile stage, which only runs scripts/package.sh. Pulls nothing from a registry.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from '../e2e/browser.mjs';
import { Machine } from '../e2e/network.mjs';
import { assertCube } from '../e2e/picture.mjs';
import { command, kCache, pack } from './debian.mjs';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kUrl = 'http://10.77.0.1:8080/';
// The limits of an ordinary user.
const kLimits = ['--ulimit', 'nofile=8192:8192', '--ulimit', 'nproc=4096:4096'];

describe('the container', { timeout: 20 * kTimeLimit }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  const podman = (...args) => command(join(kRoot, 'tests/system/podman.sh'), [join(folder, 'store'), ...args]);
  let server;
  let away;
  let browser;

  before(async () => {
    server = new Machine('server');
    away = new Machine('viewer');
    server.cable(away, '10.77.0.1/24', '10.77.0.2/24');
    browser = await launchBrowser({ executable: away.chromium });

    mkdirSync(join(folder, 'package'));
    const file = await pack('0.9.1', join(folder, 'package'));
    const base = join(folder, 'debian');
    await command(join(kRoot, 'tests/system/debian.sh'), [kCache, base, file]);
    await command('tar', ['-C', base, '-cf', `${base}.tar`, '.']);
    await podman('import', '--quiet', `${base}.tar`, 'localhost/debian');
    rmSync(base, { recursive: true });
    rmSync(`${base}.tar`);
    rmSync(join(folder, 'package', '_CPack_Packages'), { recursive: true });
    await podman('build', '--quiet', '--isolation', 'chroot', '--format', 'docker', '--pull-never', '--network', 'host',
      '--build-arg', 'BASE=localhost/debian', '--build-context', `package=${join(folder, 'package')}`,
      '--volume', `${kCache}/archives:/var/cache/apt/archives`, '--tag', 'localhost/cubestream',
      '--file', join(kRoot, 'docker/Dockerfile'), join(kRoot, 'docker'));
    await podman('run', '--detach', '--name', 'cube', '--cgroups', 'disabled', '--network', `ns:/run/netns/${server.name}`,
      '--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp', ...kLimits,
      'localhost/cubestream');
  });
  after(async () => {
    await browser?.close();
    await podman('rm', '--force', '--ignore', 'cube');
    await away?.end();
    await server?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes its own health check', async () => {
    const end = performance.now() + kTimeLimit;
    for (;;) {
      const why = await podman('healthcheck', 'run', 'cube').then(() => '', (error) => error.message);
      if (!why) break;
      if (performance.now() > end) assert.fail(`${why}\n${await podman('logs', 'cube')}`);
    }
  });

  it('runs as an unprivileged user without capabilities on a read-only file system', async () => {
    const pid = (await podman('inspect', '--format', '{{.State.Pid}}', 'cube')).trim();
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    assert.match(status, /^Uid:\s+64000\s+64000\s+64000\s+64000$/m);
    assert.match(status, /^CapBnd:\s+0+$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    await assert.rejects(podman('exec', 'cube', 'touch', '/usr/share/file'), /Read-only file system/);
  });

  it('streams the cube to a viewer on another machine', async () => {
    const page = await openPage(await browser.newContext(), kUrl);
    await playing(page);
    await morePictures(page, 30);
    await assertCube(page);
    await keep(page, 'container');
  });

  it('stops in time while a viewer is connected', async () => {
    await podman('stop', '--time', '10', 'cube');
    assert.equal((await podman('inspect', '--format', '{{.State.ExitCode}}', 'cube')).trim(), '0');
  });
});

describe('docker/compose.yaml', () => {
  const compose = (env) => command('sh', ['-c', 'podman-compose -f "$0" --dry-run up --no-build 2>&1',
    join(kRoot, 'docker/compose.yaml')], { env: { ...process.env, ...env } });

  it('runs server and relay on the host network without capabilities', async () => {
    const text = await compose({ PUBLIC_IP: '203.0.113.7', TURN_SECRET: 'relays', AUTH_TOKEN: 'viewers' });
    const runs = text.split('\n').filter((line) => line.includes('--read-only'));
    assert.equal(runs.length, 2, text);
    for (const line of runs)
      for (const option of ['--cap-drop ALL', '--network host', '--tmpfs /tmp', '--security-opt no-new-privileges:true'])
        assert.ok(line.includes(option), `${option} is not in ${line}`);
    assert.ok(runs.some((line) => line.includes('CS_TURN_SERVER=turn://203.0.113.7:3478')), text);
    assert.ok(runs.some((line) => line.includes('CS_TURN_SECRET=relays') && line.includes('CS_AUTH_TOKEN=viewers')), text);
    assert.ok(runs.some((line) => line.includes('--use-auth-secret --static-auth-secret=relays')), text);
  });
});
