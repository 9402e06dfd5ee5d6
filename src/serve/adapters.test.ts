// Adapters beside their base over HTTP: each answers as the model opened with it alone, the base as without any, whatever runs at once.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateText } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../index.js';
import { encodePng } from '../media/index.js';
import { openModel } from '../model/index.js';
import { createSensorium } from './ai-provider.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';

const BASE = 'test/golden/families/llava/clip';
const ADAPTERS = [
  { name: 'every', dir: 'test/golden/lora/llava-every-linear/after' },
  { name: 'dora', dir: 'test/golden/lora/llava-rslora-dora/after' },
];
const QUESTIONS = ['What is it?', 'Hi there', 'Where is the cat?'];

let png: Buffer;
let engine: ModelEngine;
let server: RunningServer;
/** Of each model by itself: replies with log-probabilities, with an image and without. */
const alone = new Map<string, string[]>();

interface Answer {
  model: string;
  choices: { message: { content: string }; logprobs: { content: { token: string; logprob: number }[] } }[];
}

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const content = (question: string, seen: boolean) => [
  ...(seen ? [{ type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } }] : []),
  { type: 'text', text: question },
];

/** The text of a reply with the log-probabilities of its tokens, to the bit. */
async function ask(model: string, question: string, seen: boolean): Promise<string> {
  const messages = [{ role: 'user', content: content(question, seen) }];
  const response = await post('chat/completions', { model, messages, temperature: 0, max_tokens: 8, logprobs: true });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as Answer;
  expect(answer.model).toBe(model);
  const [choice] = answer.choices;
  return JSON.stringify([choice?.message.content, choice?.logprobs.content.map(({ logprob }) => logprob)]);
}

/** The same from an engine that serves this model and nothing else. */
async function saidAlone(adapters: readonly string[]): Promise<string[]> {
  const model = await Mllm.load(BASE, { adapters });
  const only = await ModelEngine.create(model);
  const said: string[] = [];
  for (const seen of [true, false])
    for (const question of QUESTIONS) {
      const parts = [...(seen ? [{ type: 'image' as const, source: png }] : []), { type: 'text' as const, text: question }];
      let text = '';
      const logProbs: number[] = [];
      const wanted = { messages: [{ role: 'user' as const, content: parts }], temperature: 0, maxTokens: 8, topLogProbs: 0 };
      for await (const event of await only.submit(wanted)) {
        text += event.text;
        if (event.token) logProbs.push(event.token.logProb);
      }
      said.push(JSON.stringify([text, logProbs]));
    }
  await only.dispose();
  await model.dispose();
  return said;
}

beforeAll(async () => {
  png = Buffer.from(await encodePng({ width: 41, height: 33, data: Uint8Array.from({ length: 41 * 33 * 3 }, (_, i) => (i * 37) % 251) }));
  alone.set('base', await saidAlone([]));
  for (const { name, dir } of ADAPTERS) alone.set(name, await saidAlone([dir]));
  engine = await ModelEngine.load(BASE, { adapters: ADAPTERS, slots: 4 });
  server = await serve({ engine, model: 'base', port: 0 });
});
afterAll(async () => {
  await server?.close();
  await engine?.dispose();
});

describe('adapters over one base', () => {
  it('differ, each from the base and from each other', () => {
    expect(new Set([...alone.values()].map((said) => said.join())).size).toBe(3);
    // With an image and without: the image's rows are the adapter's own.
    for (let i = 0; i < 2 * QUESTIONS.length; i++) expect(new Set([...alone.values()].map((said) => said[i])).size).toBe(3);
  });

  it('answer as each model does alone, bit for bit', async () => {
    for (const [model, expected] of alone) {
      const said: string[] = [];
      for (const seen of [true, false]) for (const question of QUESTIONS) said.push(await ask(model, question, seen));
      expect(said, model).toEqual(expected);
    }
  });

  it('answer mixed requests at once, which in float32 move the last bits of log-probabilities, and again from the caches', async () => {
    for (const _ of [1, 2]) {
      const wanted = QUESTIONS.flatMap((q) => [true, false].flatMap((seen) => [...alone.keys()].map((model) => ({ model, q, seen }))));
      const said = await Promise.all(wanted.map(({ model, q, seen }) => ask(model, q, seen)));
      for (const [i, { model, q, seen }] of wanted.entries()) {
        const at = QUESTIONS.indexOf(q) + (seen ? 0 : QUESTIONS.length);
        const [text, logProbs] = JSON.parse(said[i] as string) as [string, number[]];
        const [expected, exact] = JSON.parse(alone.get(model)?.[at] as string) as [string, number[]];
        expect(text, `${model}: ${q}`).toBe(expected);
        expect(logProbs).toHaveLength(exact.length);
        for (const [k, value] of logProbs.entries()) expect(value).toBeCloseTo(exact[k] as number, 4);
      }
    }
  });

  it('answer prompts and the Responses API too', async () => {
    const texts = new Map<string, string[]>();
    for (const { name, dir } of ADAPTERS) {
      const only = await ModelEngine.load(BASE, { adapters: [{ name, dir }] });
      const own: string[] = [];
      for (const request of [{ messages: [], prompt: 'the cat' }, { messages: [{ role: 'user' as const, content: 'Hi there' }] }]) {
        let text = '';
        for await (const event of await only.submit({ ...request, adapter: name, temperature: 0, maxTokens: 8 })) text += event.text;
        own.push(text);
      }
      texts.set(name, own);
      await only.dispose();
    }
    for (const { name } of ADAPTERS) {
      const completion = await (await post('completions', { model: name, prompt: 'the cat', temperature: 0, max_tokens: 8 })).json();
      expect(completion).toMatchObject({ model: name, choices: [{ text: texts.get(name)?.[0] }] });
      const response = await (await post('responses', { model: name, input: 'Hi there', temperature: 0, max_output_tokens: 8 })).json();
      expect(response).toMatchObject({ model: name, output: [{ content: [{ text: texts.get(name)?.[1] }] }] });
    }
  });

  it('are listed with their base; another name is 404 and names them all', async () => {
    const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string; root: string; parent: unknown }[] };
    expect(data.map(({ id, root, parent }) => [id, root, parent])).toEqual([
      ['base', 'base', null],
      ['every', 'base', 'base'],
      ['dora', 'base', 'base'],
    ]);
    expect((await fetch(`${server.url}/v1/models/dora`)).status).toBe(200);
    for (const [path, rest] of [
      ['chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
      ['completions', { prompt: 'x' }],
      ['responses', { input: 'x' }],
    ] as const) {
      const response = await post(path, { model: 'doro', ...rest });
      expect(response.status).toBe(404);
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error.code).toBe('model_not_found');
      expect(error.message).toContain('base, every, dora');
    }
  });

  it('are told apart in the metrics', async () => {
    const count = async (model: string): Promise<number> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(new RegExp(`sensorium_model_requests_total\\{model="${model}",status="200"\\} (\\d+)`).exec(text)?.[1] ?? 0);
    };
    const before = [await count('every'), await count('dora')];
    await ask('every', 'Hi there', false);
    expect([await count('every'), await count('dora')]).toEqual([(before[0] as number) + 1, before[1]]);
    expect(await count('doro')).toBe(0);
  });

  it('count the weights of the base once', async () => {
    const model = await Mllm.load(BASE);
    const plain = await ModelEngine.create(model);
    let added = 0;
    for (const { dir } of ADAPTERS) {
      const { adapters } = await openModel(BASE, { adapters: [dir] });
      for (const adapter of adapters) for (const value of adapter.values.values()) added += value.data.byteLength;
    }
    expect(engine.memory().weights).toBe(plain.memory().weights + added);
    await plain.dispose();
    await model.dispose();
  });

  it('are models of the AI SDK', async () => {
    const provider = createSensorium({ adapters: ADAPTERS });
    const prompt = [
      {
        role: 'user' as const,
        content: [
          { type: 'image' as const, image: png },
          { type: 'text' as const, text: 'What is it?' },
        ],
      },
    ];
    for (const [name, adapter] of [['base', undefined] as const, ...ADAPTERS.map(({ name }) => [name, name] as const)]) {
      const { text } = await generateText({ model: provider(BASE, { adapter }), messages: prompt, temperature: 0, maxOutputTokens: 8 });
      expect(text).toBe((JSON.parse(alone.get(name)?.[0] as string) as [string])[0]);
    }
    await provider.dispose();
  });
});

describe('what is no adapter of this base', () => {
  const load = (adapters: { name: string; dir: string }[]): Promise<ModelEngine> => ModelEngine.load(BASE, { adapters });

  it('ends the start: another base, another rank, another name', async () => {
    await expect(load([{ name: 'a', dir: 'test/golden/lora/llama-attention/after' }])).rejects.toMatchObject({ code: 'adapter.base' });
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-adapter-'));
    await cp(ADAPTERS[0]?.dir as string, dir, { recursive: true });
    const config = JSON.parse(await readFile(join(dir, 'adapter_config.json'), 'utf8')) as object;
    await writeFile(join(dir, 'adapter_config.json'), JSON.stringify({ ...config, r: 8 }));
    await expect(load([{ name: 'a', dir }])).rejects.toMatchObject({ code: 'adapter.rank' });
    await rm(dir, { recursive: true });
    const twice = ADAPTERS.map(({ dir: d }) => ({ name: 'a', dir: d }));
    await expect(load(twice)).rejects.toMatchObject({ code: 'serve.adapter' });
    await expect(serve({ engine, model: 'dora', port: 0 })).rejects.toMatchObject({ code: 'serve.adapter' });
  });

  it('and a budget that is too small for all', async () => {
    const wanted = ModelEngine.load(BASE, { adapters: ADAPTERS, kvBytes: 1000 });
    await expect(wanted).rejects.toMatchObject({ code: 'generate.option', place: 'kvBytes', got: '1000' });
  });
});

describe('the folder of an adapter by itself', () => {
  it('is served on the base that it names, and takes no others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-adapter-'));
    const [every, dora] = ADAPTERS as [(typeof ADAPTERS)[0], (typeof ADAPTERS)[0]];
    await cp(every.dir, dir, { recursive: true });
    const config = JSON.parse(await readFile(join(dir, 'adapter_config.json'), 'utf8')) as object;
    await writeFile(join(dir, 'adapter_config.json'), JSON.stringify({ ...config, base_model_name_or_path: BASE }));
    const own = await ModelEngine.load(dir);
    let text = '';
    const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi there' }] }];
    for await (const event of await own.submit({ messages, temperature: 0, maxTokens: 8 })) text += event.text;
    expect(text).toBe((JSON.parse(alone.get('every')?.[QUESTIONS.length + 1] as string) as [string])[0]);
    await own.dispose();
    await expect(ModelEngine.load(dir, { adapters: [dora] })).rejects.toMatchObject({ code: 'serve.adapter' });
    await rm(dir, { recursive: true });
  });
});
