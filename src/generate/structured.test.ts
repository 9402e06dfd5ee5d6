// Replies with a form, from logits to values: random models and random schemas, batches against single rows, log-probabilities, a shipped model.

import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { image } from '../media/index.js';
import { llama } from '../networks/index.js';
import { DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS, Tokenizer, trainByteLevelBpe } from '../text/index.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import type { JsonSchema } from './constrain/index.js';
import { Decoder } from './decoder.js';
import { Mllm } from './mllm.js';
import { type GenerateOptions, generateMany, generateTokens, type Piece } from './tokens.js';

const tokenizer = Tokenizer.fromJson(
  trainByteLevelBpe(['{"name":"red dog","size":12,"on":true,"in":[1,null]}', 'a red dog, 红色的狗 {"a":"b"}]}'], {
    vocabSize: 300,
    specialTokens: [...SPECIAL_TOKENS],
  }),
  DEFAULT_TOKENIZER_CONFIG,
);
const network = llama({ width: 32, layers: 1, heads: 2, vocabSize: tokenizer.vocabSize, positions: 512 }).build().nameParameters();
let decoder: Decoder;
beforeAll(async () => {
  const rng = new Rng(2);
  const values = new Map(
    network.parameters().map((p) => {
      const data = new Float32Array(p.count);
      p.init(data, p.dims, rng);
      if (p.dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 4;
      return [p, hostTensor('float32', p.dims, data)];
    }),
  );
  decoder = await Decoder.create({ network, values });
});
afterAll(() => decoder.dispose());

/** Tokens that close something are liked, so that replies of a random model come to an end. */
const closing = Object.fromEntries(
  Array.from({ length: tokenizer.vocabSize }, (_, id) => id)
    .filter((id) => !tokenizer.isSpecial(id) && /^["\]}]+$/.test(tokenizer.decode([id])))
    .map((id) => [id, 4]),
);
const prompts = [[10, 20, 30], [7], [50, 60, 70, 80]].map((ids) => ({ ids: Int32Array.from(ids) }));
async function reply(
  o: GenerateOptions,
  prompt = prompts[0] as (typeof prompts)[0],
): Promise<{ text: string; pieces: Piece[]; finish?: string }> {
  const pieces: Piece[] = [];
  for await (const p of generateTokens(decoder, tokenizer, prompt, o)) pieces.push(p);
  return { text: pieces.map((p) => p.text).join(''), pieces, finish: pieces.at(-1)?.finish };
}

const property: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.constantFrom<JsonSchema[]>(
    { type: 'boolean' },
    { type: 'integer', minimum: -5, maximum: 300 },
    { type: 'number' },
    { type: ['string', 'null'], maxLength: 12 },
    { enum: ['red', 'blue', 3, null] },
    { type: 'string', pattern: '^[a-f]{2,4}$' },
    { type: 'string', format: 'date' },
    { type: 'array', items: { type: 'integer', minimum: 0, maximum: 9 }, minItems: 1, maxItems: 3 },
    { $ref: '#/$defs/node' },
    {
      anyOf: [
        { type: 'object', properties: { k: { const: 1 } }, required: ['k'] },
        { type: 'string', maxLength: 4 },
      ],
    },
  ),
);
const schema: fc.Arbitrary<JsonSchema> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('name', 'size', 'a', '红', 'x y'), property, fc.boolean()), { selector: ([name]) => name, minLength: 1 })
  .map((entries) => ({
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, s]) => [name, s])),
    required: entries.filter(([, , needed]) => needed).map(([name]) => name),
    additionalProperties: false,
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, v: { type: 'integer' } }, required: ['v'], additionalProperties: false } },
  })); // biome-ignore format: a schema on a line

describe('replies with a form', () => {
  it('parse and satisfy the schema whenever they end by themselves, and end only so or at the limit', async () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addFormat('date', true);
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(
        schema,
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(0, 1, 3),
        fc.constantFrom(4, 400),
        async (s, seed, temperature, maxTokens) => {
          const responseFormat = { type: 'json_schema', schema: s } as const;
          const { text, finish, pieces } = await reply({ responseFormat, temperature, seed, maxTokens, logitBias: closing });
          const tokens = pieces.filter((p) => p.token).length;
          if (finish === 'stop') {
            ended++;
            const value: unknown = JSON.parse(text);
            expect([ajv.validate(s, value), text]).toEqual([true, text]);
          } else expect(tokens).toBe(maxTokens);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
    expect(ended).toBeGreaterThan(20);
  });

  it('are the same in a batch as alone, drawn with seeds', async () => {
    for (const o of [
      { responseFormat: { type: 'regex', pattern: '[a-z]{3,6}( [0-9]{2}){1,2}' }, temperature: 2, seed: 4, maxTokens: 30 },
      { responseFormat: { type: 'json_object' }, temperature: 1, seed: 9, maxTokens: 60, repetitionPenalty: 1.2, logitBias: closing },
      { temperature: 1.3, topK: 40, minP: 0.01, seed: 1, maxTokens: 12, minNewTokens: 5 },
    ] as GenerateOptions[]) {
      const many = await generateMany(decoder, tokenizer, prompts, { ...o, maxTokens: o.maxTokens as number });
      for (const [i, prompt] of prompts.entries()) expect(many[i]).toBe((await reply(o, prompt)).text);
      expect(new Set(many).size).toBe(3);
    }
  });

  it('stop at a stop string or the limit with a finish that says so', async () => {
    const o: GenerateOptions = { responseFormat: { type: 'regex', pattern: 'aaa bbb c+' }, maxTokens: 40 };
    const whole = await reply(o);
    expect(whole.text).toMatch(/^aaa bbb c+$/);
    expect(await reply({ ...o, stop: ' bbb' })).toMatchObject({ text: 'aaa', finish: 'stop' });
    expect(await reply({ ...o, maxTokens: 2 })).toMatchObject({ finish: 'length' });
    const exact = await reply({ responseFormat: { type: 'regex', pattern: 'xyz' }, maxTokens: 3 });
    expect([exact.text, exact.finish, exact.pieces.length]).toEqual(['xyz', 'stop', 3]); // no step is spent on the end token
  });

  it('refuse forms before anything runs', async () => {
    await expect(reply({ responseFormat: { type: 'json_schema', schema: { not: {} } } })).rejects.toThrow(/not supported.*schema #\/not/);
    await expect(reply({ responseFormat: { type: 'regex', pattern: '(' } })).rejects.toThrow(/pattern cannot be used/);
    const loop: Record<string, unknown> = { type: 'array' };
    loop.items = loop;
    await expect(reply({ responseFormat: { type: 'json_schema', schema: loop } })).rejects.toThrow(/too large: levels/);
  });
});

describe('a model that is asked for a form', () => {
  let model: Mllm;
  beforeAll(async () => {
    model = await Mllm.load(join(import.meta.dirname, '..', '..', 'models', 'sensorium-tiny'));
  });
  afterAll(() => model.dispose());
  const picture = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(120) };

  it('gives the value beside the text, log-probabilities, and beams', async () => {
    const answer = {
      type: 'object',
      properties: { answer: { enum: ['yes', 'no'] }, count: { type: 'integer', minimum: 0, maximum: 9 } },
      required: ['answer', 'count'],
      additionalProperties: false,
    };
    const responseFormat = { type: 'json_schema', schema: answer } as const;
    const one = await model.generate([image(picture), 'Is there a dog?'], { responseFormat, topLogProbs: 2, maxTokens: 60 });
    expect(one.finish).toBe('stop');
    expect(one.value).toEqual(JSON.parse(one.text));
    expect(new Ajv2020().validate(answer, one.value)).toBe(true);
    for (const t of one.tokens) expect(t.top?.[0]?.logProb).toBeGreaterThanOrEqual(t.logProb);
    const two = await model.generate([image(picture), 'Is there a dog?'], { responseFormat, beams: 3, returnSequences: 2, maxTokens: 60 });
    expect(two.sequences).toHaveLength(2);
    expect([two.text, two.value]).toEqual([two.sequences?.[0]?.text, JSON.parse(two.text)]);
    const cut = await model.generate('Describe a scene.', { responseFormat, maxTokens: 2 });
    expect([cut.finish, 'value' in cut]).toEqual(['length', false]);
    const [greedy, beam] = [
      await model.generate('What is red?', { maxTokens: 8 }),
      await model.generate('What is red?', { maxTokens: 8, beams: 1 }),
    ];
    expect(beam.tokens).toEqual(greedy.tokens);
    expect(await model.answer([{ image: picture, question: 'Dog?' }], { responseFormat: { type: 'regex', pattern: 'yes|no' } })).toEqual([
      expect.stringMatching(/^(yes|no)$/),
    ]);
  });
});
