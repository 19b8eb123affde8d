// SPDX-License-Identifier: MIT
// Runs inside a tab before the page's own scripts, whichever page it is: window.meter knows when each picture was
// presented, that is submitted for composition, and the stamp that is in it. Every page pays the same for it.
{
  const kBlocks = 40; // of the stamp: 32 bits of milliseconds and 8 of check, the least significant first
  const kBlocksAcross = 80; // as wide as the picture
  const kEdges = 5;

  const draw = new OffscreenCanvas(kBlocks, 1).getContext('2d', { willReadFrequently: true });
  draw.imageSmoothingEnabled = false; // takes the middle of each block

  /// The stamp of what the video shows, in milliseconds modulo 2^32; null where there is none.
  function readStamp(video) {
    const side = Math.floor(video.videoWidth / kBlocksAcross);
    draw.drawImage(video, 0, 0, kBlocks * side, side, 0, 0, kBlocks, 1);
    const { data } = draw.getImageData(0, 0, kBlocks, 1);
    const bytes = [0, 0, 0, 0, 0];
    for (let i = 0; i < kBlocks; ++i) if (data[4 * i + 1] > 127) bytes[i >> 3] |= 1 << (i & 7);
    const [a, b, c, d, check] = bytes;
    return (a ^ b ^ c ^ d) === check ? (a | (b << 8) | (c << 16) | (d << 24)) >>> 0 : null;
  }

  /// What the wall clock, by which the stamps go, has more than performance.now(). Not performance.timeOrigin: that is
  /// of the page's start, and the clocks part. Date.now() is cut to whole milliseconds, so it is asked at its edges.
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
      tell({ presentedAt: presentationTime, openedAt }); // heard once
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
    /// Resolves with the first picture: {presentedAt, openedAt (the WebSocket)}, in ms since the navigation began.
    first,

    /// What there is since the last call: {pictures, clockOffset, statistics, now}.
    async take() {
      const taken = { pictures, clockOffset: clockOffset(), statistics: await statistics(), now: performance.now() };
      pictures = [];
      return taken;
    },
  };
}
