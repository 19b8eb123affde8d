// SPDX-License-Identifier: MIT
// The metrics, checked with promtool and with a real Prometheus server.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { freePort } from './ports.mjs';
import { Receivers } from './receivers.mjs';

const packaging = new URL('../../packaging/', import.meta.url);
const kRules = fileURLToPath(new URL('prometheus-rules.yml', packaging));
const kDashboard = JSON.parse(readFileSync(new URL('grafana-dashboard.json', packaging), 'utf8'));
const kExpressions = kDashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr]));

/// The metrics of a program that draws, which exist only with CS_SCENE=external. A unit test compares the page with the
/// source.
const kOfPrograms = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8').match(/\bcubestream_producer\w+/g);

/// Parses the Prometheus text format into {name: {type, help, samples: {series: value}}}. The lines of a family are
/// contiguous and start with HELP.
function parse(text) {
  const families = {};
  let latest = null;
  for (const line of text.trimEnd().split('\n')) {
    const [, word, name, rest] = line.match(/^# (HELP|TYPE) (\w+) (.*)$/) ?? [];
    if (word) {
      latest = families[name] ??= { samples: {} };
      latest[word.toLowerCase()] = rest;
    } else {
      const at = line.lastIndexOf(' ');
      latest.samples[line.slice(0, at)] = Number(line.slice(at + 1));
    }
  }
  return families;
}

/// The metric names in a PromQL text.
function namedIn(text) {
  return new Set([...text.matchAll(/\b(?:cubestream|process)_\w+\b/g)].map(([name]) => name));
}

/// A Prometheus server that scrapes `target` every second and loads our rules.
class Prometheus {
  #child;
  #folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  #said = '';
  url;

  static async start(target) {
    const it = new Prometheus();
    writeFileSync(join(it.#folder, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [kRules],
      scrape_configs: [{ job_name: 'cubestream', static_configs: [{ targets: [target] }] }],
    }));
    const address = `127.0.0.1:${await freePort()}`;
    it.url = `http://${address}/`;
    it.#child = spawn('setpriv', ['--pdeathsig', 'KILL', 'prometheus', `--config.file=${it.#folder}/prometheus.yml`,
      `--storage.tsdb.path=${it.#folder}/data`, `--web.listen-address=${address}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    it.#child.stderr.setEncoding('utf8').on('data', (text) => { it.#said += text; });
    return it;
  }

  /// The result of an instant query, or null while Prometheus is not ready.
  async query(expression) {
    const address = new URL(`api/v1/query?query=${encodeURIComponent(expression)}`, this.url);
    const reply = await fetch(address).catch(() => null);
    if (!reply || reply.status === 503) return null;
    const { status, error, data } = await reply.json();
    assert.equal(status, 'success', `${expression}: ${error}`);
    return data.result;
  }

  /// Repeats the query until its value satisfies `settled`; Prometheus has no event for a scrape.
  async until(expression, settled) {
    const end = performance.now() + kTimeLimit;
    for (;;) {
      const result = await this.query(expression);
      if (result?.length > 0 && settled(Number(result[0].value[1]))) return result;
      if (performance.now() > end || this.#child.exitCode !== null)
        throw new Error(`timeout while waiting for ${expression}: ${JSON.stringify(result)}\n${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  get(path) {
    return fetch(new URL(path, this.url)).then((reply) => reply.json());
  }

  async stop() {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}

describe('the observability of the server', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let receivers;
  let viewer;
  let families;
  let recordings;
  before(async () => {
    recordings = mkdtempSync(join(tmpdir(), 'cubestream-'));
    // The recording metrics exist only with CS_RECORD_DIR.
    daemon = await Daemon.start({ ...kSmall, CS_RECORD_DIR: recordings });
    receivers = Receivers.start();
    viewer = await receivers.join(daemon.url);
    await receivers.join(daemon.url);
    receivers.leave(viewer.id);
    await daemon.until(({ viewers_left_total: left, viewers_connected_total: came }) => left === 1 && came === 2);
    families = parse((await daemon.get('metrics')).text);
  });
  after(async () => {
    await receivers?.stop();
    assert.equal((await daemon.stop()).code, 0);
    rmSync(recordings, { recursive: true });
  });

  it('has metrics that pass promtool', async () => {
    const { status, type, text } = await daemon.get('metrics');
    assert.equal(status, 200);
    assert.match(type, /^text\/plain; version=0\.0\.4/);
    const { status: exit, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(exit, 0, stdout + stderr);
  });

  it('has a type and a help text for each metric', () => {
    assert.ok(Object.keys(families).length > 60);
    for (const [name, { type, help, samples }] of Object.entries(families)) {
      assert.match(type ?? '', /^(counter|gauge|histogram)$/, name);
      assert.ok(help?.length > 10, `${name} has no help`);
      assert.ok(Object.keys(samples).length > 0, name);
    }
  });

  it('counts pictures and viewers that joined and left', () => {
    const value = (series) => families[series.match(/^\w+?(?=_count|_bucket|\{|$)/)[0]].samples[series];
    assert.ok(value('cubestream_frames_rendered_total') > 0);
    assert.ok(value('cubestream_encoded_bytes_total{codec="H264"}') > 0);
    assert.ok(value('cubestream_encoded_keyframes_total{codec="H264"}') >= 1);
    assert.equal(value('cubestream_keyframes_requested_total{codec="H264",cause="start"}'), 1);
    assert.equal(value('cubestream_viewers_joined_total{codec="H264"}'), 2);
    assert.equal(value('cubestream_viewers_left_total{reason="closed"}'), 1);
    assert.equal(value('cubestream_viewers{codec="H264",state="connected"}'), 1);
    assert.equal(value('cubestream_viewer_first_picture_seconds_count'), 2);
    for (const stage of ['draw', 'read_back', 'encode', 'send', 'total'])
      assert.ok(value(`cubestream_stage_duration_seconds_count{stage="${stage}"}`) > 0, stage);
    assert.ok(value('process_resident_memory_bytes') > 1e6);
  });

  it('exposes no address of a viewer', async () => {
    for (const path of ['metrics', 'api/status']) assert.doesNotMatch((await daemon.get(path)).text, /127\.0\.0\.1|::1/, path);
  });

  it('has alerts and a dashboard that use existing metrics', () => {
    const known = new Set(Object.entries(families).flatMap(([name, { type }]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((ending) => name + ending) : [name]));
    for (const name of kOfPrograms) known.add(name);
    const rules = readFileSync(kRules, 'utf8').replaceAll(/^\s*#.*$/gm, '');
    for (const name of namedIn(rules)) assert.ok(known.has(name), `the rules name ${name}`);
    assert.ok(kExpressions.length > 30);
    for (const [title, expr] of kExpressions)
      for (const name of namedIn(expr)) assert.ok(known.has(name), `the panel "${title}" names ${name}`);
    const ids = kDashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('works with a real Prometheus server', async (t) => {
    const prometheus = await Prometheus.start(`127.0.0.1:${daemon.port}`);
    try {
      await prometheus.until('up{job="cubestream"}', (up) => up === 1);
      await prometheus.until('cubestream_frames_rendered_total', (frames) => frames > 0);
      await prometheus.until('rate(cubestream_encoded_bytes_total{codec="H264"}[10s])', (rate) => rate > 0);
      await prometheus.until('sum(cubestream_viewers{state="connected"})', (viewers) => viewers === 1);
      const [{ value: [, seconds] }] = await prometheus.query('scrape_duration_seconds{job="cubestream"}');
      t.diagnostic(`its scrape took ${(1000 * Number(seconds)).toFixed(1)} ms`);
      for (const [title, expr] of kExpressions) {
        const here = expr.replaceAll('$instance', '.*').replaceAll('[$__rate_interval]', '[10s]');
        assert.ok(await prometheus.query(here), title);
      }
      const { data: { groups } } = await prometheus.get('api/v1/rules');
      const rules = groups.flatMap((group) => group.rules);
      assert.equal(rules.length, readFileSync(kRules, 'utf8').match(/- alert:/g).length);
      for (const { name, health, lastError } of rules) assert.notEqual(health, 'err', `${name}: ${lastError}`);
      const { data: { alerts } } = await prometheus.get('api/v1/alerts');
      assert.deepEqual(alerts.map(({ labels }) => labels.alertname), [], 'a healthy server raises no alert');
    } finally {
      await prometheus.stop();
    }
  });
});
