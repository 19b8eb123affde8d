// SPDX-License-Identifier: MIT
// Janus, the WebRTC server in Debian, as a relay of the same stream. It runs with the package's default settings, but
// bound to this machine, and loads only the plug-ins "streaming" and WebSocket.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from '../tests/e2e/node_modules/ws/wrapper.mjs';
import { Conversation } from './pages/conversation.mjs';
import { freePort, freeUdpPort, Process } from './process.mjs';

const kBinary = '/usr/bin/janus';
const kLibraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triplet) => `/usr/lib/${triplet}/janus`);
const kFeed = fileURLToPath(new URL('../build/release/bench/feed', import.meta.url));
const kPayloadType = 102; // as in bench/feed

/// Why Janus cannot be started here, as a sentence; null if it can.
export function obstacle() {
  if (!existsSync(kBinary) || !kLibraries.some((folder) => existsSync(folder)))
    return 'the Debian package "janus" is not installed (run `systemctl mask janus` first to keep its service stopped)';
  return existsSync(kFeed) ? null : `${kFeed} is not built`;
}

/// Writes a configuration folder; its plug-in folders contain links to the wanted plug-ins only.
function configure(folder, host, ports) {
  const libraries = kLibraries.find((path) => existsSync(path));
  const only = (kind, name) => {
    mkdirSync(join(folder, kind));
    if (name) symlinkSync(join(libraries, kind, name), join(folder, kind, name));
  };
  only('plugins', 'libjanus_streaming.so');
  only('transports', 'libjanus_websockets.so');
  only('events');
  only('loggers');
  const write = (name, text) => writeFileSync(join(folder, `${name}.jcfg`), text);
  write('janus', `general: {
  configs_folder = "${folder}"
  plugins_folder = "${folder}/plugins"
  transports_folder = "${folder}/transports"
  events_folder = "${folder}/events"
  loggers_folder = "${folder}/loggers"
  debug_level = 4
}
`);
  write('janus.transport.websockets', `general: { ws = true  ws_port = ${ports.api}  ws_ip = "${host}"  wss = false }
admin: { admin_ws = false }
`);
  write('janus.plugin.streaming', `cube: {
  type = "rtp"
  id = 1
  media = ({
    type = "video"
    mid = "v"
    codec = "h264"
    pt = ${kPayloadType}
    fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
    port = ${ports.rtp}
    iface = "127.0.0.1"
  })
}
`);
}

/// A running Janus and the feed for it.
export class Janus {
  #folder = mkdtempSync(join(tmpdir(), 'cubestream-janus-'));
  #clean = () => rmSync(this.#folder, { recursive: true, force: true });
  #processes = [];
  #conversations = [];
  #url;

  /// `settings`: cubestreamd's settings, for the feed. `host`: address of Janus' API. `inside`: see Process.
  static async start(settings, { host = '127.0.0.1', inside = [] } = {}) {
    const janus = new Janus();
    process.on('exit', janus.#clean); // also after an error
    try {
      const ports = { api: await freePort(), rtp: await freeUdpPort() };
      configure(janus.#folder, host, ports);
      janus.#url = `ws://${host}:${ports.api}`;
      const server = Process.start(kBinary, ['-F', janus.#folder, '-C', join(janus.#folder, 'janus.jcfg')], {}, inside);
      janus.#processes.push(server);
      await server.line(/WebSockets server started/i);
      const feed = Process.start(kFeed, [String(ports.rtp)], settings, inside);
      janus.#processes.push(feed);
      await feed.line(/^feeding$/);
      return janus;
    } catch (error) {
      await janus.stop();
      throw error;
    }
  }

  get pid() {
    return this.#processes[0].pid;
  }

  get feedPid() {
    return this.#processes[1].pid;
  }

  /// URL of the page for a browser.
  page(pages) {
    return pages.address('janus.html', this.#url);
  }

  /// Resolves with the milliseconds from the watch request to the first complete keyframe.
  async join(receivers) {
    const conversation = new Conversation(this.#url, WebSocket);
    this.#conversations.push(conversation);
    await conversation.begin();
    const began = performance.now();
    const offer = await conversation.watch();
    const { sdp, pictured } = await receivers.make(offer);
    await conversation.start(sdp);
    await pictured;
    return performance.now() - began;
  }

  async stop() {
    for (const conversation of this.#conversations) conversation.end();
    for (const one of this.#processes.reverse()) await one.stop();
    this.#clean();
    process.off('exit', this.#clean);
  }
}
