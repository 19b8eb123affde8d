// SPDX-License-Identifier: MIT

const kBlocks = 40;
const kBlocksPerWidth = 80;
const kDark = 80; // a block's brightness, 0 to 255, up to which it is a 0
const kBright = 176; // from which it is a 1; what lies between is damage

/// The stamp that 40 brightnesses spell, bits 0 to 31 and a check byte, least significant first: the low 32 bits of the
/// server's wall clock in milliseconds when drawing began. Null: they spell none. Pure.
export function decodeStamp(brightnesses) {
  if (brightnesses.length !== kBlocks) return null;
  if (brightnesses.some((value) => value > kDark && value < kBright)) return null;
  const bytes = Array.from({ length: kBlocks / 8 }, (_, byte) =>
    brightnesses.slice(8 * byte, 8 * byte + 8).reduce((sum, value, bit) => sum + (value >= kBright ? 2 ** bit : 0), 0));
  const [a, b, c, d, check] = bytes;
  // A dark picture without any stamp would pass for zero.
  if ((a ^ b ^ c ^ d) !== check || !bytes.some(Boolean)) return null;
  return a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
}

/// Reads the stamp out of a video, which costs the copy of a picture.
export class StampReader {
  #draw;

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = kBlocks;
    canvas.height = 1;
    this.#draw = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    this.#draw.imageSmoothingEnabled = false; // a pixel is then its block's centre, which the codec spoils least
  }

  /// The stamp of the picture that the video shows now, or null.
  read(video) {
    const side = Math.floor(video.videoWidth / kBlocksPerWidth);
    if (side === 0) return null;
    this.#draw.drawImage(video, 0, 0, kBlocks * side, side, 0, 0, kBlocks, 1);
    const { data } = this.#draw.getImageData(0, 0, kBlocks, 1);
    const brightness = (i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3;
    return decodeStamp(Array.from({ length: kBlocks }, (_, i) => brightness(i)));
  }
}
