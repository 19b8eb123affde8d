// SPDX-License-Identifier: MIT

/// Time limits of each step, in milliseconds.
export const kLimits = { open: 5000, answer: 5000, packet: 5000, decode: 5000, show: 5000, stall: 3000 };

const kPictures = 5; // picture intervals added to the stall limit, for low frame rates

// The connection broke, or a proxy closed it. The server may not have closed the session.
const kBroken = [1005, 1006, 1012, 1014];

/// The observed state of one session. Times are in milliseconds of one clock; null: not yet.
export function newFacts(now, host) {
  return {
    host,
    supported: true,
    online: true,
    hasTurn: false, // config.json names a TURN server
    startedAt: now,
    configSettled: false, // config.json was received, or the request failed
    configFailure: '', // why config.json could not be loaded
    denied: null, // {status, words, hadToken} if the server denied access
    openedAt: null, // when the WebSocket opened
    closeCode: null,
    refusal: null, // the server's last {code, message}
    beginFailure: '', // why the browser could not create an offer
    offeredAt: null,
    answeredAt: null,
    answerFailure: '', // why the browser did not accept the answer
    iceState: 'new',
    pictureEvery: 0, // picture interval from config.json, in milliseconds; 0: unknown
    packets: 0,
    packetAt: null, // the latest packet
    firstPacketAt: null,
    frames: 0, // decoded
    frameAt: null, // the latest frame
    firstFrameAt: null, // the first visible one; null in a background tab
    shown: false, // the picture is on the screen
    awaitsTap: false, // the browser refused autoplay
  };
}

/// How long pictures may be missing before the session counts as stalled, in milliseconds. Pure.
export function pictureTimeout({ pictureEvery }) {
  return kLimits.stall + kPictures * pictureEvery;
}

/// The current problem as a code that words.js explains, or null. Pure.
export function judge(facts, now) {
  const since = (time) => (time === null ? 0 : now - time);

  if (!facts.supported) return 'no-webrtc';
  if (facts.denied) return 'denied';
  // The response to config.json tells why a socket was refused, so wait for it.
  const waits = facts.openedAt === null && !facts.configSettled && since(facts.startedAt) <= kLimits.open;
  if (facts.closeCode !== null && !waits && !survivesClose(facts)) return judgeClose(facts);
  if (facts.openedAt === null) return since(facts.startedAt) > kLimits.open ? unreachable(facts) : null;
  if (facts.configFailure) return 'no-config';
  if (facts.beginFailure) return 'cannot-begin';
  if (facts.answerFailure) return 'bad-answer';
  if (facts.answeredAt === null) return since(facts.offeredAt) > kLimits.answer ? 'no-answer' : null;

  if (facts.packetAt === null) {
    const late = since(facts.answeredAt) > kLimits.packet;
    if (facts.iceState === 'failed') return 'no-udp';
    if (!late) return null;
    return facts.iceState === 'connected' || facts.iceState === 'completed' ? 'no-media' : 'no-udp';
  }
  if (facts.awaitsTap) return null;
  if (facts.frameAt === null) {
    // If packets stop before the first picture, the network is at fault and not the decoder.
    if (since(facts.packetAt) > pictureTimeout(facts)) return 'stalled';
    return since(facts.firstPacketAt) > kLimits.decode ? 'no-decode' : null;
  }
  if (since(facts.frameAt) <= pictureTimeout(facts))
    return !facts.shown && since(facts.firstFrameAt) > kLimits.show ? 'not-shown' : null;
  if (facts.closeCode !== null) return 'lost';
  return since(facts.packetAt) > pictureTimeout(facts) ? 'stalled' : 'frozen';
}

/// A picture that is already shown does not need its socket: the server keeps the session for a while.
function survivesClose({ shown, refusal, closeCode }) {
  return shown && !refusal && kBroken.includes(closeCode);
}

function judgeClose({ openedAt, closeCode, refusal, ...facts }) {
  if (openedAt === null) return facts.configSettled && !facts.configFailure ? 'no-socket' : unreachable(facts);
  if (refusal) return 'refused';
  if (closeCode === 1001) return 'going-away';
  if (closeCode === 1013) return 'try-later';
  return 'lost';
}

function unreachable({ online }) {
  return online ? 'unreachable' : 'offline';
}
