// SPDX-License-Identifier: MIT
import { pictureTimeout } from './facts.js';

const seconds = (facts) => Math.floor(pictureTimeout(facts) / 1000);

/// Explains a problem: the `text` for the user, and for the player when to `retry`: `soon` (with back-off), `patient`
/// (after 30 s or on request) or `never`; and whether the server `wantsToken`. Pure.
export function explain(problem, facts) {
  const { host } = facts;
  switch (problem) {
    case 'no-webrtc':
      return never('This browser has no WebRTC, or WebRTC is disabled. Please use a current Chrome, Safari, Edge or ' +
        'Firefox, or enable WebRTC in its settings.');
    case 'offline':
      return soon('This device is offline. The picture comes back with the network.');
    case 'unreachable':
      return soon(`The server at ${host} cannot be reached. Please check that it is running and that a proxy ` +
        'in between forwards WebSockets.');
    case 'no-socket':
      return soon(`The server at ${host} is reachable, but refuses the WebSocket. It may be busy. A proxy in ` +
        'between must forward WebSockets and the Host header field.');
    case 'denied':
      return denied(facts.denied);
    case 'no-config':
      return soon(`The server at ${host} sent no configuration (config.json: ${facts.configFailure}). ` +
        'Please check that a proxy in between forwards every path.');
    case 'cannot-begin':
      return patient(`This browser could not start a connection (${facts.beginFailure}). If this names an ICE ` +
        'server, check the settings CS_STUN_SERVER and CS_TURN_SERVER.');
    case 'going-away':
      return soon(`The server at ${host} is shutting down or restarting.`);
    case 'try-later':
      return soon(`The server at ${host} cannot accept another viewer at the moment.`);
    case 'lost':
      return soon(`The connection to ${host} was lost${closedWith(facts)}.`);
    case 'refused':
      return { text: sentence(facts.refusal.message), retry: passing(facts) ? 'soon' : 'patient' };
    case 'no-answer':
      return soon(`The server at ${host} did not answer within 5 s` +
        (facts.refusal ? `. It said: ${sentence(facts.refusal.message)}` : '; it may be overloaded.'));
    case 'bad-answer':
      return patient(`This browser did not accept the server's answer (${facts.answerFailure}). ` +
        'Please try a current Chrome, Safari, Edge or Firefox.');
    case 'no-udp':
      return soon(`The server answered, but no video packet arrived within 5 s: UDP between you and ${host} seems ` +
        'blocked. ' + (facts.hasTurn
          ? 'Its TURN server did not help either: please check that it runs and can be reached from here.'
          : 'Please try another network or allow UDP in the firewall; a TURN server (CS_TURN_SERVER) also helps.'));
    case 'no-media':
      return soon(`The connection to ${host} is established, but no video packet arrived within 5 s. ` +
        "Please check the server's log.");
    case 'no-decode':
      return patient('Video arrives, but this browser cannot decode it. ' +
        'Please try another browser, or toggle hardware acceleration in its settings.');
    case 'not-shown':
      return soon('Video arrives and is decoded, but this browser does not show it. ' +
        'Please reload the page or try another browser.');
    case 'stalled':
      return soon(`No video has arrived for ${seconds(facts)} s: the network or the server stopped.`);
    case 'frozen':
      return soon(`Video arrives, but the picture has been frozen for ${seconds(facts)} s.`);
    default:
      return soon(`An unexpected problem occurred (${problem}).`);
  }
}

/// Explains a network limit: the server sends a smaller `picture`, or skips pictures (`slow`).
export function networkWords({ slow, kbps, picture }) {
  const carries = kbps === null ? '' : `carries ${rateWords(kbps)}`;
  if (slow)
    return `Your network is too slow for this picture${carries && `: it ${carries}`}, so motion is less smooth.`;
  const size = `${picture.width}×${picture.height}`;
  return carries ? `Your connection ${carries}: showing ${size}.` : `Your connection is slow: showing ${size}.`;
}

export function rateWords(kbps) {
  return kbps < 950 ? `about ${roundTo(kbps, 50)} kbit/s` : `about ${(kbps / 1000).toFixed(1)} Mbit/s`;
}

const roundTo = (number, step) => Math.max(step, Math.round(number / step) * step);

const soon = (text) => ({ text, retry: 'soon' });
const patient = (text) => ({ text, retry: 'patient' });
const never = (text) => ({ text, retry: 'never' });

function denied({ status, words, hadToken }) {
  const text = status === 401 && !hadToken
    ? 'This server requires a token. Please open the link that you received, or enter its token.' : sentence(words);
  return { ...never(text), wantsToken: status === 401 || status === 429 };
}

/// Whether the refusal is temporary: going away, internal error, restart, try again later, or 1006 (connection lost).
function passing({ closeCode, refusal }) {
  return refusal.code !== 'no-codec' && [1001, 1006, 1011, 1012, 1013].includes(closeCode);
}

function closedWith({ closeCode }) {
  return closeCode === null || closeCode === 1005 || closeCode === 1006 ? '' : ` (closed with code ${closeCode})`;
}

/// Makes a sentence of a server message, which starts in lower case and has no full stop.
function sentence(message) {
  const text = message.trim();
  const closed = /[.!?…]$/.test(text) ? text : `${text}.`;
  return closed.charAt(0).toUpperCase() + closed.slice(1);
}
