// SPDX-License-Identifier: MIT

const kWindowMs = 10_000;
const kGapMs = 400; // the line is interrupted where samples are further apart
const kTops = [10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000];
const kLine = '#7fd6ff';
const kFill = 'rgb(127 214 255 / 16%)';
const kGrid = 'rgb(214 218 227 / 14%)';
const kInk = 'rgb(214 218 227 / 55%)';

/// The top of an axis for these values, a round number. Pure.
export function axisTop(values) {
  const highest = Math.max(0, ...values) * 1.15;
  return kTops.find((top) => top >= highest) ?? kTops.at(-1);
}

/// A line chart of the last ten seconds.
export class Plot {
  #canvas;
  #draw;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#draw = canvas.getContext('2d');
  }

  /// `samples`: [{at, ms}], oldest first.
  show(samples, now) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#fit(width, height);
    const draw = this.#draw;
    draw.clearRect(0, 0, width, height);
    const top = axisTop(samples.map(({ ms }) => ms));
    const x = ({ at }) => width - ((now - at) / kWindowMs) * width;
    const y = ({ ms }) => height - 1 - (Math.max(0, ms) / top) * (height - 2);
    this.#grid(width, height, top);
    for (const run of runs(samples)) {
      const line = new Path2D();
      run.forEach((sample) => line.lineTo(x(sample), y(sample)));
      const area = new Path2D(line);
      area.lineTo(x(run.at(-1)), height);
      area.lineTo(x(run[0]), height);
      draw.fillStyle = kFill;
      draw.fill(area);
      draw.strokeStyle = kLine;
      draw.stroke(line);
    }
  }

  /// Resizes the canvas to the device resolution.
  #fit(width, height) {
    const scale = devicePixelRatio;
    const [columns, rows] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width === columns && this.#canvas.height === rows) return;
    this.#canvas.width = columns;
    this.#canvas.height = rows;
    this.#draw.scale(scale, scale);
    this.#draw.lineWidth = 1.25;
    this.#draw.lineJoin = 'round';
    this.#draw.font = '9px ui-monospace, monospace';
  }

  #grid(width, height, top) {
    const draw = this.#draw;
    draw.fillStyle = kGrid;
    for (const share of [0, 0.5]) draw.fillRect(0, Math.round(share * height), width, 1);
    draw.fillRect(0, height - 1, width, 1);
    draw.fillStyle = kInk;
    draw.fillText(`${top} ms`, 2, 10);
  }
}

/// Splits the samples at gaps.
function runs(samples) {
  const runs = [];
  samples.forEach((sample, i) => {
    if (i === 0 || sample.at - samples[i - 1].at > kGapMs) runs.push([]);
    runs.at(-1).push(sample);
  });
  return runs;
}
