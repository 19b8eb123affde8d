// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

/// The picture that is shown, scaled to width x height, as RGBA bytes from the top left.
export function pixels(page, width = 64, height = 36) {
  return page.evaluate(([w, h]) => {
    const draw = new OffscreenCanvas(w, h).getContext('2d');
    draw.drawImage(window.cubestream.video, 0, 0, w, h);
    return [...draw.getImageData(0, 0, w, h).data];
  }, [width, height]);
}

/// The colours {r, g, b} of the pixels in a part of the picture. Edges are fractions of its width and height.
export function part(data, { left = 0, top = 0, right = 1, bottom = 1 }, width = 64, height = 36) {
  const colours = [];
  for (let y = Math.floor(top * height); y < bottom * height; ++y)
    for (let x = Math.floor(left * width); x < right * width; ++x) {
      const [r, g, b] = data.slice(4 * (y * width + x));
      colours.push({ r, g, b });
    }
  return colours;
}

export function brightness(colours) {
  return colours.reduce((sum, { r, g, b }) => sum + (r + g + b) / 3, 0) / colours.length;
}

/// The pixels of the cube; the background is never as colourful.
export function colourful(colours) {
  return colours.filter(({ r, g, b }) => Math.max(r, g, b) - Math.min(r, g, b) > 60);
}

/// Asserts that the picture shows the cube upright and in its colours.
export async function assertCube(page) {
  const data = await pixels(page);
  const above = brightness(part(data, { bottom: 0.1, right: 0.2 }));
  const below = brightness(part(data, { top: 0.9, right: 0.2 }));
  assert.ok(above > below + 20, `the background must be bright above (${above}) and dark below (${below})`);

  // The cube stands on a corner. Its upper faces are red, orange and yellow; its lower faces are green, blue and
  // violet.
  const upper = colourful(part(data, { top: 0.12, bottom: 0.3, left: 0.3, right: 0.7 }));
  const lower = colourful(part(data, { top: 0.7, bottom: 0.88, left: 0.3, right: 0.7 }));
  assert.ok(upper.length > 20 && lower.length > 20, `${upper.length} and ${lower.length} colourful pixels`);
  const warm = (colours) => colours.filter(({ r, b }) => r > b).length / colours.length;
  assert.ok(warm(upper) > 0.9, `warm above: ${warm(upper)}`);
  // As the cube turns, a red face reaches into the lower region. An upside-down picture would be warm everywhere there.
  assert.ok(warm(lower) < 0.5, `cold below: ${warm(lower)}`);
}

/// Samples `count` presented pictures; returns how many were presented and how many of them differ.
export function watch(page, count) {
  return page.evaluate((goal) => new Promise((resolve) => {
    const { video } = window.cubestream;
    const draw = new OffscreenCanvas(64, 36).getContext('2d', { willReadFrequently: true });
    const different = new Set();
    let presented = 0;
    const look = () => {
      draw.drawImage(video, 0, 0, 64, 36);
      different.add(String(draw.getImageData(0, 0, 64, 36).data));
      presented += 1;
      if (presented < goal) video.requestVideoFrameCallback(look);
      else resolve({ presented, different: different.size });
    };
    video.requestVideoFrameCallback(look);
  }), count);
}
