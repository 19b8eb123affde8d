// SPDX-License-Identifier: MIT
import { onKey } from './gestures.js';

/// What is seen: two videos in the same place, of which the front one is shown until the other has its first picture.
/// `on` has tapNeeded(): the browser does not play unasked.
export class Screen {
  presented = 0; // pictures shown, all sessions together
  lastAt = null; // when the latest was, performance.now()

  #stage;
  #front;
  #back;
  #awaited = new Map(); // of each video, the callback for its next picture
  #on;

  constructor(stage, on) {
    this.#stage = stage;
    this.#on = on;
    [this.#front, this.#back] = stage.querySelectorAll('video');
    this.#front.classList.add('front');
    // Phones pause what is out of sight.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#front.srcObject) this.#play(this.#front);
    });
    stage.addEventListener('dblclick', () => this.toggleFullscreen());
    onKey('f', () => this.toggleFullscreen());
  }

  get video() {
    return this.#front;
  }

  /// Where the picture will be, before it is there.
  set shape({ width, height }) {
    if (width > 0 && height > 0) this.#stage.style.setProperty('--shape', String(width / height));
  }

  /// The picture is an old one.
  set stale(stale) {
    this.#stage.classList.toggle('stale', stale);
  }

  /// Brings the stream to the front once its first picture is there, and then calls `shown`, and `pictured` for each
  /// picture after it, with what the browser tells of it (requestVideoFrameCallback's metadata, {} without that).
  prepare(stream, shown, pictured) {
    const video = this.#back;
    this.#empty(video);
    video.srcObject = stream;
    this.#onFirstFrame(video, (metadata) => {
      if (video !== this.#back || video.srcObject !== stream) return; // another stream took its place
      this.#swap();
      this.#countFrames(video, stream, pictured);
      shown(metadata);
    });
    this.#play(video);
  }

  /// Forgets what was being prepared; before its connection ends, for browsers then paint it black.
  abandon() {
    this.#empty(this.#back);
  }

  /// Plays whatever the browser held back; called from within a tap.
  tapped() {
    for (const video of [this.#front, this.#back]) if (video.srcObject) this.#play(video);
  }

  toggleFullscreen() {
    const done = document.exitFullscreen ?? document.webkitExitFullscreen;
    const enter = this.#stage.requestFullscreen ?? this.#stage.webkitRequestFullscreen;
    if (document.fullscreenElement ?? document.webkitFullscreenElement) done.call(document);
    else if (enter) Promise.resolve(enter.call(this.#stage)).catch(() => {});
    else this.#front.webkitEnterFullscreen?.(); // an iPhone has it for videos only
  }

  #swap() {
    [this.#front, this.#back] = [this.#back, this.#front];
    this.#front.classList.add('front');
    this.#back.classList.remove('front');
    this.#empty(this.#back);
  }

  #empty(video) {
    // While a video without a source awaits its next picture, Firefox reports no picture of any other.
    video.cancelVideoFrameCallback?.(this.#awaited.get(video));
    video.srcObject = null;
  }

  #play(video) {
    video.play().catch((error) => {
      if (error.name === 'NotAllowedError') this.#on.tapNeeded();
    });
  }

  #onFirstFrame(video, then) {
    if (video.requestVideoFrameCallback) this.#onNextFrame(video, (now, metadata) => then(metadata));
    else video.addEventListener('loadeddata', () => then({}), { once: true });
  }

  #onNextFrame(video, then) {
    this.#awaited.set(video, video.requestVideoFrameCallback(then));
  }

  #countFrames(video, stream, pictured) {
    if (!video.requestVideoFrameCallback) return;
    let before = null;
    const count = (now, metadata) => {
      if (video.srcObject !== stream) return;
      const { presentedFrames } = metadata;
      this.presented += before === null ? 1 : presentedFrames - before;
      before = presentedFrames;
      this.lastAt = now;
      pictured(metadata);
      this.#onNextFrame(video, count);
    };
    this.#onNextFrame(video, count);
  }
}
