// What the recipes of instruction tuning share: how they end. The trained model is measured on held-out scenes beside the model that it began with.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import { type BenchResult, responderOf, runBenchmarks, type Score, WORLD_BENCHMARKS, worldScenes } from '../../src/evaluate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import type { TrainedModel } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { loadSprites } from '../../src/world/index.js';

/** What more a recipe measures of a model. `few`: of so many items alone, for tests. */
export type Measure = (model: Mllm, signal: AbortSignal, few?: number) => Promise<Score[]>;

/** Items of a measure in tests. */
const FEW = 3;

export interface FinishOptions {
  /** What the recipe must show, in a line. */
  shows: string;
  /** Folder of the model that it begins with, measured on the same rows. */
  base?: string;
  /** Rows of each kind. */
  rows?: Readonly<Record<string, number>>;
  languages?: readonly ('en' | 'zh')[];
  measure?: Measure;
}

/** Few enough that a recipe ends within twenty minutes. */
const ROWS = { pope: 80, vqa: 60, caption: 40 };

/**
 * The `finish` of a recipe: saves the model, measures it and its base on the split `test` (POPE, questions, captions) with intervals and the blind
 * row, and writes `results.json` in the run's folder and `results/NAME.json`. `quick`, for tests: few rows and items.
 */
export function finishInstruct(name: string, { shows, base, rows: all = ROWS, languages = ['en'], measure }: FinishOptions) {
  return async (
    { result, dir, signal, note, publish }: FinishContext,
    quick?: { rows: Readonly<Record<string, number>> },
  ): Promise<void> => {
    const rows = quick?.rows ?? all;
    const saved = join(dir, 'model');
    await (result.state as TrainedModel).save(saved);
    const of = async (folder: string, baselines: boolean) => {
      const model = await Mllm.load(folder, { signal });
      try {
        const responder = await responderOf(model);
        const benchmarks: Record<string, BenchResult[]> = {};
        for (const language of languages) {
          const scenes = worldScenes(await loadSprites(), { seed: 77, split: 'test', language });
          const own = WORLD_BENCHMARKS.map((open) => open(scenes));
          benchmarks[language] = await runBenchmarks({ responder, benchmarks: own, n: rows, baselines, signal });
        }
        const more = measure ? await measure(model, signal, quick ? FEW : undefined) : [];
        await responder.dispose();
        return { benchmarks, more };
      } finally {
        await model.dispose();
      }
    };
    const after = await of(saved, true);
    const before = base === undefined ? undefined : await of(base, false);
    const seconds = Math.round(result.seconds);
    const text = `${JSON.stringify({ name, command: `sensorium train recipes/${name}.ts`, shows, trainSeconds: seconds, rows, after, before }, null, 2)}\n`;
    await writeAtomic(join(dir, 'results.json'), text);
    await publish(`${name}.json`, text);
    for (const line of lines(after, before)) note(line);
  };
}

type Measured = { benchmarks: Record<string, BenchResult[]>; more: Score[] };

function lines(after: Measured, before: Measured | undefined): string[] {
  const shown = ({ value, low, high }: Score): string => `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
  const line = (title: string, now: Score, was?: Score, blind?: Score): string =>
    `${title} ${now.name}: ${shown(now)}${was ? `, before ${shown(was)}` : ''}${blind ? `, blind ${shown(blind)}` : ''}`;
  const of = Object.entries(after.benchmarks).flatMap(([language, benches]) =>
    benches.flatMap(({ title, scores }, i) =>
      (scores.model ?? []).flatMap((now, k) =>
        now.detail ? [] : [line(`${language} ${title}`, now, before?.benchmarks[language]?.[i]?.scores.model?.[k], scores.blind?.[k])],
      ),
    ),
  );
  return [...of, ...after.more.map((now, i) => line('', now, before?.more[i]))];
}

/** Replies to questions about one thing each, and the share of them that `right` accepts. */
export async function shareRight<T>(
  name: string,
  model: Mllm,
  items: readonly T[],
  o: { messages(item: T): Parameters<Mllm['encode']>[0]; right(reply: string, item: T): boolean; maxTokens?: number; signal: AbortSignal },
): Promise<Score> {
  const { proportion } = await import('../../src/evaluate/index.js');
  let k = 0;
  for (const item of items) {
    let reply = '';
    const asked = { messages: [...o.messages(item)], maxTokens: o.maxTokens ?? 24, temperature: 0, signal: o.signal };
    for await (const { text } of model.stream(asked)) reply += text;
    if (o.right(reply, item)) k++;
  }
  return { name, ...proportion(k, items.length), better: 'higher' };
}

/** Settings of stages that teach the shipped model something new in a few minutes. */
export const TUNE = { batch: 10, lr: 5e-4, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, minRatio: 0.05, maxLength: 256 };
