// sensorium-tiny, the shipped model: the survey's whole order. Contrastive vision (world-clip), language (world-llama), alignment of the
// connector, then instruction tuning of connector and language model, longer than the quickstart.
// Must show: POPE F1 random >= 0.95, adversarial >= 0.88; VQA >= 0.88 for each type. Held-out style, pairs, tints and Chinese are reported.

import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runRecipe, type TrainedModel } from '../src/train/index.js';
import { writeAtomic } from '../src/util/fs.js';
import { curveFile } from './parts/curve.js';
import { type LifeEvent, measureAndReport } from './parts/measure.js';
import { SHIPPED } from './parts/shipped.js';
import { joinRecipe } from './quickstart.js';

const SPLITS = [
  { name: 'held-out style', split: 'test-style', language: 'en' },
  { name: 'held-out pairs', split: 'test-pairs', language: 'en' },
  { name: 'held-out tints', split: 'test-tints', language: 'en' },
  { name: 'held-out backgrounds', split: 'test-backgrounds', language: 'en' },
  { name: 'Chinese', split: 'test', language: 'zh' },
] as const;

/** The stages over two trained parts. */
export function tinyRecipe(parts: { vision: string; language: string }) {
  return joinRecipe('sensorium-tiny', { ...parts, candidates: 2 }, { pretrain: 150, instruct: 3600 });
}

/** Trains (or resumes) sensorium-tiny over trained parts, measures it on every split and writes `out`. */
export async function trainTiny(o: {
  dir: string;
  out: string;
  parts: { vision: string; language: string };
  signal?: AbortSignal;
  onEvent?: (event: LifeEvent) => void;
}): Promise<void> {
  if (existsSync(join(o.out, 'config.json'))) return;
  const dir = join(o.dir, 'sensorium-tiny');
  const result = await runRecipe(tinyRecipe(o.parts), { dir, resume: true, signal: o.signal, onEvent: o.onEvent });
  await measureAndReport({
    title: 'sensorium-tiny',
    dir,
    state: result.state as TrainedModel,
    summaries: result.summaries,
    command: 'npm run train:parts -- tiny',
    seed: 0,
    splits: SPLITS,
    trainSeconds: result.seconds,
    signal: o.signal,
    onEvent: o.onEvent,
  });
  await cp(join(dir, 'model'), o.out, { recursive: true });
  for (const file of ['report.json', 'report.html']) await writeAtomic(join(o.out, file), await readFile(join(dir, file)));
  await writeAtomic(join(o.out, 'curve.jsonl'), await curveFile(dir));
}

export default tinyRecipe(SHIPPED);
