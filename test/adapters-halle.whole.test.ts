// The HallE switch: at zero the plain model to the bit in stream, batch, beams and engine; turned by each row of a batch; trained alone, saved, read again.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../src/data/index.js';
import { Engine, type GenerateOptions, Mllm, type Piece, type Prompt } from '../src/generate/index.js';
import type { Parameter } from '../src/graph/index.js';
import { openModel, type Sequence, saveModel } from '../src/model/index.js';
import { halle, open } from '../src/models.js';
import { ADAPTERS_KEY } from '../src/networks/index.js';
import { defineRecipe, runRecipe, stage, type TrainedModel } from '../src/train/index.js';
import { OpenedState } from '../src/train/trained-model.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { Rng } from '../src/util/rng.js';
import { exportGguf } from '../src/weights/export/index.js';
import { picture } from './golden/picture.js';
import { golden } from './golden/read.js';

let root: string;
/** Without a switch, with one of zeros, and with one of random numbers. */
let models: Record<'plain' | 'zero' | 'turned', Mllm>;

const turn = (epsilon: number): GenerateOptions => ({ halle: { epsilon } });

/** Values with a random matrix in the switch. */
function random(values: ReadonlyMap<Parameter, HostTensor>): Map<Parameter, HostTensor> {
  const rng = new Rng(4);
  return new Map(
    [...values].map(([p, v]) => [
      p,
      /adapters\.0\.switch/.test(p.name)
        ? hostTensor(
            'float32',
            p.dims,
            Float32Array.from({ length: p.count }, () => rng.normal()),
          )
        : v,
    ]),
  );
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-halle-'));
  const { dir } = await golden('llava/clip');
  const fresh = await openModel(dir, { adapters: [halle()] });
  await saveModel(fresh, join(root, 'zero'));
  await saveModel(fresh, join(root, 'turned'), { values: random(fresh.values) });
  models = {
    plain: await Mllm.load(dir),
    zero: await Mllm.load(join(root, 'zero')),
    turned: await Mllm.load(join(root, 'turned')),
  };
});
afterAll(async () => {
  for (const model of Object.values(models)) await model.dispose();
  await rm(root, { recursive: true, force: true });
});

const ask = (k: number) => [
  {
    role: 'user' as const,
    content: [
      { type: 'image' as const, source: picture(30, 30, k) as never },
      { type: 'text' as const, text: 'a red dog' },
    ],
  },
];

interface Read {
  ids: number[];
  logProbs: number[];
}

async function read(pieces: AsyncIterable<Piece>): Promise<Read> {
  const out: Read = { ids: [], logProbs: [] };
  for await (const { token } of pieces)
    if (token) {
      out.ids.push(token.id);
      out.logProbs.push(token.logProb);
    }
  return out;
}
const stream = (model: Mllm, k: number, o: GenerateOptions = {}): Promise<Read> =>
  read(model.stream({ messages: ask(k), maxTokens: 8, ignoreEos: true, ...o }));

describe('at zero it is the plain model, to the bit', () => {
  const settings: [string, 'zero' | 'turned', GenerateOptions][] = [
    ['a matrix of zeros, turned', 'zero', turn(-1)],
    ['a matrix, not turned', 'turned', {}],
    ['a matrix, at epsilon 0', 'turned', turn(0)],
  ];

  it.each(settings)('in a stream, greedy and drawn: %s', async (_, name, o) => {
    for (const how of [{}, { temperature: 1, seed: 3 }])
      expect(await stream(models[name], 1, { ...how, ...o })).toEqual(await stream(models.plain, 1, how));
  });

  it.each(settings)('in beams and in a batch: %s', async (_, name, o) => {
    const content = [{ type: 'image' as const, source: picture(30, 30, 2) }, 'what is it?'];
    const beams = async (model: Mllm, more: GenerateOptions = {}) =>
      (await model.generate(content as never, { maxTokens: 5, beams: 3, returnSequences: 3, ...more })).sequences;
    expect(await beams(models[name], o)).toEqual(await beams(models.plain));
    const questions = [1, 2, 3].map((k) => ({ image: picture(30, 30, k), question: 'what is it?' }));
    const batch = (model: Mllm, more: GenerateOptions = {}) => model.answer(questions, { maxTokens: 5, ignoreEos: true, ...more });
    expect(await batch(models[name], o)).toEqual(await batch(models.plain));
  });

  it.each(settings)('in an engine: %s', async (_, name, o) => {
    const run = async (model: Mllm, more: GenerateOptions = {}): Promise<Read[]> => {
      const engine = await Engine.create(model, { slots: 3, prefillChunk: 8 });
      const { method: _, ...rest } = more;
      // Images are read before, so that both requests are in every batch together, whenever their pictures would have been ready.
      for (const k of [1, 2]) await read(engine.submit({ messages: ask(k), maxTokens: 1, ...rest }));
      const all = await Promise.all([1, 2].map((k) => read(engine.submit({ messages: ask(k), maxTokens: 8, ignoreEos: true, ...rest }))));
      await engine.dispose();
      return all;
    };
    expect(await run(models[name], o)).toEqual(await run(models.plain));
  });
});

describe('turned', () => {
  it('it changes the reply, and is linear in epsilon: h + epsilon W h', async () => {
    const policy = await models.turned.policy();
    const prompt = (epsilon?: number): Prompt => ({ ids: Int32Array.of(1, 5, 9), epsilon });
    const logits = async (epsilon?: number): Promise<Float32Array> => (await policy.start([prompt(epsilon)])).logits.at(0).slice();
    const [low, zero, high, half] = [await logits(-1), await logits(), await logits(1), await logits(0.5)];
    expect(low).not.toEqual(zero);
    for (const [i, v] of zero.entries()) {
      expect(((low[i] as number) + (high[i] as number)) / 2).toBeCloseTo(v, 3);
      expect(((high[i] as number) + v) / 2).toBeCloseTo(half[i] as number, 3);
    }
  });

  it('by each row of a batch for itself, through steps and forks', async () => {
    const policy = await models.turned.policy();
    const ids = Int32Array.of(1, 5, 9);
    const alone: Float32Array[] = [];
    for (const epsilon of [-1, 0, 0.5]) {
      const rows = await policy.start([{ ids, epsilon }]);
      alone.push((await policy.step(rows, [7])).at(0).slice());
    }
    const rows = await policy.start([-1, 0, 0.5].map((epsilon) => ({ ids, epsilon })));
    const together = await policy.step(rows, [7, 7, 7]);
    for (const [i, wanted] of alone.entries()) for (const [k, v] of together.at(i).entries()) expect(v).toBeCloseTo(wanted[k] as number, 3);
    const start = await policy.start([{ ids, epsilon: 0.5 }]);
    const forked = await policy.step(policy.select(start, [0, 0], 2), [7, 7]);
    for (const i of [0, 1]) for (const [k, v] of forked.at(i).entries()) expect(v).toBeCloseTo((alone[2] as Float32Array)[k] as number, 3);
  });

  it('scores of equal sequences differ by it', async () => {
    const policy = await models.turned.policy();
    const sequence = (epsilon?: number): Sequence => ({ ids: Int32Array.of(1, 5, 9, 7), media: [], epsilon });
    const [one, two, three] = await policy.score([sequence(), sequence(-1), sequence()]);
    expect(two).not.toEqual(one);
    expect(three).toEqual(one);
    const [own] = await policy.score([sequence(-1)]);
    for (const [i, v] of (own as Float32Array).entries()) expect(v).toBeCloseTo(two?.[i] as number, 4);
  });

  it('in an engine each request has its own, beside others, and a method over it', async () => {
    const engine = await Engine.create(models.turned, { slots: 5, prefillChunk: 8 });
    const asked: { k: number; o: GenerateOptions }[] = [
      { k: 1, o: turn(-1) },
      { k: 1, o: {} },
      { k: 2, o: turn(1) },
      { k: 3, o: { ...turn(-0.5), method: { name: 'vcd', alpha: 1 } } },
    ];
    const alone: Read[] = [];
    for (const { k, o } of asked) alone.push(await stream(models.turned, k, o));
    const both = await Promise.all(
      asked.map(({ k, o }) => read(engine.submit({ messages: ask(k), maxTokens: 8, ignoreEos: true, ...(o as object) }))),
    );
    expect(both.map(({ ids }) => ids)).toEqual(alone.map(({ ids }) => ids));
    expect(alone[0]?.ids).not.toEqual(alone[1]?.ids);
    await engine.dispose();
  });

  it.each([
    ['a model without a switch', 'plain', 0.5, 'generate.method'],
    ['an epsilon out of range', 'turned', 1.5, 'generate.option'],
    ['an epsilon that is not a number', 'turned', Number.NaN, 'generate.option'],
  ] as const)('%s is refused', async (_, name, epsilon, code) => {
    await expect(stream(models[name], 1, turn(epsilon))).rejects.toMatchObject({ code });
    const engine = await Engine.create(models[name], { slots: 1 });
    expect(() => engine.submit({ messages: ask(1), halle: { epsilon } })).toThrow(expect.objectContaining({ code }));
    await engine.dispose();
  });

  it('encoder-decoders have none', async () => {
    const model = await Mllm.load((await golden('t5/flan')).dir);
    const replied = async (): Promise<void> => {
      for await (const _ of model.continueIds([3, 4, 5], { halle: { epsilon: 0.5 } })) break;
    };
    await expect(replied()).rejects.toMatchObject({ code: 'generate.method' });
    await model.dispose();
  });

  it('exports refuse the model by name', async () => {
    await expect(exportGguf(join(root, 'turned'), join(root, 'gguf'))).rejects.toMatchObject({ code: 'weights.export', got: 'halle' });
  });
});

describe('training', () => {
  const rows = (epsilons: readonly unknown[]): string =>
    epsilons
      .map((epsilon, i) => {
        const messages = [
          { role: 'user', content: `number ${i % 2}` },
          { role: 'assistant', content: epsilon === 1 ? 'a red dog' : 'a cat' },
        ];
        return `${JSON.stringify({ messages, ...(epsilon === undefined ? {} : { epsilon }) })}\n`;
      })
      .join('');
  const train = async (name: string, epsilons: readonly unknown[], adapters = [halle()]): Promise<TrainedModel> => {
    const file = join(root, `${name}.jsonl`);
    await writeFile(file, rows(epsilons));
    const recipe = defineRecipe({
      model: open((await golden('llava/clip')).dir, { adapters }),
      stages: [
        stage.instruct({
          data: conversations(file),
          train: adapters.length > 0 ? ['adapters'] : ['language'],
          batch: 4,
          steps: 40,
          lr: 0.03,
        }),
      ],
    });
    return (await runRecipe(recipe, { dir: join(root, name) })).state as TrainedModel;
  };

  it('trains the matrix alone, by the epsilon of each row, and keeps it in the folder', async () => {
    const state = await train('rows', [-1, 1, -1, 1]);
    expect(state).toBeInstanceOf(OpenedState);
    expect([...state.touched].map((p) => p.name)).toEqual(['language_model.model.adapters.0.switch.weight']);
    const dir = join(root, 'rows', 'model');
    await state.save(dir);
    expect(JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'))[ADAPTERS_KEY]).toEqual([{ kind: 'halle' }]);
    const model = await Mllm.load(dir);
    const policy = await model.policy();
    /** How probable a reply is. */
    const at = async (reply: string, epsilon: number): Promise<number> => {
      const sequence = await model.model.processor.encode([
        { role: 'user', content: 'number 0' },
        { role: 'assistant', content: reply },
      ]);
      const [scores] = await policy.score([{ ...sequence, epsilon }]);
      return (scores as Float32Array).reduce((sum, v, i) => sum + v * (sequence.weights?.[i] as number), 0);
    };
    for (const [reply, own] of [
      ['a red dog', 1],
      ['a cat', -1],
    ] as const) {
      expect(await at(reply, own)).toBeGreaterThan((await at(reply, 0)) + 2);
      expect(await at(reply, 0)).toBeGreaterThan((await at(reply, -own)) + 2);
    }
    const plain = await models.plain.generate('number 0', { maxTokens: 8 });
    expect((await model.generate('number 0', { maxTokens: 8 })).tokens).toEqual(plain.tokens);
    await model.dispose();
  });

  it('rows that turn a switch which the model does not have are refused, and values that are no epsilon', async () => {
    await expect(train('none', [-1, 1], [])).rejects.toMatchObject({ code: 'train.sequence' });
    await expect(train('wrong', [2, 1])).rejects.toMatchObject({ code: 'train.data' });
  });
});
