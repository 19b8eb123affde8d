// SPDX-License-Identifier: MIT
// Runs in every page before the page's own scripts: window.meter records when each frame was presented, that is
// submitted for composition, and its stamp. The cost is the same for every page.
{
  const kBlocks = 40; // of the stamp: 32 bits of milliseconds and 8 check bits, least significant first
  const kBlocksAcross = 80; // blocks in the width of the frame
  const kEdges = 5;

  const draw = new OffscreenCanvas(kBlocks, 1).getContext('2d', { willReadFrequently: true });
  draw.imageSmoothingEnabled = false; // samples the centre of each block

  /// The stamp of the current video frame, in milliseconds modulo 2^32; null if there is none.
  function readStamp(video) {
    const side = Math.floor(video.videoWidth / kBlocksAcross);
    draw.drawImage(video, 0, 0, kBlocks * side, side, 0, 0, kBlocks, 1);
    const { data } = draw.getImageData(0, 0, kBlocks, 1);
    const bytes = [0, 0, 0, 0, 0];
    for (let i = 0; i < kBlocks; ++i) if (data[4 * i + 1] > 127) bytes[i >> 3] |= 1 << (i & 7);
    const [a, b, c, d, check] = bytes;
    return (a ^ b ^ c ^ d) === check ? (a | (b << 8) | (c << 16) | (d << 24)) >>> 0 : null;
  }

  /// Offset of the wall clock, which the stamps use, from performance.now(). performance.timeOrigin is not exact: it is
  /// from the page's start, and the clocks drift. Date.now() has a resolution of 1 ms, so it is sampled at its steps.
  function clockOffset() {
    const offsets = [];
    while (offsets.length < kEdges) {
      const before = Date.now();
      let now = before;
      while (now === before) now = Date.now();
      offsets.push(now - performance.now());
    }
    return offsets.sort((a, b) => a - b)[kEdges >> 1];
  }

  const peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      peers.push(this);
    }
  };

  let openedAt = null;
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('open', () => { openedAt ??= performance.now(); });
    }
  };

  let pictures = [];
  let tell;
  const first = new Promise((resolve) => { tell = resolve; });

  function follow(video, stream) {
    const look = (_, { presentationTime, presentedFrames, receiveTime, processingDuration, rtpTimestamp }) => {
      if (video.srcObject !== stream) return;
      video.requestVideoFrameCallback(look);
      tell({ presentedAt: presentationTime, openedAt }); // only the first call counts
      pictures.push({ at: presentationTime, number: presentedFrames, stamp: readStamp(video), receivedAt: receiveTime,
        processing: processingDuration * 1000, rtp: rtpTimestamp });
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

  async function statistics() {
    const reports = [...(await peers.at(-1).getStats()).values()];
    const { freezeCount = 0, framesDropped = 0, bytesReceived = 0 } =
      reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video') ?? {};
    return { freezeCount, framesDropped, bytesReceived };
  }

  window.meter = {
    /// Resolves with the first frame: {presentedAt, openedAt (the WebSocket)}, in ms since the navigation began.
    first,

    /// Returns the data since the last call: {pictures, clockOffset, statistics, now}.
    async take() {
      const taken = { pictures, clockOffset: clockOffset(), statistics: await statistics(), now: performance.now() };
      pictures = [];
      return taken;
    },
  };
}
