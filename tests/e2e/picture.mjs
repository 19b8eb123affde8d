// SPDX-License-Identifier: MIT

/// The picture being shown, shrunk to width x height: RGBA bytes from the top left.
export function pixels(page, width = 64, height = 36) {
  return page.evaluate(([w, h]) => {
    const draw = new OffscreenCanvas(w, h).getContext('2d');
    draw.drawImage(window.cubestream.video, 0, 0, w, h);
    return [...draw.getImageData(0, 0, w, h).data];
  }, [width, height]);
}

/// The colours {r, g, b} of the pixels in a part of the picture; edges in shares of its width and height.
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

/// The cube's pixels among these: the background is never as colourful.
export function colourful(colours) {
  return colours.filter(({ r, g, b }) => Math.max(r, g, b) - Math.min(r, g, b) > 60);
}

/// Looks at every picture presented until `count` were: how many were presented, and how many of them differed.
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
