// Training the two parts from nothing and writing them as Hugging Face folders, each with its report and its exact command.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Module } from '../../src/nn/index.js';
import { DEFAULT_TEMPLATE } from '../../src/text/index.js';
import { type ModelState, runRecipe, type StageSummary } from '../../src/train/index.js';
import { worldTokenizer } from '../../src/train/world-tokenizer.js';
import { saveFolder } from '../../src/weights/index.js';
import { curveFile } from './curve.js';
import languageRecipe, { worldLlama } from './language.js';
import type { LifeEvent } from './measure.js';
import { measureClip } from './measure-clip.js';
import { measureLanguage } from './measure-language.js';
import { visionRuns, worldClip, worldProcessor } from './vision.js';

export interface PartOptions {
  /** Parts are trained in `parts/NAME` below it. */
  dir: string;
  /** Folders the parts are written to; below `dir` by default. */
  out?: { vision: string; language: string };
  signal?: AbortSignal;
  onEvent?: (event: LifeEvent) => void;
}

/** Trains what is not there yet and returns the two folders. */
export async function trainParts(o: PartOptions): Promise<{ vision: string; language: string }> {
  const out = o.out ?? { vision: join(o.dir, 'parts', 'models', 'world-clip'), language: join(o.dir, 'parts', 'models', 'world-llama') };
  await trainVision({ ...o, dir: join(o.dir, 'parts'), out: out.vision });
  await trainLanguage({ ...o, dir: join(o.dir, 'parts'), out: out.language });
  return out;
}

export const tokenizerFiles = () => ({
  tokenizer: worldTokenizer().json as unknown as Record<string, unknown>,
  tokenizerConfig: worldTokenizer().config,
});
const valuesOf = (state: ModelState) => Object.fromEntries([...state.values].map(([p, value]) => [p.name, value]));
export const weightsOf = (module: Module, state: ModelState) =>
  Object.fromEntries(module.parameters().map((p) => [p.name, state.value(p)]));

/** One part: runs and checkpoints below `dir`, the model in `out`. */
interface OnePart extends Omit<PartOptions, 'out'> {
  out: string;
}

/** world-clip: trained, measured (zero-shot top-1, R@1) and saved. */
export async function trainVision(o: OnePart): Promise<void> {
  if (existsSync(join(o.out, 'config.json'))) return;
  const runs: { dir: string; state: ModelState; summaries: readonly StageSummary[] }[] = [];
  for (const make of visionRuns) {
    const before = runs.at(-1);
    const recipe = make(before && valuesOf(before.state));
    const dir = join(o.dir, recipe.name);
    runs.push({ dir, ...(await runRecipe(recipe, { dir, resume: true, signal: o.signal, onEvent: o.onEvent })) });
  }
  const { state } = runs.at(-1) as (typeof runs)[number];
  o.onEvent?.({ type: 'note', message: 'measuring world-clip' });
  const measures = await measureClip(worldClip, state, worldTokenizer(), worldProcessor);
  await saveFolder(o.out, {
    config: worldClip.config,
    weights: weightsOf(worldClip, state),
    ...tokenizerFiles(),
    preprocessor: worldProcessor.toJSON(),
    extra: await records(
      runs.map((r) => r.dir),
      { summaries: runs.flatMap((r) => r.summaries), measures, command: 'npm run train:parts -- vision' },
    ),
  });
}

/** world-llama: trained, measured (held-out loss and answers about notes) and saved. */
export async function trainLanguage(o: OnePart): Promise<void> {
  if (existsSync(join(o.out, 'config.json'))) return;
  const dir = join(o.dir, 'world-llama');
  const { state, summaries } = await runRecipe(languageRecipe, { dir, resume: true, signal: o.signal, onEvent: o.onEvent });
  o.onEvent?.({ type: 'note', message: 'measuring world-llama' });
  const measures = await measureLanguage(worldLlama, state, worldTokenizer(), o.signal);
  await saveFolder(o.out, {
    config: worldLlama.config,
    weights: weightsOf(worldLlama, state),
    ...tokenizerFiles(),
    chatTemplate: DEFAULT_TEMPLATE,
    extra: await records([dir], { summaries, measures, command: 'npm run train:parts -- language' }),
  });
}

/** report.json and the training curve. */
async function records(
  dirs: readonly string[],
  report: { summaries: readonly StageSummary[]; measures: unknown; command: string },
): Promise<Record<string, string>> {
  const { summaries, ...rest } = report;
  return {
    'report.json': `${JSON.stringify({ world: 'scene world', ...rest, stages: summaries }, undefined, 2)}\n`,
    'curve.jsonl': (await Promise.all(dirs.map(curveFile))).join(''),
  };
}
