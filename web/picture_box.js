// SPDX-License-Identifier: MIT
// The geometry of a picture that is fitted into an element (object-fit: contain), in CSS pixels. Pure.

/// The box of the picture in the area {left, top, width, height}; `size`: {width, height} of the picture in pixels.
/// The whole area if the size is unknown.
export function pictureBox(area, size) {
  const { left, top, width, height } = area;
  if (!(size.width > 0 && size.height > 0)) return { left, top, width, height };
  const scale = Math.min(width / size.width, height / size.height);
  const [boxWidth, boxHeight] = [size.width * scale, size.height * scale];
  const [boxLeft, boxTop] = [left + (width - boxWidth) / 2, top + (height - boxHeight) / 2];
  return { left: boxLeft, top: boxTop, width: boxWidth, height: boxHeight };
}

/// The place of a point of the window in the box: {x, y, isInside}; x and y are shares of its width and height, clamped
/// to 0..1.
export function placeIn(box, clientX, clientY) {
  const x = box.width > 0 ? (clientX - box.left) / box.width : 0;
  const y = box.height > 0 ? (clientY - box.top) / box.height : 0;
  const isInside = x >= 0 && x <= 1 && y >= 0 && y <= 1;
  return { x: clamp(x), y: clamp(y), isInside };
}

const clamp = (share) => Math.min(1, Math.max(0, share));
