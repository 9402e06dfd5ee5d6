// generation_config.json in every kind of model: where replies end, and the ids that transformers generates with the same settings.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGenerationConfig } from '../model/generation-config.js';
import type { MultimodalNetwork } from '../networks/index.js';
import { beamSearch } from './beam.js';
import { decoderPolicy } from './decoder-policy.js';
import { Engine, Seq2SeqEngine } from './engine/index.js';
import { engineModel } from './engine/model.js';
import { generateIds } from './ids.js';
import { Mllm } from './mllm.js';
import { resolveOptions } from './resolve.js';
import { generateMany, generateTokens } from './tokens.js';

const golden = resolve(import.meta.dirname, '../../test/golden');
const families = join(golden, 'families');
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'generation-'));
});
afterAll(() => rm(dir, { recursive: true }));

interface Case {
  model: string;
  ids: number[];
  settings: Record<string, unknown>;
  beams?: number;
  reply: number[];
}
const cases = JSON.parse(await readFile(join(golden, 'generation.json'), 'utf8')) as Case[];
const of = (model: string): Case[] => cases.filter((c) => c.model === model);

let copies = 0;
/** A copy of a golden folder with other settings. */
async function folder(model: string, settings: unknown, config?: Record<string, unknown>): Promise<string> {
  const to = join(dir, String(copies++));
  await cp(join(families, model), to, { recursive: true });
  if (settings !== undefined) await writeFile(join(to, 'generation_config.json'), JSON.stringify(settings));
  if (config)
    await writeFile(join(to, 'config.json'), JSON.stringify({ ...JSON.parse(await readFile(join(to, 'config.json'), 'utf8')), ...config }));
  return to;
}

/** The settings of a case, read from a folder with nothing else. */
async function settingsOf({ settings }: Case, vocabSize: number) {
  const to = join(dir, String(copies++));
  await mkdir(to);
  await writeFile(join(to, 'config.json'), '{}');
  await writeFile(join(to, 'generation_config.json'), JSON.stringify(settings));
  return readGenerationConfig({ dir: to, vocabSize });
}

async function idsOf(pieces: AsyncIterable<{ token?: { id: number } }>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { token } of pieces) if (token) ids.push(token.id);
  return ids;
}
async function collect(choices: AsyncIterable<{ id: number }>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of choices) ids.push(id);
  return ids;
}
const ends = (c: Case): number[] => [(c.settings.eos_token_id ?? []) as number].flat();
const withoutEnd = (c: Case): number[] => (ends(c).includes(c.reply.at(-1) as number) ? c.reply.slice(0, -1) : c.reply);
const limitOf = (c: Case): { maxTokens?: number } => ('max_new_tokens' in c.settings ? {} : { maxTokens: 24 });

describe('replies with settings are those of transformers', () => {
  it('Mllm, in ids and in an engine', async () => {
    const lm = await Mllm.load(join(families, 'llama/untied'));
    const decoder = await lm.programs.decoder();
    for (const c of of('llama/untied')) {
      const config = await settingsOf(c, 97);
      const name = JSON.stringify(c.settings);
      expect(
        await collect(generateIds(decoderPolicy(decoder), { prompt: { ids: Int32Array.from(c.ids) }, config }, limitOf(c))),
        name,
      ).toEqual(c.reply);
      const engine = await Engine.create({ decoder, generation: config }, { slots: 2 });
      expect(await idsOf(engine.submit({ ids: c.ids, ...limitOf(c) })), name).toEqual(withoutEnd(c));
      await engine.dispose();
    }
    await lm.dispose();
  });

  it.each(['idefics2/whole', 'qwen2-vl/untied'])('%s, in a stream, a batch, an engine and beams', async (name) => {
    const model = await Mllm.load(join(families, name));
    const decoder = await model.programs.decoder();
    const { tokenizer } = model;
    const network = model.model.network as MultimodalNetwork;
    for (const c of of(name)) {
      const config = await settingsOf(c, network.language_model.config.vocab_size);
      const prompt = { ids: Int32Array.from(c.ids) };
      const which = JSON.stringify(c.settings);
      if (c.beams) {
        const [best] = await beamSearch(decoder, tokenizer, prompt, { beams: c.beams, ...limitOf(c) }, config);
        expect(
          best?.tokens.map((t) => t.id),
          which,
        ).toEqual(withoutEnd(c));
        continue;
      }
      expect(await idsOf(generateTokens(decoder, tokenizer, prompt, limitOf(c), config)), which).toEqual(withoutEnd(c));
      const batch = await generateMany(decoder, tokenizer, [prompt, prompt], { maxTokens: c.reply.length }, config);
      const text = tokenizer.decode(withoutEnd(c), { skipSpecial: true });
      if (!('forced_eos_token_id' in c.settings)) expect(batch, which).toEqual([text, text]);
      const engine = await Engine.create({ ...(await engineModel(model)), generation: config }, { slots: 2 });
      expect(await idsOf(engine.submit({ ids: c.ids, ...limitOf(c) })), which).toEqual(withoutEnd(c));
      await engine.dispose();
    }
    await model.dispose();
  });

  it('Mllm, from its start token on', async () => {
    for (const c of of('t5/flan')) {
      if (
        !['repetition_penalty', 'forced_bos_token_id', 'decoder_start_token_id', 'min_length', 'max_length'].some(
          (key) => key in c.settings,
        )
      )
        continue;
      const lm = await Mllm.load(await folder('t5/flan', c.settings));
      const open = ends(c).length > 0 ? {} : { endIds: [] };
      expect(await collect(lm.continueIds(c.ids, { ...limitOf(c), ...open })), JSON.stringify(c.settings)).toEqual(c.reply);
      await lm.dispose();
    }
  });
});

describe('end ids', () => {
  const [c] = of('idefics2/whole').filter((x) => JSON.stringify(x.settings) === '{"eos_token_id": 26}'.replace(': ', ':')) as [Case];
  const messages = [{ role: 'user' as const, content: 'a red dog' }];

  it('of generation_config.json end every reply of an Mllm, without their text', async () => {
    const model = await Mllm.load(await folder('idefics2/whole', { eos_token_id: [2, 26] }));
    const wanted = withoutEnd(c);
    const text = model.tokenizer.decode(wanted, { skipSpecial: true });
    expect(model.model.generation.endIds).toEqual([2, 26]);
    expect([...(await model.encode(messages)).ids]).toEqual(c.ids);
    const reply = await model.generate('a red dog', { maxTokens: 24 });
    expect([reply.tokens.map((t) => t.id), reply.text, reply.finish]).toEqual([wanted, text, 'stop']);
    expect(await idsOf(model.stream({ messages, maxTokens: 24 }))).toEqual(wanted);
    const engine = await Engine.create(model, { slots: 2 });
    expect(await idsOf(engine.submit({ messages, maxTokens: 24 }))).toEqual(wanted);
    await engine.dispose();
    // Beams end with it too: a reply that has ended is shorter than the limit.
    const beams = await model.generate('a red dog', { maxTokens: 24, beams: 1 });
    expect([beams.tokens.map((t) => t.id), beams.finish]).toEqual([wanted, 'stop']);
    await model.dispose();
  });

  it('can be ignored, given, and held off by minTokens', async () => {
    const model = await Mllm.load(await folder('idefics2/whole', { eos_token_id: [2, 26] }));
    const plain = of('idefics2/whole')[0] as Case;
    const ask = (o: object) => model.generate('a red dog', { maxTokens: 10, ...o });
    const ignored = await ask({ ignoreEos: true });
    expect([ignored.tokens.map((t) => t.id), ignored.finish]).toEqual([plain.reply.slice(0, 10), 'length']);
    expect((await ask({ endIds: [36] })).tokens.map((t) => t.id)).toEqual(plain.reply.slice(0, 2));
    const long = await ask({ minTokens: 8 });
    expect(long.tokens.length).toBeGreaterThanOrEqual(8);
    expect(long.tokens.slice(0, 8).map((t) => t.id)).not.toContain(26);
    // A stop string is not looked for either: the first character of the reply would end it.
    const [first] = [...ignored.text];
    expect((await ask({ stop: first })).text).toBe('');
    expect((await ask({ stop: first, minTokens: 8 })).tokens.length).toBeGreaterThanOrEqual(8);
    await expect(ask({ minTokens: 11 })).rejects.toMatchObject({ code: 'generate.option', place: 'minTokens' });
    await model.dispose();
  });

  it('end Mllm the same in ids, and encoder-decoders alone and in an engine', async () => {
    const lm = await Mllm.load(await folder('llama/untied', { eos_token_id: [1, 4] }));
    const wanted = of('llama/untied')[1] as Case;
    expect(lm.model.generation.endIds).toEqual([1, 4]);
    expect(await collect(lm.continueIds(wanted.ids, { maxTokens: 24 }))).toEqual(wanted.reply);
    const engine = await Engine.create(lm, { slots: 2 });
    expect(await idsOf(engine.submit({ ids: wanted.ids, maxTokens: 24 }))).toEqual(withoutEnd(wanted));
    await engine.dispose();
    await lm.dispose();
    const t5 = await Mllm.load(await folder('t5/flan', { eos_token_id: [1, 39] }));
    const reply = of('t5/flan')[1] as Case;
    expect(await collect(t5.continueIds(reply.ids, { maxTokens: 24 }))).toEqual(reply.reply);
    const other = await Seq2SeqEngine.create(t5, { slots: 2 });
    expect(await idsOf(other.submit({ ids: reply.ids, maxTokens: 24 }))).toEqual(withoutEnd(reply));
    await other.dispose();
    await t5.dispose();
  });

  it('come from generation_config.json, then config.json, then its text_config, then the tokenizer', async () => {
    const read = async (settings: unknown, config?: Record<string, unknown>) =>
      (await readGenerationConfig({ dir: await folder('idefics2/whole', settings, config), vocabSize: 265 })).endIds;
    expect(await read({ eos_token_id: [7, 7, 9] }, { eos_token_id: 5 })).toEqual([7, 9]);
    expect(await read({ eos_token_id: 0 }, { eos_token_id: 5 })).toEqual([0]);
    expect(await read({}, { eos_token_id: 5 })).toEqual([5]);
    expect(await read(undefined, { eos_token_id: [5, 6] })).toEqual([5, 6]);
    expect(await read({ eos_token_id: null })).toEqual([264]);
    const onevision = await Mllm.load(join(families, 'llava-onevision/siglip-qwen2'));
    expect(onevision.model.generation.endIds).toEqual([263]);
    await onevision.dispose();
  });

  it.each([
    ['eos_token_id', { eos_token_id: 265 }],
    ['eos_token_id', { eos_token_id: [2, 100_000] }],
    ['eos_token_id', { eos_token_id: -1 }],
    ['eos_token_id', { eos_token_id: 'two' }],
    ['eos_token_id', { eos_token_id: [2.5] }],
    ['eos_token_id', { eos_token_id: [[2]] }],
    ['forced_eos_token_id', { forced_eos_token_id: 265 }],
    ['repetition_penalty', { repetition_penalty: 0 }],
    ['repetition_penalty', { repetition_penalty: '1.1' }],
    ['bad_words_ids', { bad_words_ids: [3] }],
    ['bad_words_ids', { bad_words_ids: [[]] }],
    ['top_p', { top_p: 2 }],
  ])('are refused by the name of the file and of %s: %j', async (key, settings) => {
    const to = await folder('idefics2/whole', settings);
    const error = await readGenerationConfig({ dir: to, vocabSize: 265 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'model.config', place: expect.stringContaining(join(to, 'generation_config.json')) });
    expect((error as { place: string }).place).toContain(key);
  });
});

describe('options over settings', () => {
  const size = { promptTokens: 10, room: 100 };
  const read = async (settings: object) => settingsOf({ model: '', ids: [], reply: [], settings: settings as Record<string, unknown> }, 50);

  it('draw with the settings of the file, and only when drawing is asked for', async () => {
    const config = await read({
      do_sample: true,
      temperature: 0.6,
      top_k: 20,
      top_p: 0.8,
      min_p: 0.1,
      typical_p: 0.9,
      repetition_penalty: 1.1,
    });
    const drawing = { topK: 20, topP: 0.8, minP: 0.1, typicalP: 0.9 };
    expect(resolveOptions({}, config, size).choose).toMatchObject({ temperature: 0, repetitionPenalty: 1.1 });
    expect(resolveOptions({}, config, size).choose).not.toHaveProperty('topK');
    expect(resolveOptions({ doSample: true }, config, size).choose).toMatchObject({ temperature: 0.6, ...drawing });
    expect(resolveOptions({ temperature: 2, topK: 5, minP: 0 }, config, size).choose).toMatchObject({
      ...drawing,
      temperature: 2,
      topK: 5,
      minP: 0,
    });
    expect(resolveOptions({ doSample: false, temperature: 1 }, config, size).choose.temperature).toBe(0);
    expect(resolveOptions({ repetitionPenalty: 1 }, config, size).choose.repetitionPenalty).toBe(1);
    expect(resolveOptions({ doSample: true }, await read({}), size).choose).toMatchObject({ temperature: 1 });
  });

  it('are refused by name where they are of a wrong type', async () => {
    const config = await read({});
    for (const [place, o] of Object.entries({
      stop: { stop: [3] },
      endIds: { endIds: [-4] },
      minTokens: { minTokens: '3' },
      maxTokens: { maxTokens: 0 },
      minNewTokens: { minNewTokens: 1.5 },
    }))
      expect(() => resolveOptions(o as object, config, size), place).toThrow(expect.objectContaining({ code: 'generate.option', place }));
  });

  it('bound replies by the request, the file, and the room', async () => {
    const limit = async (o: object, settings: object) => resolveOptions(o, await read(settings), size).limit;
    expect(await limit({}, {})).toBe(100);
    expect(await limit({}, { max_new_tokens: 30, max_length: 15 })).toBe(30);
    expect(await limit({}, { max_length: 15 })).toBe(5);
    expect(await limit({}, { max_length: 10 })).toBe(100);
    expect(await limit({}, { max_length: 20 })).toBe(100); // what transformers writes where nothing was set
    expect(await limit({ maxTokens: 7 }, { max_new_tokens: 30 })).toBe(7);
    expect(await limit({ maxTokens: 700 }, { max_new_tokens: 30 })).toBe(100);
  });

  it('name what is not applied, and leave neutral values alone', async () => {
    const neutral = { num_beams: 1, repetition_penalty: 1, top_k: 0, no_repeat_ngram_size: 0, min_length: 0, guidance_scale: null };
    expect(await read(neutral)).toEqual({ endIds: [], processors: {}, sampling: {}, beams: {}, stop: [], ignored: [] });
    expect((await read({ num_beams: 4, penalty_alpha: 0.6, stop_strings: ['\n'] })).ignored).toEqual(['num_beams', 'penalty_alpha']);
    expect(resolveOptions({}, await read({ stop_strings: '\n' }), size).stops).toEqual(['\n']);
    expect(resolveOptions({ stop: [] }, await read({ stop_strings: '\n' }), size).stops).toEqual([]);
  });
});
