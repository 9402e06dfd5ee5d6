// Mllm from a folder: what it answers equals itself in every way of asking, and what is wrong with a folder is said by name.

import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodePng, image } from '../media/index.js';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS, Tokenizer, trainByteLevelBpe } from '../text/index.js';
import { assemble } from '../train/index.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { readAll, SafetensorsFile, writeSafetensors } from '../weights/index.js';
import { Mllm } from './mllm.js';

let dir: string;
let good: string;
let bad: string;
const tokenizer = Tokenizer.fromJson(
  trainByteLevelBpe(['what is left of the red dog?'], { vocabSize: 270, specialTokens: [...SPECIAL_TOKENS] }),
  DEFAULT_TOKENIZER_CONFIG,
);
const pixels = (seed: number, size = 64) => {
  const rng = new Rng(seed);
  return { width: size, height: size, data: Uint8Array.from({ length: size * size * 3 }, () => rng.int(256)) };
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-mllm-'));
  good = join(dir, 'good');
  const state = await assemble(
    mllm({
      vision: clipVision({ imageSize: 32, patchSize: 8, width: 32, layers: 2, heads: 1 }),
      connector: mlp({ shuffle: 2 }),
      language: llama({ width: 32, layers: 1, heads: 2, positions: 96 }),
    }),
    { seed: 1, tokenizer: () => tokenizer },
  );
  await state.save(good);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  bad = join(dir, 'bad');
  await rm(bad, { recursive: true, force: true });
  await cp(good, bad, { recursive: true });
});

describe('a model in a folder', () => {
  it('answers the same from a file, bytes, a data URL and pixels, alone and in a batch', async () => {
    const model = await Mllm.load(good);
    const [a, b] = [pixels(1), pixels(2)];
    const png = await encodePng(a);
    const file = join(dir, 'a.png');
    await writeFile(file, png);
    const options = { maxTokens: 12 };
    const texts = await Promise.all(
      [file, png, `data:image/png;base64,${Buffer.from(png).toString('base64')}`].map(
        async (source) => (await model.generate([image(source), 'what?'], options)).text,
      ),
    );
    const batch = await model.answer(
      [
        { image: a, question: 'what?' },
        { image: b, question: 'what is left of the dog?' },
        { image: a, question: 'the red dog' },
      ],
      options,
    );
    expect(new Set([...texts, batch[0]]).size).toBe(1);
    const url = { type: 'image_url', image_url: { url: file } };
    let streamed = '';
    for await (const piece of model.stream({
      messages: [{ role: 'user', content: [url as never, { type: 'text', text: 'what?' }] }],
      ...options,
    }))
      streamed += piece.text;
    expect(streamed).toBe(batch[0]);
    await model.dispose();
  });

  it('takes several images and none, and keeps the conversation', async () => {
    const model = await Mllm.load(good);
    const two = await model.generate([image(pixels(1)), image(pixels(2)), 'which?'], { maxTokens: 4 });
    expect(two.tokens.length).toBeGreaterThan(0);
    expect((await model.generate('hello', { maxTokens: 4 })).finish).toMatch(/stop|length/);
    await expect(model.generate([...Array.from({ length: 30 }, (_, i) => image(pixels(i))), 'too many?'])).rejects.toThrow(
      /the prompt is too long/,
    );
    await model.dispose();
  });

  it('says which file is missing, cut or foreign, and what to do', async () => {
    await rm(join(bad, 'tokenizer.json'));
    await expect(Mllm.load(bad)).rejects.toThrow(/tokenizer\.json/);
    await expect(Mllm.load(join(dir, 'nowhere'))).rejects.toThrow(/nowhere/);
    await writeFile(join(bad, 'config.json'), '{"model_type":"gpt2"}');
    await expect(Mllm.load(bad)).rejects.toThrow(/not supported.*config\.json.*LlavaForConditionalGeneration/);
    await writeFile(join(bad, 'config.json'), '{"model_type":');
    await expect(Mllm.load(bad)).rejects.toThrow(/config\.json/);
  });

  it('names cut weights, and tensors that are missing, extra or of the wrong shape', async () => {
    const weights = join(bad, 'model.safetensors');
    await truncate(weights, (await readFile(weights)).length - 100);
    await expect(Mllm.load(bad)).rejects.toThrow(/model\.safetensors.*(cut|short|expected)/s);
    const tensors = await readAll(await SafetensorsFile.open(join(good, 'model.safetensors')));
    const { 'multi_modal_projector.linear_1.weight': _gone, ...rest } = tensors;
    await writeSafetensors(weights, rest);
    await expect(Mllm.load(bad)).rejects.toThrow(/multi_modal_projector\.linear_1\.weight/);
    await writeSafetensors(weights, { ...tensors, 'language_model.model.extra.weight': hostTensor('float32', [2]) });
    await expect(Mllm.load(bad)).rejects.toThrow(/language_model\.model\.extra\.weight/);
    await writeSafetensors(weights, { ...tensors, 'multi_modal_projector.linear_2.bias': hostTensor('float32', [3]) });
    await expect(Mllm.load(bad)).rejects.toThrow(/multi_modal_projector\.linear_2\.bias/);
    await writeSafetensors(weights, { ...tensors, 'multi_modal_projector.linear_2.bias': hostTensor('int32', [32]) });
    await expect(Mllm.load(bad)).rejects.toThrow(/multi_modal_projector\.linear_2\.bias/);
  });

  it('refuses a tokenizer that does not fit the model, and images that are none', async () => {
    const other = Tokenizer.fromJson(
      trainByteLevelBpe(['quite another text, with other words and more of them'], {
        vocabSize: 300,
        specialTokens: [...SPECIAL_TOKENS, '<more>'],
      }),
      DEFAULT_TOKENIZER_CONFIG,
    );
    await other.save(bad);
    await expect(Mllm.load(bad)).rejects.toThrow(/tokenizer/i);
    const model = await Mllm.load(good);
    const text = join(dir, 'no-image.png');
    await writeFile(text, 'this is text');
    await expect(model.generate([image(text), 'what?'])).rejects.toThrow(/no-image\.png/);
    await expect(model.generate([image(join(dir, 'absent.png')), 'what?'])).rejects.toThrow(/absent\.png/);
    await expect(model.generate([{ type: 'image', source: 5 as never }, 'what?'])).rejects.toThrow(/no source/);
    await model.dispose();
  });
});

describe('rank', () => {
  it('puts options in the order of their log-probability after the prompt', async () => {
    const model = await Mllm.load('models/sensorium-tiny');
    try {
      const content = [image(pixels(3)), 'Is there a dog in the image?'] as const;
      const ranked = await model.rank(content, ['banana', 'no', 'yes']);
      const { tokens } = await model.generate(content, { maxTokens: 1 });
      const best = ['banana', 'no', 'yes'][ranked[0]?.index as number];
      expect(best).toBe((await model.generate(content)).text);
      // The first token of the best option is the reply's first token, with the same probability.
      expect(ranked[0]?.score).toBeCloseTo(tokens[0]?.logProb as number, 4);
      expect(ranked.map((r) => r.score)).toEqual([...ranked.map((r) => r.score)].sort((a, b) => b - a));
    } finally {
      await model.dispose();
    }
  });
});
