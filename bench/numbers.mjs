// SPDX-License-Identifier: MIT
// Statistics and plots for the benches.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// The median of the values and, if they differ, the least and the most: "3.1 (2.9–3.4)".
export function spread(values, digits) {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)]
    .map((value) => value.toFixed(digits));
  return least === most ? middle : `${middle} (${least}–${most})`;
}

/// The `share` quantile of the values; for few values, the largest.
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/// Slope of the least-squares line through [[x, y], …]; null for fewer than two points.
export function slope(points) {
  const n = points.length;
  const sum = (of) => points.reduce((total, point) => total + of(point), 0);
  const [x, y] = [sum(([value]) => value) / n, sum(([, value]) => value) / n];
  const spread = sum(([value]) => (value - x) ** 2);
  if (n < 2 || spread === 0) return null;
  return sum(([a, b]) => (a - x) * (b - y)) / spread;
}

/// A scatter plot as text. `series`: [{letter, points: [[x, y], …]}, …]; dots connect the points.
export function plot(series, { wide = 64, high = 18, unit = '' } = {}) {
  const all = series.flatMap(({ points }) => points);
  const [right, top] = [0, 1].map((axis) => Math.max(...all.map((point) => point[axis])));
  const canvas = Array.from({ length: high }, () => Array(wide).fill(' '));
  const put = (x, y, letter) => {
    const [column, row] = [Math.round((x / right) * (wide - 1)), Math.round((1 - y / top) * (high - 1))];
    if (row >= 0 && row < high) canvas[row][column] = letter;
  };
  for (const { points } of series)
    for (let i = 1; i < points.length; ++i)
      for (let step = 0; step < wide; ++step) {
        const [[x, y], [endX, endY]] = [points[i - 1], points[i]];
        put(x + ((endX - x) * step) / wide, y + ((endY - y) * step) / wide, '·');
      }
  for (const { letter, points } of series) for (const [x, y] of points) put(x, y, letter);
  const label = (row) => `${Math.round(top * (1 - row / (high - 1)))}${unit}`;
  const margin = label(0).length;
  const lines = canvas.map((row, i) => {
    const text = i % 4 === 0 || i === high - 1 ? label(i) : '';
    return `${text.padStart(margin)} ┤${row.join('')}`.trimEnd();
  });
  const ticks = Array(wide + 4).fill(' ');
  for (const x of new Set(all.map(([value]) => value))) {
    const column = Math.round((x / right) * (wide - 1));
    const text = String(x);
    if (ticks.slice(Math.max(0, column - 1), column + text.length + 1).every((letter) => letter === ' '))
      ticks.splice(column, text.length, ...text);
  }
  return [...lines, `${' '.repeat(margin)} └${'─'.repeat(wide)}`, `${' '.repeat(margin + 2)}${ticks.join('')}`.trimEnd()]
    .join('\n');
}
