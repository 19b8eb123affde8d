// SPDX-License-Identifier: MIT
// Runs in every page of bench/input.mjs before the page's own scripts: window.inputMeter records each move of the
// pointer and which move each presented picture shows (bench/producers/pointer_scene.py). The cost is the same for
// every page.
{
  const kBlocks = 40; // read of each row: the stamp needs 40, the pointer 24
  const kRows = 2; // the stamp of CS_FRAME_STAMP, the pointer
  const kBlocksAcross = 80; // blocks in the width of the picture
  const kSynthetic = { bubbles: true, composed: true, cancelable: true, pointerId: 1, pointerType: 'mouse',
    isPrimary: true, button: -1, buttons: 0 };
  const kTimerMs = 4; // least period of a timer

  const draw = new OffscreenCanvas(kBlocks, kRows).getContext('2d', { willReadFrequently: true });
  draw.imageSmoothingEnabled = false; // samples the centre of each block

  /// {stamp, x} of a picture; each null if it has none.
  function read(picture, width) {
    const side = Math.floor(width / kBlocksAcross);
    draw.drawImage(picture, 0, 0, kBlocks * side, kRows * side, 0, 0, kBlocks, kRows);
    const { data } = draw.getImageData(0, 0, kBlocks, kRows);
    const byte = (row, first) => {
      let value = 0;
      for (let bit = 0; bit < 8; ++bit) if (data[4 * (row * kBlocks + first + bit) + 1] > 127) value |= 1 << bit;
      return value;
    };
    const [a, b, c, d, check] = [0, 8, 16, 24, 32].map((first) => byte(0, first));
    const [low, high, checkX] = [0, 8, 16].map((first) => byte(1, first));
    return {
      stamp: (a ^ b ^ c ^ d) === check ? (a | (b << 8) | (c << 16) | (d << 24)) >>> 0 : null,
      x: (low ^ high ^ 0x5a) === checkX ? low | (high << 8) : null,
    };
  }

  const taken = () => ({ moves: [], pictures: [], bytes: 0, batches: 0, events: 0, animationFrames: 0 });
  let since = taken();

  // The picture fills the window, so x needs no box. A raw event and the move after it are one move.
  const note = ({ clientX, timeStamp }) => {
    const x = Math.round((65535 * clientX) / innerWidth);
    if (since.moves.at(-1)?.x !== x) since.moves.push({ x, at: timeStamp });
  };
  for (const type of ['pointermove', 'pointerrawupdate']) addEventListener(type, note, { capture: true });

  function follow(video, stream) {
    const look = (_, { presentationTime, rtpTimestamp }) => {
      if (video.srcObject !== stream) return;
      video.requestVideoFrameCallback(look);
      since.pictures.push({ at: presentationTime, rtp: rtpTimestamp, ...read(video, video.videoWidth) });
    };
    video.requestVideoFrameCallback(look);
  }
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    get,
    set(stream) {
      set.call(this, stream);
      if (stream) follow(this, stream);
    },
  });

  // The batches of cubestream are its only binary messages: u8 version, u8 flags, u16 count of events, …
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    if (typeof message !== 'string') {
      const { buffer, byteOffset } = ArrayBuffer.isView(message) ? message : { buffer: message, byteOffset: 0 };
      since.batches += 1;
      since.events += new DataView(buffer, byteOffset).getUint16(2, true);
    }
    send.call(this, message);
  };

  window.inputMeter = {
    /// The page drew a picture without a video element.
    drew(picture, at, bytes) {
      since.pictures.push({ at, rtp: null, ...read(picture, picture.width) });
      since.bytes += bytes;
    },

    /// Whether a picture since the last take() shows a move since then.
    get works() {
      return since.pictures.some(({ x }) => x !== null && since.moves.some((move) => Math.abs(move.x - x) <= 1));
    },

    /// Returns the data since the last call: {moves: [{x, at}, …], pictures: [{at, rtp, stamp, x}, …], bytes (of
    /// drew()), batches, events (in them), animationFrames (while drive() ran), now}. Times are performance.now().
    take() {
      const result = { ...since, now: performance.now() };
      since = taken();
      return result;
    },

    /// Moves the pointer `rate` times a second for a time, like a fast mouse: an event at each timer, which carries all
    /// the moves since the last one. With rate 0 it only counts the animation frames. Returns the number of moves.
    async drive(rate, milliseconds, places) {
      const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
      const began = performance.now();
      let isOver = false;
      const count = () => {
        since.animationFrames += 1;
        if (!isOver) requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      let moves = 0;
      const move = (i) => ({ ...kSynthetic, clientX: (places[i % places.length] * innerWidth) / 65535,
        clientY: innerHeight / 2 });
      while (performance.now() - began < milliseconds) {
        await new Promise((resolve) => { setTimeout(resolve, kTimerMs); });
        const due = Math.floor((rate * (performance.now() - began)) / 1000);
        if (due === moves) continue;
        const coalescedEvents = Array.from({ length: due - moves }, (_, i) =>
          new PointerEvent('pointermove', move(moves + i)));
        target.dispatchEvent(new PointerEvent('pointermove', { ...move(due - 1), coalescedEvents }));
        moves = due;
      }
      isOver = true;
      return moves;
    },
  };
}
