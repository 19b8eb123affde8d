// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kFolder = process.env.CUBESTREAM_FAKE_ENCODERS ??
  fileURLToPath(new URL('../../build/release/tests/fake_encoders', import.meta.url));

/// The fake encoders of tests/fakes/hardware_encoders.cpp, with a separate GStreamer registry. `more`: further
/// settings.
export function fakeEncoders(more = {}) {
  if (!existsSync(kFolder)) throw new Error(`${kFolder} is missing; CUBESTREAM_FAKE_ENCODERS names it`);
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-fakes-'));
  return {
    /// The environment for encoders with this behaviour, for example { vah264enc: 'crash' }.
    settings: (encoders) => ({
      ...more,
      GST_PLUGIN_PATH: kFolder,
      GST_REGISTRY: join(folder, 'registry.bin'),
      FAKE_ENCODERS: Object.entries(encoders).map((pair) => pair.join('=')).join(','),
      // A sanitizer would report the intended crash.
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:handle_segv=0`,
    }),
    end: () => rmSync(folder, { recursive: true }),
  };
}
