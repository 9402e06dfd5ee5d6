// Captions chosen by a CLIP: seeds, shortlists, provenance, filters over what was written, errors by name.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Captioner, type CaptionLoop, captionImages, responderCaptioner } from './captioner.js';
import { curate } from './curate.js';
import type { CurateEmbedder } from './options.js';
import { blobs, writeFiles } from './testing.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-captioner-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Writes "width NUMBER" with numbers off by what the seed says. */
const captioner: Captioner = {
  name: 'counter',
  captions: async (images, { seed }) => images.map(({ width }) => (width === 13 ? '' : `  width ${width + (seed % 3) - 1}\n`)),
};
/** Images and texts on a circle, at the angle of the number that they have. */
const embedder: CurateEmbedder = {
  name: 'circle',
  side: 32,
  images: async (images) => ({ vectors: images.map(({ width }) => angle(width)) }),
  texts: async (texts) => ({ vectors: texts.map((text) => angle(Number(/\d+/.exec(text)?.[0] ?? 0))) }),
};
const angle = (n: number): Float32Array => Float32Array.of(Math.cos(n / 50), Math.sin(n / 50));
const loop: CaptionLoop = { captioner, n: 4, selectors: [embedder], prompt: '?', temperature: 1, topP: 0.9, maxTokens: 8, seed: 3 };
const partsOf = (content: unknown): string[] => (content as { type: string }[]).map(({ type }) => type);
const image = (width: number) => ({ width, height: 8, data: new Uint8Array(width * 24) });

describe('captions', () => {
  it('are chosen by the cosine, after one CLIP or several', async () => {
    const chosen = await captionImages([image(20), image(13), image(30)], loop);
    expect(chosen[0]).toEqual({ caption: 'width 20', clip: 1, candidates: ['width 19', 'width 20', 'width 21', 'width 19'] });
    expect(chosen[1]).toBeUndefined();
    expect(chosen[2]?.caption).toBe('width 30');
    const twice = await captionImages([image(20)], { ...loop, selectors: [embedder, embedder] });
    expect(twice[0]?.caption).toBe('width 20');
    expect((await captionImages([image(20)], { ...loop, n: 1, selectors: [] }))[0]).toEqual({
      caption: 'width 19',
      candidates: ['width 19'],
    });
  });

  it('stand in the rows with where they are from, and filters look at them', async () => {
    const folder = await writeFiles(join(dir, 'in'), {
      'a.png': await blobs(1, { width: 20, height: 20, format: 'png' }),
      'a.txt': 'before',
      'b.png': await blobs(2, { width: 40, height: 20, format: 'png' }),
      'c.png': await blobs(3, { width: 13, height: 20, format: 'png' }),
      'd.png': 'broken',
    });
    const out = join(dir, 'out');
    const report = await curate(folder, {
      out,
      to: 'jsonl',
      filters: [{ name: 'clip', settings: { min: 0.999 } }],
      embedder,
      caption: loop,
    });
    expect(report).toMatchObject({ kept: 2, first: { caption: 1, image: 1 }, captions: { captioner: 'counter', n: 4, seed: 3 } });
    const rows = (await readFile(join(out, 'data.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // biome-ignore format: one line
    expect(rows[0]).toMatchObject({
      id: 'a',
      caption: 'width 20',
      curation: { original: 'before', captioner: 'counter', selectors: ['circle'], clip: 1 },
    });
    expect(rows[1]).toMatchObject({ id: 'b', caption: 'width 40', curation: { candidates: { length: 4 } } });
    await expect(curate(folder, { out, filters: [], resume: true, to: 'jsonl', caption: { ...loop, seed: 4 } })).rejects.toMatchObject({
      code: 'curate.resume',
    });
  });

  it('need a temperature and a choice where there are several', async () => {
    const at = { out: join(dir, 'no'), filters: [] };
    await expect(curate(dir, { ...at, caption: { ...loop, temperature: 0 } })).rejects.toMatchObject({ code: 'curate.option' });
    await expect(curate(dir, { ...at, caption: { ...loop, selectors: [] } })).rejects.toMatchObject({ code: 'curate.option' });
  });

  it('may come from anything that replies', async () => {
    const asked: unknown[] = [];
    const server = responderCaptioner('a server', ({ temperature, seed }) => ({
      replies: async (conversations, { maxTokens }) => {
        asked.push({ temperature, seed, maxTokens, parts: partsOf(conversations[0]?.[0]?.content) });
        return ['a picture', undefined];
      },
    }));
    const chosen = await captionImages([image(20), image(21)], { ...loop, captioner: server, n: 2 });
    expect(chosen.map((one) => one?.candidates)).toEqual([['a picture', 'a picture'], undefined]);
    expect(asked).toEqual([3, 4].map((seed) => ({ temperature: 1, seed, maxTokens: 8, parts: ['image', 'text'] })));
  });
});
