// `draw` and `speak` without a model: names of files, seeds that count on, what is refused, and speech where espeak-ng is installed.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openImage } from '../media/image.js';
import { findEspeak, MAX_SPOKEN, speak, speakWav } from '../media/speak.js';
import { ask } from './ask.js';
import { draw, fileNames, readDrawing } from './draw.js';
import { main } from './main.js';
import { speakInto } from './speak.js';

const dot = { width: 1, height: 1, data: new Uint8Array(3) };

describe('draw', () => {
  it('numbers its files and counts seeds on', async () => {
    expect(fileNames('a/b.png', 1)).toEqual(['a/b.png']);
    expect(fileNames('a.b/c.PNG', 3)).toEqual(['a.b/c-1.PNG', 'a.b/c-2.PNG', 'a.b/c-3.PNG']);
    const asked: unknown[] = [];
    const files: string[] = [];
    let disposed = 0;
    const made = await draw({
      text: 'a cat',
      out: 'cat.png',
      n: 2,
      seed: 7,
      steps: 5,
      load: async () => ({
        draw: async (text, options) => {
          asked.push([text, options]);
          return dot;
        },
        dispose: async () => void disposed++,
      }),
      write: async (path) => void files.push(path),
    });
    expect(asked).toEqual([
      ['a cat', { seed: 7, steps: 5 }],
      ['a cat', { seed: 8, steps: 5 }],
    ]);
    expect(files).toEqual(['cat-1.png', 'cat-2.png']);
    expect(made).toEqual([
      { file: 'cat-1.png', seed: 7 },
      { file: 'cat-2.png', seed: 8 },
    ]);
    expect(disposed).toBe(1);
  });

  it('refuses an empty text, another kind of file and numbers out of range, before a model is read', async () => {
    const load = vi.fn();
    await expect(draw({ text: ' ', out: 'a.png', load })).rejects.toMatchObject({ code: 'cli.usage' });
    await expect(draw({ text: 'a cat', out: 'a.jpg', load })).rejects.toMatchObject({ code: 'cli.usage' });
    expect(load).not.toHaveBeenCalled();
    expect(readDrawing({ steps: '12', guidance: '2.5', solver: 'heun' })).toEqual({ steps: 12, guidance: 2.5, solver: 'heun' });
    for (const wrong of [{ steps: '0' }, { guidance: 'x' }, { solver: 'ddim' }]) expect(() => readDrawing(wrong)).toThrow();
  });

  it.each([['draw'], ['draw', 'a', 'b'], ['draw', 'a cat', '--step', '3'], ['speak'], ['speak', 'hello', '--out', 'a.mp3']])(
    '%s … is a usage error',
    async (...argv) => {
      let err = '';
      expect(await main(argv, { out: () => {}, err: (text: string) => (err += text) })).toBe(2);
      expect(err).toMatch(/^error: /);
    },
  );

  it('draws by the generator that is shipped where none is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sensorium-draw-'));
    const before = process.cwd();
    process.chdir(folder);
    try {
      const [one, two] = [join(folder, 'one.png'), join(folder, 'two.png')];
      for (const out of [one, two])
        expect(await main(['draw', 'a red apple', '--steps', '2', '--out', out], { out: () => {}, err: () => {} })).toBe(0);
      expect(await openImage(one)).toMatchObject({ width: 64, height: 64 });
      expect(await readFile(one)).toEqual(await readFile(two));
    } finally {
      process.chdir(before);
      await rm(folder, { recursive: true });
    }
  });

  it('a model that does not draw cannot be asked for images', async () => {
    const speaker = { stream: async function* () { yield { text: 'no', finish: 'stop' as const }; }, dispose: () => {} }; // biome-ignore format: short
    const asked = ask(
      { images: [], question: 'draw' },
      { drawTo: 'x.png', load: async () => speaker, sees: async () => false, write: () => {} },
    );
    await expect(asked).rejects.toMatchObject({ code: 'cli.draw' });
  });
});

describe('speech', () => {
  const before = process.env.SENSORIUM_ESPEAK;
  afterEach(() => {
    if (before === undefined) delete process.env.SENSORIUM_ESPEAK;
    else process.env.SENSORIUM_ESPEAK = before;
  });

  it('refuses what is not spoken before a program is looked for', async () => {
    process.env.SENSORIUM_ESPEAK = '/nowhere/espeak-ng';
    for (const [text, options] of [
      ['', {}],
      ['a'.repeat(MAX_SPOKEN + 1), {}],
      ['a', { speed: 10 }],
      ['a', { pitch: 100 }],
      ['a', { voice: '-x' }],
      ['a', { voice: 'en;ls' }],
    ] as const)
      await expect(speakWav(text, options)).rejects.toMatchObject({ code: 'media.speech' });
    await expect(speakWav('a')).rejects.toMatchObject({ code: 'media.program' });
  });

  it('what a program writes that is not a WAV file is an error', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-speak-'));
    try {
      const program = join(dir, 'espeak-ng');
      await writeFile(program, `#!/bin/sh\ncat > /dev/null\nprintf '%0100d' 0\n`, { mode: 0o755 });
      process.env.SENSORIUM_ESPEAK = program;
      await expect(speakWav('a')).rejects.toMatchObject({ code: 'media.speech' });
      await writeFile(program, '#!/bin/sh\necho no such voice >&2\nexit 1\n', { mode: 0o755 });
      await expect(speakWav('a')).rejects.toMatchObject({ code: 'media.speech', got: 'no such voice' });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it.skipIf(findEspeak() === undefined)(
    'espeak-ng speaks (skipped where it is not installed): longer texts take longer, options are never read from them',
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'sensorium-speak-'));
      try {
        const short = await speak('a cat');
        const long = await speak('-w /tmp/x $(ls) a cat is left of the red dog and above the blue cup');
        expect(short.sampleRate).toBe(22050);
        expect(long.samples.length).toBeGreaterThan(2 * short.samples.length);
        expect(Math.max(...short.samples.map(Math.abs))).toBeGreaterThan(0.1);
        const file = join(dir, 'cat.wav');
        const seconds = await speakInto(file, 'a cat');
        expect(seconds).toBeCloseTo(short.samples.length / short.sampleRate, 5);
        const bytes = await readFile(file);
        expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
        await expect(speakWav('a', { voice: 'xx-none' })).rejects.toMatchObject({ code: 'media.speech' });
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  );
});
