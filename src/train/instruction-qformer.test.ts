// A Q-Former that reads the instruction, in a model of mllm(…): what it is fed, what it must not be told, training, asking, and a folder of it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/mllm.js';
import type { Model } from '../model/index.js';
import { clipVision, llama, mllm, mlp, qformer } from '../networks/index.js';
import type { ChatMessage } from '../text/index.js';
import type { HostTensor } from '../util/host.js';
import { world } from '../world/index.js';
import { assemble } from './assembly.js';
import type { RunEvent } from './events.js';
import { defineRecipe } from './recipe.js';
import { runRecipe } from './run.js';
import { stage } from './stages.js';
import type { TrainedModel } from './trained-model.js';
import { worldTokenizer } from './world-tokenizer.js';

const spec = (instruction: boolean) =>
  mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 16, layers: 1, heads: 2, featureLayer: -1 }),
    connector: qformer({ queries: 3, width: 16, layers: 2, heads: 2, text: 12, instruction }),
    language: llama({ width: 16, layers: 1, heads: 2, positions: 256 }),
  });

const picture = (value: number) => ({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).map((_, i) => (value * i) % 251) });
const ask = (text: string, value = 3): ChatMessage => ({
  role: 'user',
  content: [
    { type: 'image', source: picture(value) },
    { type: 'text', text },
  ],
});

describe('a Q-Former that reads the instruction', () => {
  let state: TrainedModel;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-instruction-'));
    state = await assemble(spec(true), { seed: 1, tokenizer: worldTokenizer });
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const feedsOf = async (model: Model, messages: ChatMessage[], names?: string[]): Promise<Record<string, HostTensor>> => {
    const [medium] = (await model.processor.encode(messages)).media;
    return (await medium?.feeds(names)) as Record<string, HostTensor>;
  };

  it('is fed the words of the message that the image stands in, never those of a reply or a later turn', async () => {
    const words = worldTokenizer().encode('What is red?');
    const feeds = await feedsOf(state.model, [
      ask('What is red?'),
      { role: 'assistant', content: 'a dog' },
      { role: 'user', content: 'Why?' },
    ]);
    expect(Object.keys(feeds).sort()).toEqual(['instruction', 'instruction_mask', 'pixels']);
    expect([...(feeds.instruction as HostTensor<'int32'>).data]).toEqual([...words, ...new Array(12 - words.length).fill(0)]);
    expect([...(feeds.instruction_mask as HostTensor<'int32'>).data]).toEqual([
      ...words.map(() => 1),
      ...new Array(12 - words.length).fill(0),
    ]);
    expect(Object.keys(await feedsOf(state.model, [ask('What is red?')], ['instruction_mask']))).toEqual(['instruction_mask']);
    const long = await feedsOf(state.model, [ask('What is red? '.repeat(9))]);
    expect(long.instruction?.shape).toEqual([1, 12]);
  });

  it('keeps images with other questions apart, and takes nothing from a connector that does not read', async () => {
    const key = async (text: string): Promise<string | undefined> => (await state.model.processor.encode([ask(text)])).media[0]?.key;
    expect(await key('What is red?')).not.toBe(await key('What is blue?'));
    const plain = (await assemble(spec(false), { seed: 1, tokenizer: worldTokenizer })).model;
    expect(Object.keys(await feedsOf(plain, [ask('What is red?')]))).toEqual(['pixels']);
  });

  it('gives other rows to other questions, the same whether images go through alone or together, from a folder too', async () => {
    const saved = join(dir, 'saved');
    await state.save(saved);
    const model = await Mllm.load(saved);
    const questions = [ask('What is red?'), ask('How many dogs are there in the picture?'), ask('What is red?', 5)];
    const prompts = await Promise.all(questions.map((q) => model.encode([q])));
    const media = prompts.flatMap((p) => p.media);
    const alone = await Promise.all(media.map(async (m) => [...(await model.encodeImages([m])).data]));
    const together = await model.encodeImages(media);
    expect(together.shape).toEqual([9, 16]);
    together.data.forEach((v, i) => {
      expect(Math.abs(v - (alone.flat()[i] as number))).toBeLessThan(1e-5);
    });
    expect(alone[0]).not.toEqual(alone[1]);
    expect(alone[0]).not.toEqual(alone[2]);
    await model.dispose();
  });

  it('trains with questions of different lengths in one program, the language model frozen', async () => {
    const events: RunEvent[] = [];
    await runRecipe(
      defineRecipe({
        model: spec(true),
        stages: [
          stage.instruct({
            train: ['connector'],
            data: world.instructions({ scenes: 12, turns: 1, captions: 0 }),
            ...{ batch: 4, steps: 3, lr: 1e-3, logEvery: 1, blindEvery: 0 },
          }),
        ],
      }),
      { dir: join(dir, 'run'), onEvent: (event) => void events.push(event) },
    );
    expect(events.filter((e) => e.type === 'step')).toHaveLength(3);
  });

  it('needs a length for what it reads', () => {
    expect(() =>
      mllm({
        vision: clipVision({ imageSize: 32, patchSize: 16, width: 16, layers: 1, featureLayer: -1 }),
        connector: qformer({ queries: 2, width: 16, layers: 1, heads: 2, instruction: true }),
        language: llama({ width: 16, layers: 1, heads: 2 }),
      }),
    ).toThrow(expect.objectContaining({ code: 'model.config' }));
    expect(mlp().build(4, 4).instructionLength).toBeUndefined();
  });
});
