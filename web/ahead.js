// SPDX-License-Identifier: MIT
// Loaded first, and for itself: the first session begins while the browser still loads all that shows its picture.
import { Session } from './session.js';

let ahead = new Session();

/// A new session; the page's first one has begun already.
export function beginSession() {
  const session = ahead ?? new Session();
  ahead = null;
  return session;
}
