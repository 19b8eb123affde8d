// SPDX-License-Identifier: MIT
import { parts } from './first_picture.js';
import { Plot } from './plot.js';
import { figures, inputRows, kNothing, milliseconds, sourceWords, stageRows } from './readings.js';

const kWordsMs = 3000; // how long a message of the panel is shown

/// The view of the measurements: figures and a plot in a corner that does not cover the stamp in the picture. `on` has
/// copy() and close().
export class Panel {
  element = make('aside', { id: 'measurements', ariaLabel: 'Measurements', hidden: true });

  #source = make('span', { className: 'dim' });
  #now = make('strong');
  #shares = make('span', { className: 'shares' });
  #canvas = make('canvas', { ariaHidden: 'true' });
  #plot = new Plot(this.#canvas);
  #first = make('span', { className: 'dim' });
  #bar = make('div', { className: 'bar', ariaHidden: 'true' });
  #steps = make('ul');
  #inputHeader = make('header', {},
    make('h2', {}, 'Input to photon'), make('span', { className: 'dim' }, 'ms since the event'));
  #inputRows = make('tbody');
  #inputTable = make('table', {}, tableHead(), this.#inputRows);
  #figures = make('dl');
  #stages = make('tbody');
  #server = make('dl');
  #words = make('span', { role: 'status', className: 'dim' });
  #wordsTimer = null;

  constructor(stage, on) {
    const copy = make('button', { type: 'button', onclick: on.copy }, 'copy', make('kbd', {}, 'c'));
    const close = make('button', { type: 'button', onclick: on.close }, 'close', make('kbd', {}, 'i'));
    this.element.append(
      make('header', {}, make('h2', {}, 'Glass to glass'), this.#source),
      make('p', { className: 'glass' }, this.#now, this.#shares),
      this.#canvas,
      make('header', {}, make('h2', {}, 'First picture'), this.#first),
      this.#bar,
      this.#steps,
      this.#inputHeader,
      this.#inputTable,
      this.#figures,
      make('header', {}, make('h2', {}, 'Server')),
      this.#server,
      make('table', {}, tableHead(), this.#stages),
      make('footer', {}, this.#words, copy, close));
    // Clicks on the stage reconnect, double clicks toggle full screen.
    for (const type of ['click', 'dblclick', 'pointerdown'])
      this.element.addEventListener(type, (event) => event.stopPropagation());
    stage.append(this.element);
  }

  set open(open) {
    this.element.hidden = !open;
  }

  show(measured) {
    const { glassToGlass: glass, firstPicture, server, input } = measured;
    this.#source.textContent = sourceWords(measured);
    this.#now.replaceChildren(milliseconds(glass.nowMs, 1), make('small', {}, ' ms'));
    this.#shares.replaceChildren(...['p50', 'p95', 'p99'].map((name) =>
      make('span', {}, make('span', { className: 'dim' }, name), ` ${milliseconds(glass[`${name}Ms`], 1)}`)));
    this.#showFirst(firstPicture);
    this.#figures.replaceChildren(...terms(figures(measured)));
    this.#server.replaceChildren(...terms(server
      ? [['encoder', server.encoders[measured.reception?.codec?.split('/').pop()] ?? kNothing],
        ['renderer', server.renderer ?? kNothing], ['read-back', server.readback ?? kNothing]]
      : [['status', kNothing]]));
    this.#stages.replaceChildren(...tableRows(stageRows(server)));
    const rows = inputRows(input);
    this.#inputHeader.hidden = this.#inputTable.hidden = rows.length === 0;
    this.#inputRows.replaceChildren(...tableRows(rows));
  }

  plot(samples, now) {
    this.#plot.show(samples, now);
  }

  /// Shows a message for a short time.
  say(text) {
    clearTimeout(this.#wordsTimer);
    this.#words.textContent = text;
    this.#wordsTimer = setTimeout(() => {
      this.#words.textContent = '';
    }, kWordsMs);
  }

  #showFirst(summary) {
    this.#first.textContent = summary ? `${milliseconds(summary.startedAtMs + summary.presented, 0)} ms` : kNothing;
    const all = summary ? [{ name: 'page', ms: summary.startedAtMs }, ...parts(summary)] : [];
    this.#bar.replaceChildren(...all.map(({ ms }) => {
      const part = make('span');
      part.style.flexGrow = String(ms);
      return part;
    }));
    this.#steps.replaceChildren(...all.map(({ name, ms }) => make('li', {}, `${name} `, milliseconds(ms, 0))));
  }
}

function terms(pairs) {
  return pairs.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)));
}

function tableHead() {
  const titles = ['stage', 'p50', 'p95'].map((title) => make('th', { scope: 'col' }, title));
  return make('thead', {}, make('tr', {}, ...titles));
}

function tableRows(rows) {
  return rows.map(([name, ...times]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), ...times.map((time) => make('td', {}, time))));
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
