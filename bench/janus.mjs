// SPDX-License-Identifier: MIT
// Janus, the WebRTC server that Debian has, as a relay of the same stream: its settings are the package's own but for
// what keeps it on this machine, and of its plug-ins only "streaming" and the WebSocket are loaded.
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from '../tests/e2e/node_modules/ws/wrapper.mjs';
import { freePort, freeUdpPort, Process } from './process.mjs';

const kBinary = '/usr/bin/janus';
const kLibraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((triplet) => `/usr/lib/${triplet}/janus`);
const kFeed = fileURLToPath(new URL('../build/release/bench/feed', import.meta.url));
const kKeepAlive = 25_000; // ms; Janus forgets a session after 60 s
const kPayloadType = 102; // bench/feed's

/// Why it cannot be started here, as a sentence; null when it can.
export function obstacle() {
  if (!existsSync(kBinary) || !kLibraries.some((folder) => existsSync(folder)))
    return 'the Debian package "janus" is not installed (`systemctl mask janus` before keeps its service from starting)';
  return existsSync(kFeed) ? null : `${kFeed} is not built`;
}

/// Writes a folder of settings; its plug-ins are links to those that are wanted.
function configure(folder, ports) {
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
  write('janus.transport.websockets', `general: { ws = true  ws_port = ${ports.api}  ws_ip = "127.0.0.1"  wss = false }
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

/// A conversation with Janus: one session with one handle, as a page has it.
class Conversation {
  #socket;
  #base = {};
  #keepAlive;
  #last = 0;
  #waiting = new Set(); // {matches, resolve}

  constructor(url) {
    this.#socket = new WebSocket(url, 'janus-protocol');
    this.#socket.on('message', (data) => {
      const said = JSON.parse(data);
      for (const one of [...this.#waiting])
        if (one.matches(said)) {
          this.#waiting.delete(one);
          one.resolve(said);
        }
    });
    this.#socket.on('error', () => {}); // whoever waits hears of the close
    this.#socket.on('close', () => clearInterval(this.#keepAlive));
  }

  /// Sends a request and waits for what it leads to, behind a mere "ack".
  #ask(request) {
    const transaction = `t${++this.#last}`;
    return new Promise((resolve, reject) => {
      this.#socket.once('close', () => reject(new Error(`Janus closed the conversation at "${request.janus}"`)));
      this.#waiting.add({
        matches: (said) => said.transaction === transaction && said.janus !== 'ack',
        resolve: (said) => {
          const error = said.error ?? (said.plugindata?.data.error && { reason: said.plugindata.data.error });
          if (error) reject(new Error(`Janus: ${error.reason}`));
          else resolve(said);
        },
      });
      this.#socket.send(JSON.stringify({ ...this.#base, ...request, transaction }));
    });
  }

  async begin() {
    await once(this.#socket, 'open');
    this.#base.session_id = (await this.#ask({ janus: 'create' })).data.id;
    this.#base.handle_id = (await this.#ask({ janus: 'attach', plugin: 'janus.plugin.streaming' })).data.id;
    const { session_id } = this.#base;
    this.#keepAlive = setInterval(
      () => this.#socket.send(JSON.stringify({ janus: 'keepalive', session_id, transaction: 'k' })), kKeepAlive);
    this.#keepAlive.unref();
  }

  /// Resolves with Janus' offer, its candidates in it.
  async watch() {
    return (await this.#ask({ janus: 'message', body: { request: 'watch', id: 1 } })).jsep.sdp;
  }

  async start(sdp) {
    await this.#ask({ janus: 'message', body: { request: 'start' }, jsep: { type: 'answer', sdp } });
  }

  end() {
    clearInterval(this.#keepAlive);
    this.#socket.terminate();
  }
}

/// A running Janus and the feed that it relays.
export class Janus {
  #folder = mkdtempSync(join(tmpdir(), 'cubestream-janus-'));
  #clean = () => rmSync(this.#folder, { recursive: true, force: true });
  #processes = [];
  #conversations = [];
  #url;

  /// `settings`: cubestreamd's, for the feed.
  static async start(settings) {
    const janus = new Janus();
    process.on('exit', janus.#clean); // on errors too
    try {
      const ports = { api: await freePort(), rtp: await freeUdpPort() };
      configure(janus.#folder, ports);
      janus.#url = `ws://127.0.0.1:${ports.api}`;
      const server = Process.start(kBinary, ['-F', janus.#folder, '-C', join(janus.#folder, 'janus.jcfg')]);
      janus.#processes.push(server);
      await server.line(/WebSockets server started/i);
      const feed = Process.start(kFeed, [String(ports.rtp)], settings);
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

  /// Resolves with the milliseconds from the wish to watch to the first whole keyframe.
  async join(receivers) {
    const conversation = new Conversation(this.#url);
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
