// How recipes of the zoo end: the trained model measured on the system's own benchmark beside its blind row, as `results/zoo/NAME.json`, a row of docs/zoo.md.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import {
  type Benchmark,
  type BenchResult,
  proportion,
  responderOf,
  runBenchmarks,
  type Score,
  worldScenes,
} from '../../src/evaluate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { readRun, saveTrained, type TrainedModel } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { packageRoot } from '../../src/util/package.js';
import { loadSprites } from '../../src/world/index.js';
import { commitOf, machine } from './provenance.js';

/** What a recipe says of its system and how it is measured. */
export interface ZooOptions {
  /** The system as its paper calls it. */
  system: string;
  /** What is its own, in a line: the part that the others do not have. */
  own: string;
  /** Such as `Liu et al. 2023, arXiv:2304.08485`. */
  paper: string;
  /** The published scale, in a line: encoder, language model, data, steps. */
  published: string;
  /** Tokens of one image (clip, sound, cloud) in the language model's sequence. */
  tokens?: number;
  /** Its benchmark. The score of the table is the one called `score`, else the first that is no detail; `pooled`: all accuracies together. */
  benchmark?: Benchmark | (() => Benchmark | Promise<Benchmark>);
  score?: string;
  /** Rows of each kind. Default 150. */
  rows?: number;
  /** For what no benchmark measures (masks, pictures): the score, its row without the medium, and more. */
  measure?(model: Mllm, context: FinishContext, rows: number): Promise<ZooMeasure>;
  /** More scores beside those of the benchmark. */
  more?(model: Mllm, context: FinishContext, rows: number): Promise<Score[]>;
}

/** What was measured. */
export interface ZooMeasure {
  score: Score;
  blind?: Score;
  more?: readonly Score[];
}

/** A row of docs/zoo.md. */
export interface ZooResult extends ZooMeasure {
  name: string;
  system: string;
  own: string;
  paper: string;
  published: string;
  /** Said of every score here. */
  world: string;
  parameters: { all: number; trained: number };
  tokens?: number;
  steps: number;
  seconds: { training: number; measuring: number };
  stages: { name: string; steps: number; loss: { first: number; last: number } }[];
  /** The scores of every responder, where a benchmark gave them. */
  benchmark?: BenchResult;
  command: string;
  commit?: string;
  date: string;
  machine: string;
}

/** A benchmark of the scene world over scenes of the split `test` that no recipe trains on. */
export function ofWorld(
  open: (scenes: ReturnType<typeof worldScenes>) => Benchmark,
  over: Partial<NonNullable<Parameters<typeof worldScenes>[1]>> = {},
): () => Promise<Benchmark> {
  return async () => open(worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en', ...over }));
}

/**
 * The `finish` of a recipe: saves the model (adapters alone where it was opened with them), measures it, and writes `zoo.json` into the run's folder and
 * `results/zoo/NAME.json`. `quick`, for tests: few rows.
 */
export function finishZoo(name: string, o: ZooOptions) {
  return async (context: FinishContext, quick?: { rows: number }): Promise<ZooResult> => {
    const { result, dir, signal, note } = context;
    const rows = quick?.rows ?? o.rows ?? 150;
    const state = result.state as TrainedModel;
    const saved = await saveTrained(state, dir);
    const began = performance.now();
    const adapted = state.model.adapters.length > 0 && state.model.dir !== '';
    const model = adapted ? await Mllm.load(state.model.dir, { adapters: [saved], signal }) : await Mllm.load(saved, { signal });
    let measured: ZooMeasure & { benchmark?: BenchResult };
    try {
      measured = o.measure ? await o.measure(model, context, rows) : await byBenchmark(model, o, rows, signal);
      if (o.more) measured = { ...measured, more: [...(measured.more ?? []), ...(await o.more(model, context, rows))] };
    } finally {
      await model.dispose();
    }
    const sizes = (await readRun(dir)).flatMap((e) => (e.type === 'stage' ? [e.parameters] : []));
    const most = (of: (size: { trained: number; frozen: number }) => number): number => Math.max(0, ...sizes.map(of));
    const row: ZooResult = {
      ...{ name, system: o.system, own: o.own, paper: o.paper, published: o.published },
      world: 'scene world',
      ...measured,
      parameters: { all: most(({ trained, frozen }) => trained + frozen), trained: most(({ trained }) => trained) },
      ...(o.tokens === undefined ? {} : { tokens: o.tokens }),
      steps: result.summaries.reduce((n, { steps }) => n + steps, 0),
      seconds: { training: Math.round(result.seconds), measuring: Math.round((performance.now() - began) / 1000) },
      stages: result.summaries.map((s) => ({ name: s.name, steps: s.steps, loss: s.loss })),
      command: `sensorium train recipes/${name}.ts`,
      commit: commitOf(packageRoot()),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
    };
    const text = `${JSON.stringify(row, null, 2)}\n`;
    await writeAtomic(join(dir, 'zoo.json'), text);
    await context.publish(`zoo/${name}.json`, text);
    for (const [label, score] of [['', row.score], ['blind ', row.blind], ...(row.more ?? []).map((s) => ['', s])] as [
      string,
      Score | undefined,
    ][])
      if (score) note(`${label}${score.name}: ${score.value.toFixed(3)} (${score.low.toFixed(3)}-${score.high.toFixed(3)}, n=${score.n})`);
    return row;
  };
}

async function byBenchmark(
  model: Mllm,
  o: ZooOptions,
  rows: number,
  signal: AbortSignal,
): Promise<ZooMeasure & { benchmark: BenchResult }> {
  const open = o.benchmark;
  if (!open) throw new Error('a recipe of the zoo names its benchmark, or measures by itself');
  const responder = await responderOf(model);
  try {
    const [benchmark] = await runBenchmarks({
      ...{ responder, benchmarks: [typeof open === 'function' ? await open() : open], n: rows, signal },
    });
    const { scores } = benchmark as BenchResult;
    const short = (scores.model ?? []).filter(({ detail }) => !detail);
    const shortBlind = scores.blind?.filter(({ detail }) => !detail);
    if (o.score === 'pooled')
      return {
        score: pooled(short),
        ...(shortBlind ? { blind: pooled(shortBlind) } : {}),
        more: short,
        benchmark: benchmark as BenchResult,
      };
    const at = (scores.model ?? []).findIndex((s) => (o.score === undefined ? !s.detail : s.name === o.score));
    const score = scores.model?.[at];
    if (!score) throw new Error(`the benchmark ${benchmark?.name} has no score ${o.score ?? ''}`);
    return { score, blind: scores.blind?.[at], more: short.filter((s) => s !== score), benchmark: benchmark as BenchResult };
  } finally {
    await responder.dispose();
  }
}

/** Accuracies of kinds of rows as one, over all rows. */
export function pooled(scores: readonly Score[]): Score {
  const n = scores.reduce((sum, score) => sum + score.n, 0);
  const right = scores.reduce((sum, score) => sum + score.value * score.n, 0);
  return { name: 'accuracy, all kinds', ...proportion(Math.round(right), n), better: 'higher' };
}
