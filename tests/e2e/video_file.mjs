// SPDX-License-Identifier: MIT
// Checks MP4 files with ffprobe and with a browser.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { openPage } from './browser.mjs';

/// The recordings in a folder, oldest first, as paths.
export function recordings(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.mp4')).sort().map((name) => join(folder, name));
}

/// Decodes the whole file with ffprobe: {codec, width, height, frames, seconds, firstIsKey}. Throws on an ffprobe
/// error.
export function probe(path) {
  const entries = 'stream=codec_name,width,height:frame=key_frame,pts_time,pkt_duration_time,duration_time';
  const out = execFileSync('ffprobe',
    ['-v', 'error', '-select_streams', 'v', '-show_entries', entries, '-of', 'json', path],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  const { streams: [stream], frames } = JSON.parse(out);
  const last = frames.at(-1);
  return {
    codec: stream.codec_name, width: stream.width, height: stream.height, frames: frames.length,
    seconds: Number(last.pts_time) + Number(last.duration_time ?? last.pkt_duration_time ?? 0) - Number(frames[0].pts_time),
    firstIsKey: frames[0].key_frame === 1,
  };
}

/// A web server with a video page and the files of `paths` by number; supports range requests.
export class VideoPage {
  url;
  #server;

  static async start(paths) {
    const page = new VideoPage();
    page.#server = createServer((request, response) => {
      const path = paths[Number(request.url.slice(1)) - 1];
      if (!path) {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><link rel="icon" href="data:,"><video muted style="width: 640px"></video>');
        return;
      }
      const bytes = readFileSync(path);
      const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
      const from = Number(range?.[1] ?? 0);
      const to = range?.[2] ? Number(range[2]) : bytes.length - 1;
      response.writeHead(range ? 206 : 200, {
        'Content-Type': 'video/mp4', 'Accept-Ranges': 'bytes', 'Content-Length': to - from + 1,
        ...(range ? { 'Content-Range': `bytes ${from}-${to}/${bytes.length}` } : {}),
      });
      response.end(bytes.subarray(from, to + 1));
    });
    page.#server.listen(0, '127.0.0.1');
    await once(page.#server, 'listening');
    page.url = `http://127.0.0.1:${page.#server.address().port}/`;
    return page;
  }

  /// Plays the file with this number to its end and seeks to its middle: {seconds, frames, middle, page}. The page
  /// still shows the picture in the middle.
  async play(context, number) {
    const page = await openPage(context, this.url);
    const seen = await page.evaluate(async (source) => {
      const video = document.querySelector('video');
      window.cubestream = { video };
      const happens = (what) => new Promise((resolve, reject) => {
        video.addEventListener(what, resolve, { once: true });
        video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
      });
      video.playbackRate = 4;
      video.src = source;
      const ended = happens('ended');
      await video.play();
      await ended;
      const seconds = video.currentTime;
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      const seeked = happens('seeked');
      video.currentTime = seconds / 2;
      await seeked;
      return { seconds, frames, middle: video.currentTime };
    }, String(number));
    return { ...seen, page };
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
