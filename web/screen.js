// SPDX-License-Identifier: MIT
import { captured, onKey } from './gestures.js';

/// Two video elements in the same place. The front one is shown until the other one has its first picture.
/// `on.tapNeeded()` is called when the browser refuses autoplay.
export class Screen {
  presented = 0; // pictures shown in all sessions
  lastAt = null; // performance.now() of the latest picture

  #stage;
  #front;
  #back;
  #awaited = new Map(); // video -> handle of its pending frame callback
  #on;

  constructor(stage, on) {
    this.#stage = stage;
    this.#on = on;
    [this.#front, this.#back] = stage.querySelectorAll('video');
    this.#front.classList.add('front');
    // Phones pause hidden videos.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#front.srcObject) this.#play(this.#front);
    });
    stage.addEventListener('dblclick', () => {
      if (!captured.pointer) this.toggleFullscreen();
    });
    onKey('f', () => this.toggleFullscreen());
  }

  get video() {
    return this.#front;
  }

  /// The aspect ratio of the placeholder, before the first picture.
  set shape({ width, height }) {
    if (width > 0 && height > 0) this.#stage.style.setProperty('--shape', String(width / height));
  }

  /// Whether the picture shown is no longer live.
  set stale(stale) {
    this.#stage.classList.toggle('stale', stale);
  }

  /// Loads the stream in the back video and swaps when its first picture is there. Then calls `shown`, and `pictured`
  /// for each later picture, with the metadata of requestVideoFrameCallback ({} if the browser does not support it).
  prepare(stream, shown, pictured) {
    const video = this.#back;
    this.#empty(video);
    video.srcObject = stream;
    this.#onFirstFrame(video, (metadata) => {
      if (video !== this.#back || video.srcObject !== stream) return; // replaced by another stream
      this.#swap();
      this.#countFrames(video, stream, pictured);
      shown(metadata);
    });
    this.#play(video);
  }

  /// Drops the stream being prepared. Call it before closing the connection, because browsers then paint the video
  /// black.
  abandon() {
    this.#empty(this.#back);
  }

  /// Plays what the browser refused to play. Call it in the handler of a tap.
  tapped() {
    for (const video of [this.#front, this.#back]) if (video.srcObject) this.#play(video);
  }

  toggleFullscreen() {
    const done = document.exitFullscreen ?? document.webkitExitFullscreen;
    const enter = this.#stage.requestFullscreen ?? this.#stage.webkitRequestFullscreen;
    if (document.fullscreenElement ?? document.webkitFullscreenElement) done.call(document);
    else if (enter) Promise.resolve(enter.call(this.#stage)).catch(() => {});
    else this.#front.webkitEnterFullscreen?.(); // the iPhone supports full screen only for video elements
  }

  #swap() {
    [this.#front, this.#back] = [this.#back, this.#front];
    this.#front.classList.add('front');
    this.#back.classList.remove('front');
    this.#empty(this.#back);
  }

  #empty(video) {
    // While a video without a source has a pending frame callback, Firefox reports no pictures of other videos.
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
