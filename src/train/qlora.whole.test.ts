// LoRA over a base in four bits: it trains as over the float matrices that the base stands for, and what is saved is loaded over it again.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { conversations } from '../data/index.js';
import { Mllm } from '../generate/index.js';
import { PackedTensor } from '../graph/index.js';
import { type Model, open } from '../model/index.js';
import { lora } from '../networks/index.js';
import { hostTensor } from '../util/host.js';
import { quantizeFolder } from '../weights/quantize.js';
import { type LoggedEvent, runRecipe, saveTrained, type TrainedModel } from './index.js';
import { defineRecipe } from './recipe.js';
import { openSft } from './sft.js';
import { stage } from './stages.js';

const FLOAT = join(import.meta.dirname, '../../models/sensorium-tiny');
let dir: string;
let base: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'qlora-'));
  base = join(dir, 'base');
  await quantizeFolder(FLOAT, base, {});
  const row = (i: number): object => ({
    messages: [
      { role: 'user', content: `What is number ${i}?` },
      { role: 'assistant', content: i % 2 === 0 ? 'A red cup.' : 'A blue dog, on the left.' },
    ],
  });
  writeFileSync(join(dir, 'rows.jsonl'), Array.from({ length: 4 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function train(name: string, change: (model: Model) => Model): Promise<{ losses: number[]; state: TrainedModel }> {
  const spec = open(base, { adapters: [lora({ rank: 8, alpha: 16, targets: ['q_proj', 'v_proj', 'down_proj'] })] });
  const model = { ...spec, open: async (o: Parameters<typeof spec.open>[0]) => change(await spec.open(o)) };
  const data = conversations(join(dir, 'rows.jsonl'));
  const recipe = defineRecipe({
    name,
    seed: 3,
    model,
    stages: [stage.instruct({ data, train: ['adapters'], batch: 4, steps: 12, lr: 3e-3, logEvery: 1 })],
  });
  const events: LoggedEvent[] = [];
  const { state } = await runRecipe(recipe, { dir: join(dir, name), onEvent: (e) => events.push(e) });
  return { losses: events.flatMap((e) => (e.type === 'step' ? [e.loss] : [])), state: state as TrainedModel };
}

it('learns as over the dequantized base, and its adapter is loaded over the base in four bits', async () => {
  const packed = await train('packed', (model) => model);
  const held = [...packed.state.values.values()].filter((v) => v instanceof PackedTensor);
  expect(held.length).toBeGreaterThan(10);
  const plain = await train('plain', (model) => {
    const values = [...model.values].map(([p, v]) => [p, v instanceof PackedTensor ? hostTensor('float32', p.dims, v.data) : v] as const);
    return { ...model, quantized: false, values: new Map(values) };
  });
  expect(packed.losses).toHaveLength(12);
  for (const [i, loss] of plain.losses.entries()) expect(Math.abs(loss - (packed.losses[i] as number))).toBeLessThan(1e-3);
  expect(packed.losses.at(-1)).toBeLessThan(0.7 * (packed.losses[0] as number));
  const saved = await saveTrained(packed.state, join(dir, 'packed'));
  expect(JSON.parse(readFileSync(join(saved, 'adapter_config.json'), 'utf8')).r).toBe(8);
  const taught = await Mllm.load(base, { adapters: [saved] });
  const { text } = await taught.generate(['What is number 0?'], { maxTokens: 8 });
  expect(typeof text).toBe('string');
  await taught.dispose();
});

it('says what to do where weights in four bits cannot learn', async () => {
  const options = { model: base, batch: 2, epochs: 1, seed: 0, skipBad: false, holdout: 0 } as unknown as Parameters<typeof openSft>[0];
  await expect(openSft({ ...options, lora: 0 })).rejects.toMatchObject({
    code: 'weights.quantized',
    hint: expect.stringContaining('--lora 16'),
  });
  await expect(openSft({ ...options, lora: 8, train: ['adapters', 'language'] })).rejects.toMatchObject({
    code: 'weights.quantized',
    place: expect.stringContaining('language_model'),
  });
  await expect(openSft({ ...options, lora: 8, method: 'reward' })).rejects.toMatchObject({ code: 'weights.quantized' });
});
