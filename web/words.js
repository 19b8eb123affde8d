// SPDX-License-Identifier: MIT
import { pictureTimeout } from './facts.js';

const seconds = (facts) => Math.floor(pictureTimeout(facts) / 1000);

/// For people: what happened and what to do; for the player: whether to try again `soon` (with back-off), be `patient`
/// (half a minute, or when asked), or `never`, and whether it `wantsToken`. Pure.
export function explain(problem, facts) {
  const { host } = facts;
  switch (problem) {
    case 'no-webrtc':
      return never('This browser has no WebRTC, or it was switched off. Please use a current Chrome, Safari, Edge or ' +
        'Firefox, or allow WebRTC in its settings.');
    case 'offline':
      return soon('This device is offline. The picture comes back with the network.');
    case 'unreachable':
      return soon(`The server at ${host} cannot be reached. Please check that it runs and that a proxy in between ` +
        'passes WebSockets on.');
    case 'no-socket':
      return soon(`The server at ${host} is there, but does not take the WebSocket. It may be busy; a proxy in between ` +
        'must pass WebSockets and the header field Host on.');
    case 'denied':
      return denied(facts.denied);
    case 'no-config':
      return soon(`The server at ${host} did not say how to connect (config.json: ${facts.configFailure}). ` +
        'Please check that a proxy in between passes every path on.');
    case 'cannot-begin':
      return patient(`This browser could not begin a connection (${facts.beginFailure}). If that names an ICE server, ` +
        "the server's CS_STUN_SERVER or CS_TURN_SERVER is the place to look.");
    case 'going-away':
      return soon(`The server at ${host} is going down or starting anew.`);
    case 'try-later':
      return soon(`The server at ${host} cannot take another viewer just now.`);
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
          : 'Please try another network or allow UDP in the firewall; a TURN server (CS_TURN_SERVER) leads around it.'));
    case 'no-media':
      return soon(`The connection to ${host} stands, but no video packet arrived within 5 s. ` +
        "The server's log should say why it sends nothing.");
    case 'no-decode':
      return patient('Video arrives, but this browser cannot decode it. ' +
        'Please try another browser, or switch hardware acceleration the other way in its settings.');
    case 'not-shown':
      return soon('Video arrives and is decoded, but this browser does not show it. ' +
        'Please reload the page or try another browser.');
    case 'stalled':
      return soon(`No video has arrived for ${seconds(facts)} s: the network or the server stopped.`);
    case 'frozen':
      return soon(`Video arrives, but the picture has been frozen for ${seconds(facts)} s.`);
    default:
      return soon(`Something unexpected happened (${problem}).`);
  }
}

/// While the network keeps the picture from being the whole one: the server shows a smaller `picture`, or leaves some
/// out ({slow}).
export function networkWords({ slow, kbps, picture }) {
  const carries = kbps === null ? '' : `carries ${rateWords(kbps)}`;
  if (slow)
    return `Your network is too slow for this picture${carries && `: it ${carries}`}, so it moves less smoothly.`;
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
    ? 'This server wants a token. Please open the link that you were given, or type its token in.' : sentence(words);
  return { ...never(text), wantsToken: status === 401 || status === 429 };
}

/// Closes that say "not now" rather than "not you": going away, internal error, restart, try again later, and 1006, a
/// connection that broke off.
function passing({ closeCode, refusal }) {
  return refusal.code !== 'no-codec' && [1001, 1006, 1011, 1012, 1013].includes(closeCode);
}

function closedWith({ closeCode }) {
  return closeCode === null || closeCode === 1005 || closeCode === 1006 ? '' : ` (closed with code ${closeCode})`;
}

/// The server's messages begin small and without a full stop, as its log lines do.
function sentence(message) {
  const text = message.trim();
  const closed = /[.!?…]$/.test(text) ? text : `${text}.`;
  return closed.charAt(0).toUpperCase() + closed.slice(1);
}
