// SPDX-License-Identifier: MIT
import { GlassToGlass } from './glass_to_glass.js';
import { reception } from './reception.js';
import { fetchStatus, summarize } from './server_status.js';

/// All measurements in one object, for the overlay, bug reports and benchmarks. Numbers are milliseconds unless their
/// names say otherwise. Null: unknown, or not supported by this browser.
///
/// { at, userAgent, state, problem, reconnects, hidden,
///   clock: {offsetMs, wallOffsetMs, uncertaintyMs, roundTrips},   the server's clocks minus performance.now(); or null
///   glassToGlass: {                                               from the start of rendering to presentation
///     source, samples, nowMs, p50Ms, p95Ms, p99Ms,                 of the last 10 s; source: 'stamp', 'rtp' or null
///     rtp: {samples, …}, stamp: {samples, …}, damagedStamps },     by each source; or null
///   input: {samples, p50Ms, p95Ms, stages: {sent, …, shown}},     from input to the picture that shows it, see
///                                                                input_latency.js; null: no input yet
///   firstPicture: {startedAtMs, socketOpen, …, presented},        of the first session with a picture; or null
///   latestPicture: the same, of the latest session with a picture,
///   network: {slow, kbps, picture},                               network limit on the picture; null: no limit
///   reception: {overS, fps, bitrateKbps, …},                      see reception.js; since the call before; or null
///   stats: the browser's inbound-rtp report of the video, see reception.js,
///   server: {version, renderer, …, overS, stages} }               see server_status.js; since the call before; or null
///
/// The first call covers all time until then (for the server: since its start). Rates need a second call.
export class Measurements {
  #player;
  #screen;
  #report = null;
  #status = null;

  constructor(player, screen) {
    this.#player = player;
    this.#screen = screen;
  }

  async take() {
    const [report, status] = await Promise.all([this.#player.stats().catch(() => null), fetchStatus()]);
    const [reportBefore, statusBefore] = [this.#report, this.#status];
    this.#report = report;
    this.#status = status ?? statusBefore;
    const { clock, glass, firstPicture, latestPicture, state, problem, reconnects, network } = this.#player;
    const now = performance.now();
    return {
      at: new Date().toISOString(),
      userAgent: navigator.userAgent,
      state,
      problem,
      reconnects,
      hidden: document.hidden,
      framesPresented: this.#screen.presented,
      clock: clock?.at(now) ?? null,
      glassToGlass: (glass ?? new GlassToGlass(null)).summary(now),
      input: this.#player.link.latency,
      firstPicture,
      latestPicture,
      network,
      reception: reception(report, reportBefore),
      stats: report,
      server: summarize(status, statusBefore),
    };
  }
}
