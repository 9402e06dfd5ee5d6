// What each hop of one training step and of one generated token costs, on the shapes of the shipped models with fresh weights:
// the numbers of docs/architecture.md. No peers; `npm run bench -- hops`.

import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { worldMllm } from '../recipes/quickstart.js';
import { Decoder } from '../src/generate/decoder.js';
import { Sampler } from '../src/generate/sampling.js';
import { lower, rewrite, type Tensor, topological, trainingRewrites } from '../src/graph/index.js';
import { image, Mllm } from '../src/index.js';
import { decodeImage, encodePng } from '../src/media/index.js';
import type { MllmNetwork } from '../src/networks/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { type ChatTemplate, encodeChat, packBatch } from '../src/text/index.js';
import {
  AdamW,
  assemble,
  CheckpointStore,
  clipOf,
  fineTuneObjective,
  GradientBlock,
  GradientPrograms,
  gradientGraph,
} from '../src/train/index.js';
import { conversation } from '../src/train/world-samples.js';
import { worldTokenizer } from '../src/train/world-tokenizer.js';
import { hostTensor } from '../src/util/host.js';
import { loadSprites, renderScene, world } from '../src/world/index.js';
import { benchOptions, median, type Row } from './report.js';

const USAGE = `usage: npm run bench -- hops [options]

The hops of one training step (instruct stage of sensorium-tiny: 10 conversations, rows of 256 tokens) and of one generated token.`;

const BATCH = 10;
const LENGTH = 256;

/** One hop: median milliseconds, and where its code lives. */
interface Hop {
  part: 'step' | 'once' | 'token';
  name: string;
  where: string;
  milliseconds: number;
}

/** Measures the hops and prints them as the tables of the architecture page. */
export async function main(args: readonly string[]): Promise<number> {
  const options = benchOptions(args, USAGE);
  if (!options) return 0;
  const hops: Hop[] = [];
  const repeats = Math.max(options.repeats, 9);
  const add = (part: Hop['part'], name: string, where: string, milliseconds: number): void =>
    void hops.push({ part, name, where, milliseconds });
  /** Median over the repeats of one call in milliseconds, after one that is not counted. */
  const time = async (work: (i: number) => unknown, n = repeats): Promise<number> => {
    await work(0);
    const times: number[] = [];
    for (let i = 1; i <= n; i++) {
      const began = performance.now();
      await work(i);
      times.push(performance.now() - began);
    }
    return median(times);
  };
  const dir = await mkdtemp(join(tmpdir(), 'sensorium-hops-'));
  try {
    const state = await assemble(worldMllm, { seed: 0, tokenizer: worldTokenizer });
    await trainingHops(state, dir, add, time);
    await tokenHops(state, dir, add, time);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  for (const [part, title] of [
    ['step', 'one training step'],
    ['once', 'once per bucket'],
    ['token', 'one answer'],
  ] as const) {
    const rows = hops.filter((h) => h.part === part);
    process.stdout.write(`\n${title}\n`);
    for (const { name, where, milliseconds } of rows)
      process.stdout.write(`| ${name} | ${where} | ${milliseconds < 1 ? milliseconds.toFixed(3) : milliseconds.toFixed(1)} |\n`);
  }
  const load = os.loadavg()[0] as number;
  const busy = load > os.availableParallelism() ? ': a busy machine, compare the rows with one another only' : '';
  process.stdout.write(
    `\nmilliseconds, medians; ${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} logical cores, load ${load.toFixed(1)}${busy}\n`,
  );
  if (options.json !== undefined) {
    const rows: Row[] = hops.map(({ part, name, milliseconds }) => ({
      name: 'hops',
      case: `${part}: ${name}`,
      unit: '1/s',
      sensorium: 1000 / milliseconds,
      peers: {},
      roofline: null,
      extra: { milliseconds },
    }));
    writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  return 0;
}

type State = Awaited<ReturnType<typeof assemble>>;
type Add = (part: Hop['part'], name: string, where: string, milliseconds: number) => void;
type Time = (work: (i: number) => unknown, n?: number) => Promise<number>;

async function trainingHops(state: State, dir: string, add: Add, time: Time): Promise<void> {
  const { tokenizer, processor } = clipOf(state, 'hops');
  const network = state.model.network as MllmNetwork;
  const template = state.model.template as ChatTemplate;
  const runtime = await selectRuntime();
  const sprites = await loadSprites();
  const data = world.instructions({ scenes: 400_000, seed: 4, language: 'mixed', chinese: 0.2, turns: 13, captions: 0.15 });
  const each = <T>(i: number, one: (k: number) => T): T[] => Array.from({ length: BATCH }, (_, k) => one(i * BATCH + k));

  add('step', 'scenes and dialogues', '`world/scene.ts`, `world/questions.ts`', await time((i) => each(i, (k) => data.get(k))));
  const dialogues = each(1, (k) => data.get(k));
  add(
    'step',
    'pixels',
    '`world/render.ts`',
    (await time((i) => each(i, (k) => renderScene(data.get(k).scene, sprites)))) - (await time((i) => each(i, (k) => data.get(k)))),
  );
  const encode = (d: (typeof dialogues)[number]) =>
    encodeChat(conversation(d), { tokenizer, template, imageTokens: network.imageTokens, maxLength: LENGTH });
  add('step', 'template, spans, ids, image runs', '`text/chat.ts`, `text/sample.ts`', await time(() => dialogues.map(encode)));
  const samples = dialogues.map(encode);
  add('step', 'packing', '`text/batch.ts`', await time(() => packBatch(samples, { length: LENGTH, pad: 0 })));
  const size = network.config.vision_config.image_size;
  const images = dialogues.map((d) => ({ width: size, height: size, data: renderScene(d.scene, sprites) }));
  const pixels = hostTensor('float32', [BATCH, 3, size, size]);
  add(
    'step',
    'resize, normalise',
    '`media/clip-processor.ts`',
    await time(() => images.forEach((im, k) => void processor.processInto(im, pixels.data, k * 3 * size * size))),
  );

  const options = { train: ['connector', 'language'], batch: BATCH, maxLength: LENGTH, data, seed: 0 };
  const objective = await fineTuneObjective({ state, runtime, dir, stage: { name: 'hops', index: 0 }, options });
  const whole = await time((i) => objective.batch(i));
  const again = await time(() => objective.batch(1)); // its encoder tokens are kept
  add('step', 'frozen encoder (first time a scene is seen)', '`models/encoders/`', whole - again);
  add('step', 'the whole batch, made while gradients run', '`train/sequence-objective.ts`', whole);

  const batch = await objective.batch(1);
  let outputs: Record<string, Tensor> = {};
  add(
    'once',
    'trace and differentiate',
    '`graph/tensor.ts`, `graph/grad.ts`',
    await time(() => {
      outputs = gradientGraph(objective, batch.bucket);
    }),
  );
  const values = Object.values(outputs);
  process.stderr.write(
    `bucket ${batch.bucket}: ${topological(values).nodes.length} nodes, ${topological(rewrite(values, trainingRewrites)).nodes.length} after rewriting\n`,
  );
  const rewriting = await time(() => rewrite(values, trainingRewrites));
  add('once', 'rewrite', '`graph/passes.ts`', rewriting);
  let bytes = new Uint8Array();
  const trained = new Set(objective.trained);
  const lowering = await time(() => {
    bytes = lower(outputs, { fed: trained }).bytes as Uint8Array<ArrayBuffer>;
  });
  add(
    'once',
    `lower and encode, ${(bytes.length / 1024).toFixed(0)} kB of ONNX`,
    '`graph/lower.ts`, `onnx/encode.ts`',
    lowering - rewriting,
  );
  const buffers = state.pack(objective.trained);
  const programs = new GradientPrograms(objective, buffers, { runtime });
  const began = performance.now();
  const program = await programs.bucket(batch.bucket);
  add('once', 'all of it with the native session', '`runtime/compile.ts`, `runtime/native-load.ts`', performance.now() - began);

  add(
    'step',
    `gradients, ${(program.flops / 1e9).toFixed(1)} GFLOP`,
    '`train/step.ts`, `runtime/native.ts`',
    await time(() => program.run(batch, buffers.gradients)),
  );
  const block = await GradientBlock.create(buffers, { runtime });
  add('step', 'norm', '`train/gradients.ts`', await time(() => block.norm()));
  const optimizer = await AdamW.create(buffers, { runtime });
  add(
    'step',
    `AdamW, ${(buffers.count / 1e6).toFixed(2)} M parameters`,
    '`train/optimizer.ts`',
    await time((i) => optimizer.update({ lr: 1e-9, t: i + 1 })),
  );
  const store = new CheckpointStore(dir);
  const progress = { seconds: 0, busySeconds: 0, tokens: 0, flops: 0, firstLosses: [], lastLosses: [], blindStrikes: 0 };
  const identity = { name: 'hops', hash: '', values: {} };
  const trainer = (step: number) => ({
    versions: {},
    recipe: identity,
    objective: identity,
    stage: { index: 0, name: 'hops', step, steps: 99, finished: false },
    dataPosition: step,
    rng: [0, 0, 0, 0] as never,
    progress,
    summaries: [],
    frozen: '',
  });
  add('step', 'checkpoint (one a minute)', '`train/checkpoint.ts`', await time((i) => store.write(trainer(i), state, { buffers }), 5));
  await programs.dispose();
  block.dispose();
  optimizer.dispose();
  objective.dispose?.();
}

async function tokenHops(state: State, dir: string, add: Add, time: Time): Promise<void> {
  const { tokenizer, processor } = clipOf(state, 'hops');
  const network = state.model.network as MllmNetwork;
  const template = state.model.template as ChatTemplate;
  const sprites = await loadSprites();
  const { scene } = world.instructions({ scenes: 10, split: 'test' }).get(3);
  const size = network.config.vision_config.image_size;
  const png = await encodePng({ width: scene.size, height: scene.size, data: renderScene(scene, sprites) });
  const folder = join(dir, 'model');
  await state.save(folder);
  const loading = performance.now();
  const model = await Mllm.load(folder);
  add('token', 'once: load the folder', '`generate/mllm.ts`, `weights/`', performance.now() - loading);
  const question = 'What is left of the dog?';
  const first = performance.now();
  await model.generate([image(png), question], { maxTokens: 1 });
  add('token', 'once: compile both programs, first token', '`runtime/compile.ts`', performance.now() - first);

  add('token', 'decode the file', '`media/image.ts`', await time(() => decodeImage(png)));
  const picture = await decodeImage(png);
  add('token', 'resize, normalise', '`media/clip-processor.ts`', await time(() => processor.process(picture)));
  const messages = [{ role: 'user' as const, content: [{ type: 'image' as const }, { type: 'text' as const, text: question }] }];
  const encode = () => encodeChat(messages, { tokenizer, template, imageTokens: network.imageTokens, addGenerationPrompt: true });
  add('token', 'template, ids, image run', '`text/chat.ts`, `text/sample.ts`', await time(encode));
  add(
    'token',
    `vision program, ${size}x${size} to ${network.imageTokens} rows`,
    '`models/encoders/`, `models/connectors/`',
    await time(() => model.encodeImages([picture])),
  );

  const { ids, imageRuns } = encode();
  const features = await model.encodeImages([picture]);
  const imagePositions = Int32Array.from(imageRuns.flatMap(([start, n]) => Array.from({ length: n }, (_, i) => start + i)));
  const decoder = await Decoder.create({ network, values: state.values });
  add('token', 'fresh caches', '`generate/decoder.ts`', await time(() => decoder.cache()));
  const cache = decoder.cache();
  let logits = hostTensor('float32', [1]);
  const prefill = async () => {
    cache.truncate(0);
    logits = await decoder.step(cache, { ids: [ids], features, imagePositions });
  };
  add('token', `prefill, ${ids.length} tokens`, '`generate/decoder.ts`, `models/language/llama.ts`', await time(prefill));
  add(
    'token',
    'each token: decode step',
    '`generate/decoder.ts`',
    await time(async () => {
      logits = await decoder.step(cache, { ids: [[7]] });
    }, 60),
  );
  const sampler = new Sampler();
  add('token', 'each token: choose', '`generate/sampling.ts`', await time(() => sampler.choose(logits.data), 200));
  const text = tokenizer.stream({ skipSpecial: true });
  add('token', 'each token: to text', '`text/decode-stream.ts`', await time((i) => text.push(100 + (i % 800)), 200));
  decoder.dispose();
  await model.dispose();
}
