// SPDX-License-Identifier: MIT

/// Patience, in milliseconds.
export const kLimits = { open: 5000, answer: 5000, packet: 5000, decode: 5000, show: 5000, stall: 3000 };

const kPictures = 5; // may be missing, where they come rarely

// Nobody's word, or that of a proxy in between: the socket is gone, and the server may know nothing of it.
const kBroken = [1005, 1006, 1012, 1014];

/// What one session has seen so far. Times are milliseconds of one clock, null where it has not happened.
export function newFacts(now, host) {
  return {
    host,
    supported: true,
    online: true,
    hasTurn: false, // the server gave us a TURN server
    startedAt: now,
    configSettled: false, // config.json came, or will not
    configFailure: '', // why it could not be had
    denied: null, // the server's {status, words} for one whom it does not let in, and whether we hadToken
    openedAt: null, // the socket
    closeCode: null,
    refusal: null, // the server's last {code, message}
    beginFailure: '', // why the browser could not make an offer
    offeredAt: null,
    answeredAt: null,
    answerFailure: '', // why the browser did not take the answer
    iceState: 'new',
    pictureEvery: 0, // milliseconds from one to the next, by config.json; 0: unknown
    packets: 0,
    packetAt: null, // the latest
    firstPacketAt: null,
    frames: 0, // decoded
    frameAt: null, // the latest
    firstFrameAt: null, // that could be seen: not in a background tab
    shown: false, // the picture is on the screen
    awaitsTap: false, // the browser refused to play unasked
  };
}

/// How long no picture may come, in milliseconds. Pure.
export function pictureTimeout({ pictureEvery }) {
  return kLimits.stall + kPictures * pictureEvery;
}

/// What is wrong, as one word of words.js, or null: nothing yet. Pure.
export function judge(facts, now) {
  const since = (time) => (time === null ? 0 : now - time);

  if (!facts.supported) return 'no-webrtc';
  if (facts.denied) return 'denied';
  // Why a socket was refused, config.json tells.
  const waits = facts.openedAt === null && !facts.configSettled && since(facts.startedAt) <= kLimits.open;
  if (facts.closeCode !== null && !waits && !outlives(facts)) return judgeClose(facts);
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
    // Packets that ceased before the first picture are a network's fault, not the decoder's.
    if (since(facts.packetAt) > pictureTimeout(facts)) return 'stalled';
    return since(facts.firstPacketAt) > kLimits.decode ? 'no-decode' : null;
  }
  if (since(facts.frameAt) <= pictureTimeout(facts))
    return !facts.shown && since(facts.firstFrameAt) > kLimits.show ? 'not-shown' : null;
  if (facts.closeCode !== null) return 'lost';
  return since(facts.packetAt) > pictureTimeout(facts) ? 'stalled' : 'frozen';
}

/// A picture that is on the screen does not need its socket: the server lets it go on for a while.
function outlives({ shown, refusal, closeCode }) {
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
