// `sensorium sft MODEL … --sweep lr=1e-4,1e-3 rank=4,16 seed=1,2`: the runs of a sweep over the options of fine-tuning.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BadRow, Conversation, Dataset } from '../data/index.js';
import { exactMatch } from '../evaluate/metrics/vqa.js';
import { identify } from '../train/identity.js';
import { prepareSft, runSft, type SftOptions } from '../train/sft.js';
import { type SweepPoint, sweepPoints } from '../train/sweep.js';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import { nearest } from '../util/nearest.js';
import type { ViewEvent } from './run-view.js';
import { heldOut, replies } from './sft-predictions.js';
import type { SweepJob } from './sweep.js';

/** What the runs share. */
export interface SftSweepOptions {
  /** Options that may be varied, by the names of their flags. */
  keys: readonly string[];
  /** The options of a run whose flags are these beside those of the command. Throws for values that are not valid. */
  options(changed: Readonly<Record<string, string | boolean>>): Promise<SftOptions>;
  data: Dataset<Conversation> & { bad?: readonly BadRow[] };
  dtype?: 'original' | 'float32' | 'float16' | 'bfloat16';
  out: string;
  signal: AbortSignal;
  onRow(done: number, total: number): void;
  onEvent(event: ViewEvent): void;
}

/** Shorter names of some flags. */
const SHORT: Readonly<Record<string, string>> = { rank: 'lora', alpha: 'lora-alpha', targets: 'lora-targets' };

/**
 * The job of `runSweep`: each run saves its adapter or model, and is measured by its losses and by its share of held-out answers that are
 * right. Errors, before the first run: `train.sweep`, `train.key` for an option that there is not, and those of its values.
 */
export async function sftSweep(words: readonly string[], o: SftSweepOptions): Promise<SweepJob> {
  if (words.length === 0)
    throw new SensoriumError('train.sweep', 'the sweep varies nothing', {
      expected: 'option=value,value after --sweep, such as lr=1e-4,1e-3',
    });
  const points = sweepPoints(words);
  const options = new Map<SweepPoint, SftOptions>();
  for (const point of points) options.set(point, await o.options(flagsOf(point, o.keys)));
  return {
    title: 'fine-tuning',
    points,
    identity: (point) => identify('sft', { ...options.get(point), data: o.data.describe }),
    run: async (point, dir) => {
      const own = options.get(point) as SftOptions;
      const prepared = await prepareSft(own, o.data, { signal: o.signal, onRow: o.onRow });
      if (prepared.bad.length > 0) {
        await mkdir(o.out, { recursive: true });
        await writeAtomic(join(o.out, 'bad.jsonl'), prepared.bad.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
      const { state, summaries, seconds } = await runSft(prepared, {
        dir,
        resume: true,
        signal: o.signal,
        onEvent: o.onEvent,
        dtype: o.dtype,
      });
      const metrics: Record<string, number> = {};
      // Completions are worth what their judge says, which the loss has negated; the answers of the data are not what is learned.
      const judge = own.method === 'ppo' || own.method === 'grpo' ? (own.strengths?.truth ? 'true score' : 'reward') : undefined;
      for (const { loss, heldOut: held } of summaries) {
        metrics.loss = loss.last;
        if (held) metrics[judge ? `held-out ${judge}` : 'held-out loss'] = (judge ? -1 : 1) * held.best.loss;
      }
      if (judge) return { metrics, seconds };
      const held = await heldOut(prepared.data, own);
      const said = await replies(state.trained(), held, o.signal, () => {});
      const right = held.filter(({ about }, i) => exactMatch(said[i] as string, about.answer, about.question)).length;
      if (held.length > 0) metrics['held-out answers right'] = right / held.length;
      return { metrics, seconds };
    },
  };
}

function flagsOf({ overrides }: SweepPoint, keys: readonly string[]): Record<string, string | boolean> {
  const flags: Record<string, string | boolean> = {};
  for (const word of overrides) {
    const at = word.indexOf('=');
    const [given, value] = [word.slice(0, at), word.slice(at + 1)];
    const key = SHORT[given] ?? given.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
    if (!keys.includes(key)) {
      const near = nearest(given, [...keys, ...Object.keys(SHORT)]);
      throw new SensoriumError('train.key', 'there is no such option to vary', {
        place: '--sweep',
        expected: [...keys, ...Object.keys(SHORT)].join(', '),
        got: given,
        hint: near && `Did you mean '${near}'?`,
      });
    }
    flags[key] =
      value === 'true' ? true : value === 'false' ? false : value.replace(/^\[(.*)\]$/, (_, list: string) => list.replace(/["\s]/g, ''));
  }
  return flags;
}
