// The data of a report: report.json's content, and the curves and pictures that only the page shows.

import { type RgbImage, resize } from '../../media/index.js';
import { isImagePart, mediaParts } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type LabeledBox, questionOf } from '../benchmark.js';
import { pixelsOf } from '../mean-image.js';
import type { BenchRecord } from '../runner.js';
import type { Report } from './schema.js';

/** Loss by step of one training stage. Points that are not finite are gaps. */
export interface LossCurve {
  steps: ArrayLike<number>;
  loss: ArrayLike<number>;
  /** Losses on held-out rows, after their own steps. */
  heldOut?: { steps: readonly number[]; loss: readonly number[] };
}

/** A box in a sample picture; the model's own boxes are drawn dashed. */
export interface ReportBox extends LabeledBox {
  from?: 'truth' | 'model';
}

/** One picture with the question, the reply and the truth. */
export interface ReportSample {
  /** Absent for a question without an image. */
  picture?: RgbImage;
  /** For example 'pope adversarial' or 'vqa color'. */
  kind: string;
  question: string;
  reply: string;
  truth: string;
  right: boolean;
  boxes?: readonly ReportBox[];
}

/** Everything that `writeReport` needs. */
export interface ReportData extends Omit<Report, 'version'> {
  /** Heading of the page, for example 'Quickstart'. */
  title: string;
  /** One curve per stage, by the stage's name. */
  curves?: Readonly<Record<string, LossCurve>>;
  samples?: readonly ReportSample[];
}

/** Larger images are shown at this width or height. */
const SHOWN = 320;

/** Pixels of the first image of a row as the page shows it; undefined for a row without images. */
export async function pictureOf({
  messages,
  boxes,
}: Pick<BenchRecord, 'messages' | 'boxes'>): Promise<Pick<ReportSample, 'picture' | 'boxes'>> {
  const part = mediaParts(messages).find(isImagePart);
  if (!part) return {};
  const whole = await pixelsOf(part);
  const scale = Math.min(1, SHOWN / Math.max(whole.width, whole.height));
  const side = (n: number): number => Math.max(1, Math.round(n * scale));
  const picture = scale === 1 ? whole : resize(whole, side(whole.width), side(whole.height), 'bilinear');
  return { picture, boxes: boxes?.map(({ label, box: [a, b, c, d] }) => ({ label, box: [a * scale, b * scale, c * scale, d * scale] })) };
}

/**
 * `count` rows for the picture grid, evenly over the kinds and evenly spaced within each: chosen by position, never by whether they are
 * right. Images of files are read here.
 */
export async function pickSamples(records: readonly BenchRecord[], count = 24): Promise<ReportSample[]> {
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
    return Array.from({ length: take }, (_, i) => ({ kind, record: list[Math.floor(((i + shift) * list.length) / take)] as BenchRecord }));
  });
  const picked: ReportSample[] = [];
  for (let row = 0; row < each; row++)
    for (const column of columns) {
      const entry = column[row];
      if (!entry || picked.length >= count) continue;
      const { messages, reply, truth, right } = entry.record;
      picked.push({ ...(await pictureOf(entry.record)), kind: entry.kind, question: questionOf(messages), reply, truth, right });
    }
  return picked;
}

/** A record as one line of a file of replies: images by their paths where they have one, with the verdicts of a judge. */
export function replyLine({ bench, kind, messages, reply, truth, right, verdicts }: BenchRecord): string {
  const media = mediaParts(messages).map(({ source }) => (typeof source === 'string' ? source : null));
  return `${JSON.stringify({ bench, kind, question: questionOf(messages), media, truth, reply, right, verdicts })}\n`;
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
