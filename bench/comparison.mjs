// SPDX-License-Identifier: MIT
// Compares several kinds of a thing in alternating runs: a table with a column for each kind.
import { loadavg } from 'node:os';
import { median, spread } from './numbers.mjs';

/// Runs a comparison: {text, good}. It is
///  - head: what is compared, one sentence or more;
///  - kinds: [{name, …}, …]; the first one is what the others are compared with;
///  - measure(kind): measures one kind; or together(kinds): measures all at the same time, in this order;
///  - rows: [{what, of, digits, most, least}, …]. of(run, first): the figure of a run; `first` is the run of the first
///    kind beside it. Not a number: the kind has no such figure. most, least: {name of the kind: limit of the median}.
export async function compare(comparison, runs) {
  const { head, kinds, rows } = comparison;
  const results = new Map(kinds.map(({ name }) => [name, []]));
  const [load] = loadavg();
  for (let run = 0; run < runs; ++run) {
    console.error(`${kinds.map(({ name }) => name).join(', ')}: run ${run + 1} of ${runs}`);
    const order = kinds.map((_, i) => kinds[(run + i) % kinds.length]); // another kind comes first in each run
    const measured = comparison.together ? await comparison.together(order) : await inTurn(order, comparison.measure);
    order.forEach(({ name }, i) => results.get(name).push(measured[i]));
  }
  const first = results.get(kinds[0].name);
  const lines = [`| ${['', ...results.keys(), 'must reach'].join(' | ')} |`, `|${'---|'.repeat(kinds.length + 2)}`];
  let good = true;
  for (const { what, of, digits = 1, most = {}, least = {} } of rows) {
    const verdicts = [];
    const cells = [...results].map(([name, all]) => {
      const values = all.map((run, i) => of(run, first[i])).filter((value) => !Number.isNaN(value ?? NaN));
      const [limit, sign] = name in most ? [most[name], '≤'] : [least[name], '≥'];
      if (limit !== undefined) {
        const kept = values.length === all.length && (sign === '≤' ? median(values) <= limit : median(values) >= limit);
        good &&= kept;
        verdicts.push(`${kinds.length > 1 ? `${name}: ` : ''}${sign} ${limit}: ${kept ? 'reached' : '**missed**'}`);
      }
      return values.length > 0 ? spread(values, digits) : '';
    });
    lines.push(`| ${[what, ...cells, verdicts.join('; ')].join(' | ')} |`);
  }
  const counted = runs === 1 ? 'One run' : `Medians of ${runs} alternating runs (min–max)`;
  return { text: [`${head} ${counted}. Load average before: ${load.toFixed(1)}.`, '', ...lines].join('\n'), good };
}

async function inTurn(kinds, measure) {
  const measured = [];
  for (const kind of kinds) measured.push(await measure(kind));
  return measured;
}
