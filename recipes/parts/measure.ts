// Measuring a trained state over the scene world and writing its report: what every recipe ends with.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BenchRecord,
  type BenchResult,
  pickSamples,
  type Report,
  responderOf,
  runBenchmarks,
  WORLD_BENCHMARKS,
  worldScenes,
  writeReport,
} from '../../src/evaluate/index.js';
import { image, Mllm } from '../../src/index.js';
import { encodePng } from '../../src/media/index.js';
import type { MllmNetwork } from '../../src/networks/index.js';
import { type LoggedEvent, readRun, type StageSummary, saveTrained, type TrainedModel } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { Rng } from '../../src/util/rng.js';
import { loadSprites, makeScene, questions, renderScene, type Split, sceneWidth, type WorldOptions } from '../../src/world/index.js';

/** Events that recipes send beside those of training. */
export type LifeEvent =
  | LoggedEvent
  | { type: 'measure'; who: string; bench: string; done: number; total: number }
  | { type: 'note'; message: string };

export interface MeasureOptions {
  title: string;
  dir: string;
  state: TrainedModel;
  summaries: readonly StageSummary[];
  command: string;
  seed: number;
  /** Rows of each kind, by benchmark. */
  counts?: Readonly<Record<string, number>>;
  /** Names of the benchmarks of the scene world to measure on. Default: all. */
  benches?: readonly string[];
  /** Measure the degenerate baselines too. Default true. */
  baselines?: boolean;
  /** What the benchmarks are drawn from. Default: the test split, in English. */
  over?: { split: Split; language: 'en' | 'zh' };
  /** Other scenes than those of the world's defaults: their size, the scale of their objects. */
  world?: Pick<WorldOptions, 'size' | 'scale' | 'aspect'>;
  /** Further measures of the model that was saved, for the report. */
  more?(model: Mllm): Promise<Report['measures']>;
  /** More splits and languages to report, without baselines. */
  splits?: readonly { name: string; split: Split; language: 'en' | 'zh' }[];
  /** Seconds spent before measuring. */
  trainSeconds: number;
  signal?: AbortSignal;
  onEvent?: (event: LifeEvent) => void;
}

export interface LifeResult {
  seconds: number;
  benchmarks: BenchResult[];
  answers: { image: string; question: string; answer: string; truth: string }[];
}

/** Saves the model to `dir/model` (adapters alone to `dir/adapter`), measures it, asks it about image files and writes report.json and report.html. */
export async function measureAndReport(o: MeasureOptions): Promise<LifeResult> {
  const began = Date.now();
  const { dir, state, signal, onEvent, over: { split, language } = { split: 'test', language: 'en' } as const } = o;
  const saved = await saveTrained(state, dir);
  const adapted = state.model.adapters.length > 0;
  const model = adapted ? await Mllm.load(state.model.dir, { adapters: [saved] }) : await Mllm.load(saved);
  const sprites = await loadSprites();
  const { vision_config } = (state.model.network as MllmNetwork).config as { vision_config?: { image_size: number } };
  const size = o.world?.size ?? vision_config?.image_size ?? 64;
  const shown = { ...o.world, size };
  const responder = await responderOf(model);
  const onProgress = (p: { who: string; bench: string; done: number; total: number }): void => onEvent?.({ type: 'measure', ...p });
  const shared = { responder, n: o.counts, signal, onProgress };
  const over = (of: Split, spoken: 'en' | 'zh') => {
    const scenes = worldScenes(sprites, { ...shown, split: of, seed: o.seed, language: spoken });
    return WORLD_BENCHMARKS.map((open) => open(scenes)).filter(({ name }) => o.benches?.includes(name) ?? true);
  };
  const records: BenchRecord[] = [];
  const benchmarks = await runBenchmarks({
    ...shared,
    benchmarks: over(split, language),
    baselines: o.baselines,
    onRecord: (record) => records.push(record),
  });
  const splits: Record<string, BenchResult[]> = {};
  for (const { name, split: of, language: spoken } of o.splits ?? [])
    splits[name] = await runBenchmarks({ ...shared, benchmarks: over(of, spoken), baselines: false, who: name });
  const measures = await o.more?.(model);
  await responder.dispose();
  const answers = await askFiles(model, join(dir, 'images'), o.seed, shown, signal);
  await model.dispose();
  const seconds = o.trainSeconds + (Date.now() - began) / 1000;
  await writeReport(dir, {
    title: o.title,
    source: {
      name: 'scene world',
      description: `split ${split}, language ${language}, seed ${o.seed}, ${size}x${size} pixels, default prior and evidence`,
    },
    seconds,
    stages: o.summaries.map(stageRow),
    benchmarks,
    ...(measures ? { measures } : {}),
    ...(Object.keys(splits).length > 0 ? { splits } : {}),
    seed: o.seed,
    command: o.command,
    versions: { node: process.versions.node, ...versionsOf(await readRun(dir)) },
    curves: curvesOf(await readRun(dir)),
    samples: await pickSamples(records),
  });
  return { seconds, benchmarks, answers };
}

function stageRow(s: StageSummary): Report['stages'][number] {
  return { name: s.name, steps: s.steps, loss: s.loss, tokensPerSecond: s.tokensPerSecond, gflops: s.gflops, seconds: s.seconds };
}
function versionsOf(events: readonly LoggedEvent[]): Record<string, string> {
  const run = events.findLast((e) => e.type === 'run');
  return run?.type === 'run' ? run.versions : {};
}
function curvesOf(events: readonly LoggedEvent[]): Record<string, { steps: number[]; loss: number[] }> {
  const curves: Record<string, { steps: number[]; loss: number[] }> = {};
  for (const e of events) {
    if (e.type !== 'step') continue;
    curves[e.stage] ??= { steps: [], loss: [] };
    curves[e.stage]?.steps.push(e.step);
    curves[e.stage]?.loss.push(e.loss);
  }
  return curves;
}

/** Writes a few test scenes as PNG files and asks one question about each, through the same door a user takes. */
async function askFiles(model: Mllm, dir: string, seed: number, shown: WorldOptions, signal?: AbortSignal): Promise<LifeResult['answers']> {
  await mkdir(dir, { recursive: true });
  const sprites = await loadSprites();
  const answers: LifeResult['answers'] = [];
  for (let i = 0; i < 5; i++) {
    const scene = makeScene(9000 + i, { ...shown, split: 'test', seed });
    const file = join(dir, `scene-${i + 1}.png`);
    await writeAtomic(file, await encodePng({ width: sceneWidth(scene), height: scene.size, data: renderScene(scene, sprites) }));
    const rng = new Rng(seed).fork('ask', i);
    const asked = questions(scene, { language: 'en', rng });
    const q = asked[i % asked.length];
    if (!q) continue;
    const reply = await model.generate([image(file), q.question], { maxTokens: 24, signal });
    answers.push({ image: file, question: q.question, answer: reply.text, truth: q.answer });
  }
  return answers;
}
