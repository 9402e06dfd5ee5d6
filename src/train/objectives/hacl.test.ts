// HACL: the losses of the definition and their gradients as PyTorch has them, queues that go on from batch to batch and through a resume.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../../data/index.js';
import { concat, detach, grad, input } from '../../graph/index.js';
import { hacl, open } from '../../models.js';
import { HaclHead } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { readCheckpoint } from '../checkpoint.js';
import type { RunEvent } from '../events.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';
import { haclLoss } from './hacl.js';

interface Facts {
  samples: number;
  wrong: number;
  features: number;
  queue: number;
  runs: {
    temperature: number;
    batches: { features: number[][]; visual: number; textual: number; gradients: number[][]; temperature: number }[];
    queues: number[][];
  }[];
}
const facts = JSON.parse(readFileSync(resolve('test/golden/hacl.json'), 'utf8')) as Facts;
const { samples: n, wrong: m, features: d, queue: k } = facts;

const tensor = (shape: number[], values: readonly number[]) => hostTensor('float32', shape, Float32Array.from(values));
const close = (got: HostTensor | undefined, wanted: readonly number[], bar: number): void => {
  const { data } = got as HostTensor<'float32'>;
  expect(data).toHaveLength(wanted.length);
  for (const [i, v] of data.entries())
    expect(Math.abs(v - (wanted[i] as number))).toBeLessThan(bar * Math.max(1, Math.abs(wanted[i] as number)));
};

describe('haclLoss', () => {
  const program = async () => {
    const head = new HaclHead(d, d);
    const x = { images: input('images', [n, d]), texts: input('texts', [n, d]), hallucinated: input('hallucinated', [m, d]) };
    const [imageQueue, textQueue] = [input('imageQueue', [k, d]), input('textQueue', [k, d])];
    const heat = input('temperature', [1]);
    const { visual, textual } = haclLoss({ ...x, imageQueue, textQueue, temperature: heat.clip(0.001, 0.5) });
    const gradients = grad(visual.add(textual), [x.images, x.texts, x.hallucinated, heat]);
    const next = (new_: typeof heat, old: typeof heat) => concat([detach(new_), old], 0).slice({ axis: 0, end: k });
    expect(head.temperature.dims).toEqual([1]);
    return compile({
      visual,
      textual,
      ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])),
      imageNext: next(x.images, imageQueue),
      textNext: next(x.texts, textQueue),
    });
  };

  it.each(facts.runs)(
    'is what PyTorch gives over three batches, gradients included: temperature $temperature',
    async ({ temperature, batches, queues }) => {
      const run = await program();
      let [imageQueue, textQueue] = [tensor([k, d], new Array(k * d).fill(0)), tensor([k, d], new Array(k * d).fill(0))];
      for (const b of batches) {
        const [images, texts, hallucinated] = b.features.map((values, i) => tensor([i === 2 ? m : n, d], values)) as [
          HostTensor,
          HostTensor,
          HostTensor,
        ];
        const out = await run.run({ images, texts, hallucinated, imageQueue, textQueue, temperature: tensor([1], [temperature]) });
        close(out.visual, [b.visual], 1e-5);
        close(out.textual, [b.textual], 1e-5);
        b.gradients.forEach((wanted, i) => {
          close(out[`g${i}`], wanted, 2e-5);
        });
        close(out.g3, [b.temperature], 1e-4);
        imageQueue = out.imageNext as HostTensor<'float32'>;
        textQueue = out.textNext as HostTensor<'float32'>;
      }
      close(imageQueue, queues[0] as number[], 1e-6);
      close(textQueue, queues[1] as number[], 1e-6);
      run.dispose();
    },
  );

  it('its gradient is the slope of the loss: finite differences', async () => {
    const run = await program();
    const { features } = (facts.runs[0] as Facts['runs'][number]).batches[1] as Facts['runs'][number]['batches'][number];
    const feeds = (moved: number[][]) => ({
      images: tensor([n, d], moved[0] as number[]),
      texts: tensor([n, d], moved[1] as number[]),
      hallucinated: tensor([m, d], moved[2] as number[]),
      imageQueue: tensor([k, d], new Array(k * d).fill(0.3)),
      textQueue: tensor([k, d], new Array(k * d).fill(-0.2)),
      temperature: tensor([1], [0.3]),
    });
    const at = async (moved: number[][]): Promise<number> => {
      const { visual, textual } = await run.run(feeds(moved));
      return Number(visual?.data[0]) + Number(textual?.data[0]);
    };
    const out = await run.run(feeds(features));
    const exact = [0, 1, 2].map((i) => Float32Array.from((out[`g${i}`] as HostTensor<'float32'>).data));
    const h = 1e-2;
    for (const [part, values] of features.entries())
      for (const i of values.keys()) {
        const moved = (by: number): number[][] => features.map((f, p) => (p === part ? f.map((v, j) => (j === i ? v + by : v)) : f));
        const slope = ((await at(moved(h))) - (await at(moved(-h)))) / (2 * h);
        expect(Math.abs(slope - (exact[part]?.[i] as number)), `${part} ${i}`).toBeLessThan(5e-3);
      }
    run.dispose();
  });
});

describe('a stage of contrasts', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-hacl-'));
    const rows: string[] = [];
    for (let i = 0; i < 6; i++) {
      await sharp({ create: { width: 24, height: 24, channels: 3, background: { r: 40 * i, g: 250 - 40 * i, b: 90 } } })
        .png()
        .toFile(join(dir, `${i}.png`));
      rows.push(
        JSON.stringify({
          image: `${i}.png`,
          conversations: [
            { from: 'human', value: '<image>\nwhat is it?' },
            { from: 'gpt', value: i % 2 ? 'a red dog' : 'a cat' },
          ],
          hallucinated: i % 2 ? 'a blue dog' : ['a dog', 'two cats'],
        }),
      );
    }
    await writeFile(join(dir, 'rows.jsonl'), `${rows.join('\n')}\n`);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const train = async (
    name: string,
    o: { stopAfter?: number; resume?: boolean; adapters?: Parameters<typeof open>[1]; options?: object } = {},
  ): Promise<RunEvent[]> => {
    const recipe = defineRecipe({
      model: open(resolve('test/golden/families/llava/clip'), o.adapters ?? { adapters: [hacl({ features: 8 })] }),
      stages: [
        stage.hacl({
          data: conversations(join(dir, 'rows.jsonl')),
          ...{
            train: ['adapters', 'language'],
            batch: 3,
            steps: 6,
            lr: 0.01,
            queue: 7,
            shuffle: true,
            logEvery: 1,
            checkpointEvery: 3,
            blindEvery: 0,
          },
          ...o.options,
        }),
      ],
    });
    const events: RunEvent[] = [];
    const stop = new AbortController();
    const running = runRecipe(recipe, {
      dir: join(dir, name),
      resume: o.resume,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === o.stopAfter) stop.abort();
      },
    });
    await (o.stopAfter === undefined ? running : running.catch(() => undefined));
    return events;
  };
  const steps = (events: readonly RunEvent[]) => events.flatMap((e) => (e.type === 'step' ? [{ loss: e.loss, metrics: e.metrics }] : []));

  it('learns, and carries its queue in checkpoints: a resume is exact', async () => {
    const whole = steps(await train('whole'));
    expect(whole).toHaveLength(6);
    await train('halves', { stopAfter: 3 });
    expect(steps(await train('halves', { resume: true })).slice(-3)).toEqual(whole.slice(-3));
    const [one, two] = await Promise.all(
      ['whole', 'halves'].map((name) => readCheckpoint(join(dir, name, 'checkpoints', '000-hacl-00000006'))),
    );
    expect(two?.trainer.files['carried.safetensors']).toBeDefined();
    expect(two?.trainer.files).toEqual(one?.trainer.files);
  });

  it.each([
    ['a model without the head', { adapters: {} }, 'train.recipe'],
    ['more hallucinated captions than a row has', { options: { negatives: 2 } }, 'train.data'],
    ['an empty queue', { options: { queue: 0 } }, 'train.option'],
  ])('%s is refused', async (name, o, code) => {
    await expect(train(name.replaceAll(' ', '-'), o)).rejects.toMatchObject({ code });
  });
});
