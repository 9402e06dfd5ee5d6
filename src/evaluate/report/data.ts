// What a report is made from: report.json's content plus the curves and pictures that only the HTML page shows.

import { SensoriumError } from '../../util/errors.js';
import type { BenchRecord } from '../runner.js';
import type { BenchSet, LabelledBox, Pixels } from '../samples.js';
import type { Report } from './schema.js';

/** Loss by step of one training stage. Points that are not finite are gaps. */
export interface LossCurve {
  steps: ArrayLike<number>;
  loss: ArrayLike<number>;
}

/** A box in a sample picture; the model's own boxes are drawn dashed. */
export interface ReportBox extends LabelledBox {
  from?: 'truth' | 'model';
}

/** One picture with what was asked, said and true. */
export interface ReportSample {
  pixels: Pixels;
  width: number;
  height: number;
  /** For example 'pope adversarial' or 'vqa color'. */
  kind: string;
  question: string;
  reply: string;
  truth: string;
  right: boolean;
  boxes?: readonly ReportBox[];
}

/** Everything that `writeReport` needs. */
export interface ReportData extends Omit<Report, 'version' | 'world'> {
  /** Heading of the page, for example 'Quickstart'. */
  title: string;
  /** World, split and dials in words. */
  world: string;
  /** One curve per stage, by the stage's name. */
  curves?: Readonly<Record<string, LossCurve>>;
  samples?: readonly ReportSample[];
}

/** Sample counts of a run, as `report.json` states them. */
export function countsOf(set: BenchSet): Report['n'] {
  const pope = set.samples.filter((s) => s.bench === 'pope' && s.kind === 'random').length;
  return { pope, vqa: set.samples.filter((s) => s.bench === 'vqa').length, caption: set.captions.length };
}

/**
 * `count` samples for the picture grid, evenly over the kinds and evenly spaced within each: chosen by position, never by whether
 * they are right.
 */
export function pickSamples(set: BenchSet, records: readonly BenchRecord[], count = 24): ReportSample[] {
  const kinds = new Map<string, BenchRecord[]>();
  for (const record of records) {
    const kind = record.bench === record.kind ? record.bench : `${record.bench} ${record.kind}`;
    const list = kinds.get(kind);
    if (list) list.push(record);
    else kinds.set(kind, [record]);
  }
  const each = Math.ceil(count / Math.max(1, kinds.size));
  // Each kind starts a little later than the one before, so that one scene does not fill a whole row.
  const columns = [...kinds].map(([kind, list], phase) => {
    const take = Math.min(each, list.length);
    const shift = phase / kinds.size;
    return Array.from({ length: take }, (_, i) => ({ kind, record: list[Math.floor(((i + shift) * list.length) / take)] }));
  });
  const picked: ReportSample[] = [];
  for (let row = 0; row < each; row++)
    for (const column of columns) {
      const entry = column[row];
      if (!entry?.record || picked.length >= count) continue;
      const { question, reply, truth, right, image } = entry.record;
      const source = set.images[image];
      if (!source)
        throw new SensoriumError('evaluate.report', 'a record points at no image', {
          expected: `0..${set.images.length - 1}`,
          got: String(image),
        });
      const { pixels, boxes } = source;
      picked.push({
        pixels,
        boxes,
        width: set.size,
        height: set.size,
        kind: entry.kind,
        reply,
        truth,
        right,
        question: question || (set.language === 'zh' ? '（描述图片）' : '(describe the image)'),
      });
    }
  return picked;
}

/** At most `limit` points, each the mean of its bucket; gaps (null) where a whole bucket is not finite. */
export function thin(curve: LossCurve, limit = 600): { steps: number[]; loss: (number | null)[] } {
  const { length } = curve.steps;
  if (curve.loss.length !== length)
    throw new SensoriumError('evaluate.report', 'a loss curve has unequal columns', {
      expected: `${length} losses`,
      got: String(curve.loss.length),
    });
  const size = Math.max(1, Math.ceil(length / limit));
  const out: { steps: number[]; loss: (number | null)[] } = { steps: [], loss: [] };
  for (let i = 0; i < length; i += size) {
    let sum = 0;
    let n = 0;
    for (let j = i; j < Math.min(length, i + size); j++) {
      const value = curve.loss[j] as number;
      if (!Number.isFinite(value)) continue;
      sum += value;
      n++;
    }
    out.steps.push(curve.steps[i] as number);
    out.loss.push(n ? Number((sum / n).toPrecision(6)) : null);
  }
  return out;
}
