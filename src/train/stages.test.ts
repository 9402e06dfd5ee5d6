// Stages from outside: which rows they take, what they refuse, what they say of data, and what a folder of trained parts brings.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clipVision, llama, type MllmNetwork, mllm, mlp, qformer } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { makeScene, world } from '../world/index.js';
import {
  applyOverrides,
  assemble,
  clipOf,
  defineRecipe,
  type LoggedEvent,
  type Recipe,
  rowOrder,
  runRecipe,
  type SceneSource,
  stage,
  stepsPerEpoch,
  type TrainedModel,
} from './index.js';
import { worldTokenizer } from './world-tokenizer.js';

const root = join(import.meta.dirname, '../..');
const VISION = { imageSize: 64, patchSize: 16, width: 32, layers: 1 };
const LANGUAGE = { width: 32, layers: 1, heads: 2 };
const small = () => mllm({ vision: clipVision(VISION), connector: mlp(), language: llama(LANGUAGE) });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-stages-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Rows over scenes with these replies. */
const rows = (replies: readonly string[], turns = 1): SceneSource => ({
  length: replies.length,
  description: replies,
  get: (i) => ({
    scene: makeScene(i, { seed: 1 }),
    language: 'en',
    turns: Array.from({ length: turns }, () => [
      { role: 'user' as const, content: 'What is there?' },
      { role: 'assistant' as const, content: replies[i] as string },
    ]).flat() as never,
  }),
});

async function train(stages: Recipe['stages'], o: { dir?: string; resume?: boolean; stopAt?: number } = {}) {
  const events: LoggedEvent[] = [];
  const controller = new AbortController();
  const onEvent = (e: LoggedEvent): void => {
    events.push(e);
    if (e.type === 'step' && e.step === o.stopAt) controller.abort();
  };
  const run = runRecipe(defineRecipe({ model: small(), stages }), {
    dir: o.dir ?? join(dir, 'run'),
    onEvent,
    resume: o.resume,
    signal: controller.signal,
  });
  const { result, error } = await run.then(
    (r) => ({ result: r, error: undefined }),
    (e: SensoriumError) => ({ result: undefined, error: e }),
  );
  return { summary: result?.summaries[0], state: result?.state as TrainedModel | undefined, error, events };
}
const bytes = (state: TrainedModel | undefined): string =>
  Buffer.concat((state as TrainedModel).parameters.map((p) => Buffer.from((state as TrainedModel).value(p).data.slice().buffer))).toString(
    'base64',
  );

describe('the order of rows', () => {
  it('takes every row once in an epoch, the last batch short', () => {
    const order = rowOrder({ count: 10, batch: 4 });
    expect([0, 1, 2, 3].map(order)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
      [0, 1, 2, 3],
    ]);
    expect(stepsPerEpoch({ count: 10, batch: 4 })).toBe(3);
    // With accumulation an epoch ends with a step.
    const steps = rowOrder({ count: 10, batch: 4, accumulate: 2 });
    expect([0, 1, 2, 3, 4].map(steps)).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [], [0, 1, 2, 3]]);
    expect(rowOrder({ count: 2, batch: 16 })(5)).toEqual([0, 1]);
  });

  it('may wrap around', () => {
    const order = rowOrder({ count: 5, batch: 4, lastBatch: 'wrap' });
    expect([0, 1, 2].map(order)).toEqual([
      [0, 1, 2, 3],
      [4, 0, 1, 2],
      [3, 4, 0, 1],
    ]);
  });

  it('is another one in every epoch when shuffled, and a function of seed and epoch alone', () => {
    const epoch = (order: (i: number) => number[], e: number): number[] => [0, 1, 2].flatMap((i) => order(e * 3 + i));
    const order = rowOrder({ count: 10, batch: 4, shuffle: 3 });
    const late = epoch(rowOrder({ count: 10, batch: 4, shuffle: 3 }), 7);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((e) => epoch(order, e))[7]).toEqual(late);
    for (const e of [0, 1, 7]) expect([...epoch(order, e)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch(order, 0)).not.toEqual(epoch(order, 1));
    expect(epoch(order, 0)).not.toEqual(epoch(rowOrder({ count: 10, batch: 4, shuffle: 4 }), 0));
  });

  it('is the same after a stop in the second epoch', async () => {
    const stages = () => [
      stage.pretrain({
        data: world.captions({ scenes: 6, detail: 'short' }),
        batch: 4,
        steps: 5,
        shuffle: true,
        logEvery: 1,
        blindEvery: 2,
      }),
    ];
    const whole = await train(stages());
    const at = { dir: join(dir, 'stopped') };
    expect((await train(stages(), { ...at, stopAt: 3 })).error?.name).toBe('AbortError');
    const resumed = await train(stages(), { ...at, resume: true });
    expect(bytes(resumed.state)).toBe(bytes(whole.state));
    const other = await train([stage.pretrain({ data: world.captions({ scenes: 6, detail: 'short' }), batch: 4, steps: 5 })], {
      ...at,
      resume: true,
    });
    expect(other.error?.code).toBe('train.recipe');
    expect(other.error?.expected).toContain('shuffle');
  });
});

describe('data without loss', () => {
  it.each(['pretrain', 'instruct'] as const)('is refused before the first step of %s', async (kind) => {
    for (const reply of ['', ' \n\t']) {
      const { error, events } = await train([stage[kind]({ data: rows(new Array(8).fill(reply)), batch: 4, steps: 2 })], {
        dir: join(dir, `${kind}${reply.length}`),
      });
      expect(error?.code).toBe('train.noloss');
      expect(events.some((e) => e.type === 'step' || e.type === 'checkpoint')).toBe(false);
    }
  });

  it('is skipped in whole batches and counted in mixed ones', async () => {
    const { summary, events } = await train([stage.instruct({ data: rows(['', '', 'yes', '', 'no', 'yes']), batch: 2, logEvery: 1 })]);
    expect(summary?.unused).toMatchObject({ skippedSteps: 1, rowsWithoutLoss: 3 });
    expect(events.filter((e) => e.type === 'skip').map((e) => e.type === 'skip' && e.rows)).toEqual([[0, 1]]);
    expect(events.filter((e) => e.type === 'step').every((e) => e.type === 'step' && Number.isFinite(e.loss))).toBe(true);
  });

  it('tells rows that are too long from those that are shortened', async () => {
    const short = await train([stage.instruct({ data: rows(['yes', 'no'], 6), batch: 2, maxLength: 64 })]);
    expect(short.summary?.unused?.shortenedRows).toBe(2);
    expect(short.summary?.unused?.droppedTurns).toBeGreaterThan(2);
    expect(short.events.filter((e) => e.type === 'warning').map((e) => e.type === 'warning' && e.code)).toEqual(['train.shortened']);
    const long = await train([stage.instruct({ data: rows(['yes', 'yes '.repeat(60)]), batch: 2, maxLength: 64 })], {
      dir: join(dir, 'long'),
    });
    expect(long.error?.code).toBe('text.length');
    expect(long.error?.place).toContain('row 1');
  });
});

describe('what stages refuse', () => {
  const data = world.captions({ scenes: 8, detail: 'short' });
  const wrong: unknown[] = [null, -1, 2.5, Number.NaN, 10n, '', 'langage', true, [], ['x'], {}, () => 1, Symbol('x'), Object.create(null)];
  const surfaced = (make: () => unknown): unknown => {
    try {
      make();
    } catch (error) {
      return error instanceof SensoriumError ? undefined : error;
    }
    return undefined;
  };

  it('is always an error of this library, whatever the type', () => {
    const keys = [
      'steps',
      'lr',
      'schedule',
      'warmup',
      'betas',
      'clip',
      'accumulate',
      'checkpointEvery',
      'blindEvery',
      'logEvery',
      'seed',
      'train',
      'data',
      'batch',
      'maxLength',
      'shuffle',
      'lastBatch',
      'name',
    ];
    for (const value of wrong) {
      for (const key of keys)
        expect(surfaced(() => defineRecipe({ model: small(), stages: [stage.instruct({ data, [key]: value })] }))).toBeUndefined();
      for (const key of ['name', 'seed', 'model', 'from', 'tokenizer', 'template', 'state', 'stages', 'describe'])
        expect(surfaced(() => defineRecipe({ model: small(), stages: [stage.pretrain({ data })], [key]: value }))).toBeUndefined();
      for (const make of [clipVision, llama, mlp, mllm, stage.pretrain, defineRecipe] as ((v: unknown) => unknown)[])
        expect(surfaced(() => make(value))).toBeUndefined();
      for (const key of ['imageSize', 'patchSize', 'width', 'layers', 'heads', 'stem', 'featureLayer'])
        expect(surfaced(() => clipVision({ ...VISION, [key]: value } as never))).toBeUndefined();
      for (const key of ['width', 'layers', 'heads', 'kvHeads', 'positions', 'tied'])
        expect(surfaced(() => llama({ ...LANGUAGE, [key]: value } as never).config(10))).toBeUndefined();
      for (const key of ['queries', 'width', 'layers', 'heads'])
        expect(
          surfaced(() => qformer({ queries: 4, width: 32, layers: 1, heads: 2, [key]: value } as never).build(32, 32)),
        ).toBeUndefined();
    }
  });

  const code = (make: () => unknown): string | undefined => {
    try {
      make();
    } catch (error) {
      return (error as SensoriumError).code;
    }
    return undefined;
  };

  it('names a misspelt part with the nearest', () => {
    const recipe = defineRecipe({ model: small(), stages: [stage.pretrain({ data })] });
    for (const list of ['connector,langage', 'vison', '', 'connector,connector'])
      expect(code(() => applyOverrides(recipe, [`train=${list}`]))).toBe('train.option');
    expect(() => applyOverrides(recipe, ['train=connector,langage'])).toThrow(/Did you mean 'language'/);
    for (const override of ['batch=0', 'batch=2.5', 'steps=-1', 'maxLength=-3', 'lastBatch=all', 'shuffle=often'])
      expect(code(() => applyOverrides(recipe, [override]))).toBe('train.option');
    expect(applyOverrides(recipe, ['shuffle=7', 'lastBatch=wrap']).stages[0]?.options).toMatchObject({ shuffle: 7, lastBatch: 'wrap' });
  });

  it('names sizes that do not go together', () => {
    const join_ = (vision: object, connector = mlp(), language: object = {}) =>
      code(() => mllm({ vision: clipVision({ ...VISION, ...vision }), connector, language: llama({ ...LANGUAGE, ...language }) }));
    expect(join_({}, mlp({ shuffle: 3 }))).toBe('model.config');
    expect(join_({}, qformer({ queries: 4, width: 32, layers: 1, heads: 3 }) as never)).toBe('model.config');
    expect(join_({ heads: 5 })).toBe('model.config');
    expect(join_({ featureLayer: 4 })).toBe('model.config');
    expect(join_({ stem: [16], patchSize: 16 })).toBe('model.config');
    expect(join_({}, mlp(), { heads: 3 })).toBe('model.config');
    // Patches are rounded down, as in published towers: pixels beyond the last whole patch are not used.
    expect(
      mllm({ vision: clipVision({ ...VISION, imageSize: 33, patchSize: 8 }), connector: mlp(), language: llama(LANGUAGE) }).config({
        vocabSize: 9,
        imageTokenId: 1,
      }).image_seq_length,
    ).toBe(16);
  });

  it('names data that are no scenes, and the row', async () => {
    const good = data.get(0);
    const of = (get: (i: number) => unknown, length: unknown = 4) => ({ length, description: 0, get }) as never as SceneSource;
    const sources: [unknown, string][] = [
      [of(() => good, 0), 'length'],
      [of(() => good, Number.NaN), 'length'],
      [[good], 'data'],
      [(async function* () {})(), 'data'],
      [of(() => undefined), 'row'],
      [of(() => ({ ...good, scene: undefined })), 'row'],
      [of(() => ({ scene: good.scene, turns: [] })), 'row'],
      [
        of(() => ({
          scene: good.scene,
          turns: [
            { role: 'user', content: 'x' },
            { role: 'bot', content: 'y' },
          ],
        })),
        'row',
      ],
      [
        of(() => {
          throw new TypeError('boom');
        }),
        'row',
      ],
      [world.captions({ scenes: 4, size: 32 }), 'row'],
    ];
    for (const [i, [source, place]] of sources.entries()) {
      const made = (() => {
        try {
          return [stage.pretrain({ data: source as SceneSource, batch: 2, steps: 1 })];
        } catch (error) {
          return error as SensoriumError;
        }
      })();
      const error =
        made instanceof SensoriumError
          ? made
          : await train(made, { dir: join(dir, `d${i}`) }).then(
              (r) => r.error,
              (e: SensoriumError) => e,
            );
      expect([i, error?.code, error?.place?.includes(place === 'row' ? 'row ' : 'data')]).toEqual([i, 'train.data', true]);
    }
    expect(code(() => defineRecipe({ model: small(), stages: [stage.contrastive({ data, batch: 1 })] }))).toBe('train.option');
  });
});

describe('folders of trained parts', () => {
  const TINY = join(root, 'models/sensorium-tiny');
  const GOLDEN = join(root, 'test/golden/families/llava');
  const vision = { imageSize: 64, patchSize: 8, width: 128, layers: 3, heads: 4, stem: [32, 64], stemNorm: true, featureLayer: -1 };
  const language = { width: 128, layers: 4, heads: 4, feedForward: 384, positions: 256 };
  const open = (all: string, v: object = vision, l: object = language) =>
    assemble(mllm({ vision: clipVision(v as never), connector: mlp(), language: llama(l as never) }), {
      seed: 0,
      tokenizer: worldTokenizer,
      from: { all },
    });
  const failure = (promise: Promise<unknown>): Promise<SensoriumError> =>
    promise.then(
      () => expect.unreachable('it was taken') as never,
      (error: SensoriumError) => error,
    );

  it('bring template, image processor and sizes into training and into the saved model', async () => {
    const changed = join(dir, 'changed');
    await cp(TINY, changed, { recursive: true });
    const edit = async (file: string, how: (text: string) => string): Promise<void> =>
      writeFile(join(changed, file), how(await readFile(join(changed, file), 'utf8')));
    await edit('preprocessor_config.json', (t) => JSON.stringify({ ...JSON.parse(t), image_mean: [0.5, 0.5, 0.5], resample: 2 }));
    await edit('chat_template.jinja', (t) => t.replace("{{ '<|user|>' }}", "{{ '<|user|>Question: ' }}"));
    await edit('config.json', (t) =>
      t.replace('"rope_theta": 10000', '"rope_theta": 20000').replace('"hidden_act": "quick_gelu"', '"hidden_act": "gelu"'),
    );
    const [plain, other] = [
      await open(TINY),
      await open(changed, { ...vision, heads: undefined, featureLayer: undefined }, { ...language, feedForward: undefined }),
    ];
    const pixels = (state: TrainedModel): number =>
      clipOf(state, 'test').processor.process({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) })[0] as number;
    expect(pixels(other)).toBeCloseTo(-0.5 / 0.26862954, 4);
    expect(pixels(plain)).toBeCloseTo(-0.48145466 / 0.26862954, 4);
    await other.save(join(dir, 'model'));
    const json = async (file: string) => JSON.parse(await readFile(join(dir, 'model', file), 'utf8'));
    expect(await json('preprocessor_config.json')).toMatchObject({ image_mean: [0.5, 0.5, 0.5], resample: 2 });
    expect(await readFile(join(dir, 'model/chat_template.jinja'), 'utf8')).toContain('Question: ');
    expect(await json('config.json')).toMatchObject({
      text_config: { rope_theta: 20000, num_attention_heads: 4 },
      vision_config: { hidden_act: 'gelu', num_attention_heads: 4 },
      vision_feature_layer: -1,
    });
  });

  it('may keep their template in a list of named ones', async () => {
    const listed = join(dir, 'listed');
    await cp(TINY, listed, { recursive: true });
    const template = (await readFile(join(listed, 'chat_template.jinja'), 'utf8')).replace("{{ '<|user|>' }}", "{{ '<|user|>Listed: ' }}");
    await rm(join(listed, 'chat_template.jinja'));
    const config = JSON.parse(await readFile(join(listed, 'tokenizer_config.json'), 'utf8'));
    const chat_template = [
      { name: 'tool_use', template: '{{ messages[0].content }}' },
      { name: 'default', template },
    ];
    await writeFile(join(listed, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template }));
    expect((await open(listed)).model.template?.render([{ role: 'user', content: 'x' }]).text).toContain('Listed: x');
  });

  it('are refused where the recipe says otherwise, naming key and both values', async () => {
    const cases: [string, object, object][] = [
      ['num_attention_heads', vision, { ...language, heads: 8 }],
      ['vision_feature_layer', { ...vision, featureLayer: -2 }, language],
      ['hidden_size', { ...vision, width: 64 }, language],
      ['tie_word_embeddings', vision, { ...language, tied: false }],
      ['stem_channels', { ...vision, stem: [16, 64] }, language],
    ];
    for (const [key, v, l] of cases) {
      const error = await failure(open(TINY, v, l));
      expect([error.code, error.place?.includes(key)]).toEqual(['train.from', true]);
      expect(error.expected && error.got).toBeTruthy();
    }
  });

  it('open as far as the parts of a recipe go: golden LLaVA of CLIP trains, the others are refused with the reason', async () => {
    const state = await open(
      join(GOLDEN, 'clip'),
      { imageSize: 33, patchSize: 8, width: 36, layers: 3 },
      { width: 48, layers: 2, heads: 6 },
    );
    const { config } = state.model.network as MllmNetwork;
    expect(config.text_config).toMatchObject({ vocab_size: 331, num_key_value_heads: 2, rms_norm_eps: 1e-6 });
    expect(config.vision_config).toMatchObject({ intermediate_size: 50, num_attention_heads: 3 });
    expect(clipOf(state, 'test').processor.config.image_mean).toEqual([0.45, 0.5, 0.4]);
    const siglip = await failure(
      open(join(GOLDEN, 'siglip'), { imageSize: 34, patchSize: 8, width: 36, layers: 3 }, { width: 48, layers: 2, heads: 6 }),
    );
    expect([siglip.code, siglip.got?.includes('siglip_vision_model')]).toEqual(['train.from', true]);
    expect((await failure(open(join(root, 'test/golden/families/llava-next/clip-mistral')))).code).toBe('train.from');
    expect((await failure(open(join(dir, 'nothing')))).code).toBe('weights.folder');
  });
});
