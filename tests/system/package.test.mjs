// SPDX-License-Identifier: MIT
// The Debian package from installation to purge, on a Debian of this machine's release with its own systemd. Each test
// continues where the one before ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from '../e2e/browser.mjs';
import { Machine } from '../e2e/network.mjs';
import { assertCube } from '../e2e/picture.mjs';
import { command, Debian, kRelease, pack } from './debian.mjs';

const kFreeze = process.env.FREEZE;
const kUrl = 'http://10.77.0.1:8080/';
const kInstall = 'apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install';

describe('the Debian package', { timeout: 20 * kTimeLimit }, () => {
  let server;
  let away;
  let debian;
  let browser;
  let page;

  before(async () => {
    server = new Machine('server');
    away = new Machine('viewer');
    server.cable(away, '10.77.0.1/24', '10.77.0.2/24');
    debian = await Debian.boot((folder) => pack('0.9.1', folder), server.name);
    browser = await launchBrowser({ executable: away.chromium });
  });
  after(async () => {
    await browser?.close();
    await debian?.end();
    await away?.end();
    await server?.end();
  });

  /// Sends a request from the other machine; returns the status code.
  const ask = (path) => command(...words(away, 'curl', '-sS', '-m', '30', '-o', '/dev/null', '-w', '%{http_code}', kUrl + path));
  const words = (machine, ...all) => [machine.inside[0], [...machine.inside.slice(1), ...all]];
  const watching = async () => {
    await playing(page);
    await morePictures(page, 30);
    await assertCube(page);
  };

  it('starts after the installation under its own user, and describes itself in its status', async (t) => {
    await debian.sh(`${kInstall} /root/cubestream.deb`);
    await debian.running();
    assert.equal(await debian.show('UnitFileState'), 'enabled');
    const status = await debian.show('StatusText');
    t.diagnostic(status);
    assert.match(status, /^0 viewers, H264 by x264enc, VP8 by vp8enc, (.*, )?1280x720 at 30, llvmpipe/);
    assert.notEqual(await debian.sh('stat -c %u /proc/$(systemctl show -P MainPID cubestream)'), '0\n');
    assert.equal(await debian.sh('stat -c %a /etc/cubestream/cubestream.env'), '640\n');
    assert.equal(await debian.sh('cubestreamd --version'), 'cubestreamd 0.1.0\n');
  });

  it('streams the cube to a viewer on another machine', async () => {
    assert.equal(await ask('healthz'), '200');
    page = await openPage(await browser.newContext(), kUrl);
    await watching();
    await keep(page, 'package');
    await debian.sh('cubestreamd --health');
  });

  it('restarts after kill -9, and the viewer gets the picture again', async (t) => {
    const pid = await debian.running();
    const began = performance.now();
    process.kill(pid, 'SIGKILL');
    await debian.running(pid);
    t.diagnostic(`back after ${Math.round(performance.now() - began)} ms`);
    await watching();
  });

  for (const [what, thread] of [['render', 'render'], ['encode', 'pictures:src'], ['net', 'net']])
    it(`is restarted by the watchdog when the ${what} thread makes no progress`, async (t) => {
      const pid = await debian.running();
      const freezer = spawn(kFreeze, [String(pid), thread], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = await Promise.race([once(freezer.stdout, 'data'), once(freezer, 'close')]);
      assert.equal(String(output), 'frozen\n');
      const began = performance.now();
      await debian.running(pid);
      t.diagnostic(`back after ${Math.round(performance.now() - began)} ms`); // usually at most 12 s
      const journal = await debian.journal();
      assert.match(journal, new RegExp(`error .*${what}.*: no progress for .*watchdog`));
      assert.match(journal, /Failed with result 'watchdog'/);
      await watching();
    });

  it('stops in time while a viewer is connected, and starts again', async (t) => {
    const began = performance.now();
    await debian.sh('systemctl stop cubestream');
    t.diagnostic(`stopped after ${Math.round(performance.now() - began)} ms`);
    assert.equal(await debian.show('Result'), 'success');
    assert.equal(await debian.show('ExecMainStatus'), '0');
    await debian.sh('systemctl start cubestream');
    await watching();
  });

  it('with socket activation, starts at the first request and refuses none while it restarts', async () => {
    await debian.sh('systemctl stop cubestream && systemctl start cubestream.socket');
    assert.equal(await debian.show('ActiveState'), 'inactive');
    assert.equal(await ask('healthz'), '200');
    const pid = await debian.running();
    process.kill(pid, 'SIGKILL');
    assert.equal(await ask('healthz'), '200');
    assert.notEqual(await debian.running(), pid);
    await watching();
    await debian.sh('systemctl stop cubestream.socket cubestream && systemctl start cubestream');
  });

  it('takes frames from members of the group cubestream-frames only, and keeps their socket while it restarts', async () => {
    await debian.sh('useradd ann; useradd bob; usermod -aG cubestream-frames ann; '
      + 'echo CS_SCENE=external >>/etc/cubestream/cubestream.env; '
      + 'systemctl stop cubestream; systemctl reset-failed cubestream; ' // its starts so far count for the limit
      + 'systemctl start cubestream-frames.socket; systemctl start cubestream');
    await debian.running();
    const socket = () => debian.sh('stat -c "%a %U %G %i" /run/cubestream/frames.sock');
    const made = await socket();
    assert.match(made, /^660 root cubestream-frames \d+\n$/);
    /// Says HELLO as this user; returns the type of the answer.
    const greet = (user) => debian.sh(`runuser -u ${user} -- perl -e '
      use Socket;
      socket(S, AF_UNIX, SOCK_SEQPACKET, 0) && connect(S, sockaddr_un("/run/cubestream/frames.sock")) or die "$!\n";
      send(S, pack("SSLSSLLLLLLLQa64", 1, 112, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, "a program"), 0);
      recv(S, $answer, 65535, 0);
      print unpack("S", $answer)'`);
    await assert.rejects(greet('bob'), /Permission denied/);
    assert.equal(await greet('ann'), '1');
    assert.match(await debian.journal(), /waiting for a program that draws at \/run\/cubestream\/frames\.sock, a socket from systemd/);
    assert.match(await debian.sh('CS_SCENE=external cubestreamd --check || true'),
      /^ok +frame socket +systemd listens at \/run\/cubestream\/frames\.sock.*group cubestream-frames \(ann\), by mode 0660$/m);
    await debian.sh('systemctl restart cubestream');
    assert.equal(await socket(), made);
    assert.equal(await greet('ann'), '1');
    await debian.sh('systemctl stop cubestream');
    assert.equal(await socket(), made);
    assert.equal(await greet('ann'), '1'); // starts the service
    await debian.running();
    await debian.sh("sed -i '/^CS_SCENE=/d' /etc/cubestream/cubestream.env; systemctl stop cubestream-frames.socket cubestream; "
      + 'systemctl reset-failed cubestream; systemctl start cubestream');
    await watching();
  });

  it('keeps its settings after an upgrade', async () => {
    const pid = await debian.running();
    await debian.sh("sed -i 's/^#CS_MAX_VIEWERS=.*/CS_MAX_VIEWERS=5/' /etc/cubestream/cubestream.env");
    const file = await pack('0.9.2', debian.folder);
    await command('cp', [file, `${debian.root}/root/newer.deb`]);
    await debian.sh(`${kInstall} /root/newer.deb`);
    const newer = await debian.running(pid);
    assert.equal(await debian.sh("dpkg-query -W -f '${Version}' cubestream"), `0.9.2${kRelease}`);
    assert.match(await command('cat', [`/proc/${newer}/environ`]), /CS_MAX_VIEWERS=5/);
    await watching();
  });

  it('logs an invalid setting and stops restarting', async () => {
    await debian.sh("echo CS_FPS=many >>/etc/cubestream/cubestream.env; systemctl restart cubestream || true");
    const end = performance.now() + kTimeLimit;
    while ((await debian.show('ActiveState')) !== 'failed')
      if (performance.now() > end) assert.fail(await debian.journal());
    assert.match(await debian.journal(), /CS_FPS cannot be "many"/);
    await debian.sh("sed -i '/many/d' /etc/cubestream/cubestream.env; systemctl reset-failed cubestream; systemctl start cubestream");
    await watching();
  });

  it('records into its state directory, in files that other users cannot read', async () => {
    await debian.sh("printf 'CS_RECORD=on\\nCS_RECORD_DIR=/var/lib/cubestream\\n' >>/etc/cubestream/cubestream.env; "
      + 'systemctl restart cubestream');
    await watching();
    await debian.sh('systemctl stop cubestream');
    assert.match(await debian.sh('ls /var/lib/cubestream/'), /^cubestream-\d{8}T\d{6}\.\d{3}Z\.mp4\n$/);
    assert.equal(await debian.sh('stat -c %a /var/lib/cubestream/*.mp4'), '600\n');
    await debian.sh('systemctl start cubestream');
  });

  it('leaves only the recordings after removal and purge', async () => {
    await debian.sh('apt-get -qq -y remove cubestream');
    await assert.rejects(ask('healthz'), /curl: \(7\)/);
    assert.equal(await debian.sh('cat /etc/cubestream/cubestream.env | grep -c CS_MAX_VIEWERS=5'), '1\n');
    const recorded = await debian.sh('ls /var/lib/cubestream/');
    assert.match(await debian.sh('apt-get -qq -y purge cubestream'), /holds files, most likely recordings, and was not removed/);
    assert.equal(await debian.sh('ls /var/lib/cubestream/'), recorded);
    await debian.sh('rm -r /var/lib/private/cubestream /var/lib/cubestream');
    const left = await debian.sh("find / -xdev -name '*cubestream*' -not -path '/var/log/*' -not -path '/var/cache/apt/*' "
      + "-not -path '/root/*' -not -path '/proc/*' -not -path '/sys/*'");
    assert.equal(left, '');
    assert.equal(await debian.sh("systemctl list-units --all --no-legend '*cubestream*'"), '');
    assert.equal(await debian.sh("systemctl list-unit-files --no-legend '*cubestream*' || true"), '');
  });
});
