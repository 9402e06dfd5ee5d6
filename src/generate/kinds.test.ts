// The kind of a model is read from config.json and the registry, and what writes no text is refused with what does.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from './mllm.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-kind-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const golden = (name: string): string => `test/golden/families/${name}`;

describe('the kind of a model', () => {
  it.each([
    ['models/sensorium-tiny', 'multimodal', true],
    ['models/world-llama', 'causal', false],
    [golden('blip-2/opt'), 'multimodal', true],
    [golden('blip-2/t5-every-layer'), 'seq2seq', true],
    [golden('instructblip/vicuna'), 'multimodal', true],
    [golden('instructblip/t5'), 'seq2seq', true],
  ])('%s', async (folder, kind, sees) => {
    const { model } = await Mllm.load(folder);
    expect({ kind: model.kind, sees: model.media !== undefined }).toEqual({ kind, sees });
  });

  it('does not depend on a vision_config', async () => {
    const config = (value: object) => writeFile(join(dir, 'config.json'), JSON.stringify(value));
    await config({ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], vision_config: {} });
    await expect(Mllm.load(dir)).rejects.toThrow(/not supported.*LlavaForConditionalGeneration.*got GPT2LMHeadModel/);
    await config({ model_type: 'llava_nxt', architectures: ['LlavaNxtForConditionalGeneration'], vision_config: {} });
    await expect(Mllm.load(dir)).rejects.toThrow(/The nearest is LlavaNextForConditionalGeneration/);
    await config({ vision_config: {} });
    await expect(Mllm.load(dir)).rejects.toMatchObject({ code: 'model.architecture' });
  });

  it('is none for an encoder', async () => {
    const refused = Mllm.load(golden('clip/odd-sizes'));
    await expect(refused).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(refused).rejects.toThrow(/another kind.*got CLIPModel.*embeds texts and images/);
  });
});
