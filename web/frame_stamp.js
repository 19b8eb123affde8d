// SPDX-License-Identifier: MIT

const kBlocks = 40;
const kBlocksPerWidth = 80;
const kDark = 80; // brightness (0 to 255) of a 0 bit: at most this
const kBright = 176; // of a 1 bit: at least this; values in between mean damage

/// Decodes a stamp from 40 brightness values: 32 bits and a check byte, least significant bit first. The stamp is the
/// low 32 bits of the server's wall clock in milliseconds at the start of rendering. Null: no valid stamp. Pure.
export function decodeStamp(brightnesses) {
  if (brightnesses.length !== kBlocks) return null;
  if (brightnesses.some((value) => value > kDark && value < kBright)) return null;
  const bytes = Array.from({ length: kBlocks / 8 }, (_, byte) =>
    brightnesses.slice(8 * byte, 8 * byte + 8).reduce((sum, value, bit) => sum + (value >= kBright ? 2 ** bit : 0), 0));
  const [a, b, c, d, check] = bytes;
  // All bytes zero is a dark picture without a stamp.
  if ((a ^ b ^ c ^ d) !== check || !bytes.some(Boolean)) return null;
  return a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
}

/// Reads the stamp from a video. Each read copies one picture.
export class StampReader {
  #draw;

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = kBlocks;
    canvas.height = 1;
    this.#draw = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    this.#draw.imageSmoothingEnabled = false; // takes the centre of each block, which the codec distorts least
  }

  /// The stamp of the current picture of the video, or null.
  read(video) {
    const side = Math.floor(video.videoWidth / kBlocksPerWidth);
    if (side === 0) return null;
    this.#draw.drawImage(video, 0, 0, kBlocks * side, side, 0, 0, kBlocks, 1);
    const { data } = this.#draw.getImageData(0, 0, kBlocks, 1);
    const brightness = (i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3;
    return decodeStamp(Array.from({ length: kBlocks }, (_, i) => brightness(i)));
  }
}
