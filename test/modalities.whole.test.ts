// Media of a kind that a model does not take, and questions without any: one code in the library, on the command line and over HTTP, before anything is read.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../src/cli/ask.js';
import { Mllm } from '../src/generate/index.js';
import { encodePng, encodeWav } from '../src/media/index.js';
import { ModelEngine } from '../src/serve/model-engine.js';
import { type RunningServer, serve } from '../src/serve/server.js';
import { pictureUrl, t5Folder } from '../src/serve/testing.js';
import type { ContentPart, Modality } from '../src/text/index.js';
import { noiseSound } from './golden/noise.js';

const KINDS: readonly Modality[] = ['images', 'videos', 'sounds', 'points'];
const gray = { width: 24, height: 24, data: new Uint8Array(24 * 24 * 3).fill(128) };
/** One of each kind, decoded. */
const GIVEN: Readonly<Record<Modality, ContentPart>> = {
  images: { type: 'image', source: gray },
  videos: { type: 'video', frames: [gray, gray] },
  sounds: { type: 'audio', sound: { sampleRate: 16_000, samples: noiseSound(16_000, 1) } },
  points: { type: 'points', points: new Float32Array(3 * 64) },
};
/** Parts whose files are not there, so that whoever reads them fails otherwise. */
const ABSENT: Readonly<Record<Modality, ContentPart>> = {
  images: { type: 'image', source: '/nonexistent.png' },
  videos: { type: 'video', source: '/nonexistent.mp4' },
  sounds: { type: 'audio', source: '/nonexistent.wav' },
  points: { type: 'points', points: 'nothing' },
};
const FAMILIES = 'test/golden/families';
const MODELS: [name: string, dir: () => string, takes: readonly Modality[]][] = [
  ['a language model', () => 'models/world-llama', []],
  ['an encoder-decoder of text', () => t5, []],
  ['a model of images', () => `${FAMILIES}/llava/clip`, ['images']],
  ['a model of images and videos', () => `${FAMILIES}/llava-onevision/siglip-qwen2`, ['images', 'videos']],
  ['a model of sounds', () => `${FAMILIES}/qwen2-audio/untied`, ['sounds']],
];

let t5: string;
let dir: string;
const files: Partial<Record<Modality, string>> = {};
let picture: string;
beforeAll(async () => {
  t5 = await t5Folder();
  dir = await mkdtemp(join(tmpdir(), 'modalities-'));
  Object.assign(files, { images: join(dir, 'a.png'), sounds: join(dir, 'a.wav'), videos: 'src/media/test-videos/clip.mp4' });
  await writeFile(files.images as string, await encodePng(gray));
  await writeFile(files.sounds as string, encodeWav({ sampleRate: 16_000, samples: noiseSound(16_000, 1) }));
  picture = await pictureUrl([200, 30, 90], 24, 24);
});
afterAll(async () => {
  for (const folder of [t5, dir]) await rm(folder, { recursive: true, force: true });
});

describe.each(MODELS)('%s', (_, folder, takes) => {
  let model: Mllm;
  let engine: ModelEngine;
  let server: RunningServer;
  beforeAll(async () => {
    model = await Mllm.load(folder());
    engine = await ModelEngine.create(model);
    server = await serve({ engine, model: 'm', port: 0 });
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await engine.dispose();
    await model.dispose();
  });
  const asked = (part: ContentPart) => [{ role: 'user' as const, content: [part, { type: 'text' as const, text: 'What?' }] }];
  const refusal = { code: 'model.modality', expected: ['text', ...takes].join(', ') };

  it.each(KINDS)('takes %s or refuses them by name, before they are read', async (kind) => {
    if (takes.includes(kind)) {
      expect((await model.encode(asked(GIVEN[kind]))).ids.length).toBeGreaterThan(0);
      await expect(model.reply({ messages: asked(ABSENT[kind]), maxTokens: 1 })).rejects.toThrow(/nonexistent/);
      return;
    }
    for (const part of [GIVEN[kind], ABSENT[kind]]) {
      await expect(model.reply({ messages: asked(part), maxTokens: 1 })).rejects.toMatchObject(refusal);
      await expect(model.encode(asked(part))).rejects.toMatchObject(refusal);
      expect(() => model.model.processor.measure(asked(part), { addGenerationPrompt: true })).toThrow(expect.objectContaining(refusal));
    }
  });

  it.each(['images', 'videos', 'sounds'] as const)('says so of a file of %s on the command line', async (kind) => {
    const question = { images: [files[kind] as string], question: 'What?' };
    const run = ask(question, {
      model: folder(),
      write: () => undefined,
      load: async () => ({ stream: (request) => model.stream(request as never), dispose: () => undefined }),
      maxTokens: 1,
    });
    if (!takes.includes(kind)) await expect(run).rejects.toMatchObject(refusal);
    // A film needs ffmpeg to be read, which is not said here.
    else if (kind !== 'videos') expect(typeof (await run)).toBe('string');
    else await run.catch(({ code }) => expect(code).not.toBe('model.modality'));
  });

  it('says so over HTTP, with the part that it is', async () => {
    const post = async (part: object): Promise<{ status: number; error?: { code?: string; param?: string; message?: string } }> => {
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: [part, { type: 'text', text: 'What?' }] }] }),
      });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const parts: [Modality, object][] = [
      ['images', { type: 'image_url', image_url: { url: picture } }],
      ['videos', { type: 'video', video: [picture, picture] }],
    ];
    for (const [kind, part] of parts) {
      const { status, error } = await post(part);
      if (takes.includes(kind)) expect([status, error], kind).toEqual([200, undefined]);
      else {
        expect([status, error?.code, error?.param], kind).toEqual([400, 'unsupported_content', 'messages[0].content[0]']);
        expect(error?.message).toContain(`does not take ${kind}`);
      }
    }
    const wav = encodeWav({ sampleRate: 16000, samples: new Float32Array(1600) });
    const sound = await post({ type: 'input_audio', input_audio: { data: Buffer.from(wav).toString('base64'), format: 'wav' } });
    if (takes.includes('sounds')) expect(sound.error).toBeUndefined();
    else expect([sound.status, sound.error?.code, sound.error?.param]).toEqual([400, 'unsupported_content', 'messages[0].content[0]']);
    // Clouds of points have no form in requests.
    expect((await post({ type: 'points', points: [0, 0, 0] })).status).toBe(400);
    const cards = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { input_modalities?: string[] }[] };
    const shown = [
      'text',
      ...(takes.includes('images') ? ['image'] : []),
      ...(takes.includes('videos') ? ['video'] : []),
      ...(takes.includes('sounds') ? ['audio'] : []),
    ];
    expect(cards.data[0]?.input_modalities).toEqual(shown);
  });

  it('answers a question without any medium from its words, which the command line refuses of models that take some', async () => {
    const { text, tokens } = await model.reply({ messages: [{ role: 'user', content: 'What?' }], maxTokens: 2 });
    expect([typeof text, tokens.length > 0]).toEqual(['string', true]);
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', max_tokens: 2, messages: [{ role: 'user', content: 'What?' }] }),
    });
    expect(response.status).toBe(200);
    const run = ask(
      { images: [], question: 'What?' },
      {
        model: folder(),
        write: () => undefined,
        load: async () => ({ stream: (request) => model.stream(request as never), dispose: () => undefined }),
        maxTokens: 1,
      },
    );
    if (takes.length === 0) expect(typeof (await run)).toBe('string');
    else await expect(run).rejects.toThrow(/no image/);
  });
});
