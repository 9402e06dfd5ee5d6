// Which class opens a folder is read from config.json and the registry, and what none opens is refused with what there is.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderKind, loadModel } from './load-model.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-kind-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const golden = (name: string): string => `test/golden/families/${name}`;

describe('the class of a folder', () => {
  it.each([
    ['models/sensorium-tiny', 'mllm', true],
    ['models/world-llama', 'causal', false],
    [golden('t5/flan'), 'seq2seq', false],
    [golden('blip-2/opt'), 'mllm', true],
    [golden('blip-2/t5-every-layer'), 'seq2seq', true],
    [golden('instructblip/vicuna'), 'mllm', true],
    [golden('instructblip/t5'), 'seq2seq', true],
  ])('%s', async (folder, opens, sees) => {
    expect(await folderKind(folder)).toEqual({ opens, sees });
  });

  it('does not depend on a vision_config', async () => {
    const config = (value: object) => writeFile(join(dir, 'config.json'), JSON.stringify(value));
    await config({ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], vision_config: {} });
    await expect(loadModel(dir)).rejects.toThrow(/not supported.*LlavaForConditionalGeneration.*got GPT2LMHeadModel/);
    await config({ model_type: 'llava_nxt', architectures: ['LlavaNxtForConditionalGeneration'], vision_config: {} });
    await expect(loadModel(dir)).rejects.toThrow(/The nearest is LlavaNextForConditionalGeneration/);
    await config({ vision_config: {} });
    await expect(loadModel(dir)).rejects.toMatchObject({ code: 'model.architecture' });
  });

  it('is none for an encoder', async () => {
    const refused = loadModel(golden('clip/odd-sizes'));
    await expect(refused).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(refused).rejects.toThrow(/writes no text.*Qwen2ForCausalLM.*got CLIPModel, an encoder/);
  });
});
