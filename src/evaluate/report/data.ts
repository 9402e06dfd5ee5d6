// The data of a report: report.json's content, and the curves and pictures that only the page shows.

import type { RgbImage } from '../../media/index.js';
import { mediaParts } from '../../text/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { type Benchmark, type LabeledBox, questionOf } from '../benchmark.js';
import { isUnparsed, rowScores } from '../row-scores.js';
import type { BenchRecord } from '../runner.js';
import { groupBy } from '../scores.js';
import type { MarkedText } from './marks.js';
import { Pictures, type ReportPicture } from './picture.js';
import type { Report } from './schema.js';

/** Loss by step of one training stage. Points that are not finite are gaps. */
export interface LossCurve {
  steps: ArrayLike<number>;
  loss: ArrayLike<number>;
  /** What the numbers are, where they are not losses. */
  measure?: string;
  /** Losses on held-out rows, after their own steps. */
  heldOut?: { steps: readonly number[]; loss: readonly number[] };
}

/** A box in a sample picture; the model's own boxes are drawn dashed. */
export interface ReportBox extends LabeledBox {
  from?: 'truth' | 'model';
}

/** One picture with the question, the reply and the truth. */
export interface ReportSample {
  /** Absent for a question without an image. Rows of one image share one. */
  picture?: RgbImage | ReportPicture;
  /** The benchmark. Default: the first word of `kind`. */
  bench?: string;
  /** The name of the row in its benchmark. */
  row?: string;
  /** For example 'pope adversarial' or 'vqa color'. */
  kind: string;
  question: string;
  reply: string;
  truth: string;
  right: boolean;
  boxes?: readonly ReportBox[];
  /** Nothing could be read from the reply. */
  unparsed?: boolean;
  /** The reply with its claims. */
  marked?: MarkedText;
  /** The reply of a second run, in a comparison. */
  second?: { reply: string; right: boolean };
}

/** Everything that `writeReport` needs. */
export interface ReportData extends Omit<Report, 'version'> {
  /** Heading of the page, for example 'Quickstart'. */
  title: string;
  /** One curve per stage, by the stage's name. */
  curves?: Readonly<Record<string, LossCurve>>;
  samples?: readonly ReportSample[];
  /** Which rows the samples are. Default: that they are taken evenly. */
  samplesNote?: string;
}

/** The part of its benchmark that a row is of, in words. */
const kindOf = ({ bench, kind }: Pick<BenchRecord, 'bench' | 'kind'>): string => (bench === kind ? bench : `${bench} ${kind}`);

/**
 * `count` rows for the picture grid, evenly over the kinds and evenly spaced within each: chosen by position, never by whether they are
 * right. Images of files are read here.
 */
export async function pickSamples(records: readonly BenchRecord[], count = 24): Promise<ReportSample[]> {
  const kinds = new Map<string, BenchRecord[]>();
  for (const record of records) {
    const kind = kindOf(record);
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
  const pictures = new Pictures();
  const picked: ReportSample[] = [];
  for (let row = 0; row < each; row++)
    for (const column of columns) {
      const entry = column[row];
      if (!entry || picked.length >= count) continue;
      const { messages, reply, truth, right } = entry.record;
      picked.push({ ...(await pictures.of(entry.record)), kind: entry.kind, question: questionOf(messages), reply, truth, right });
    }
  return picked;
}

/** What a page holds at most: rows, and bytes of pictures. */
const MOST_ROWS = 5000;
const PICTURE_BYTES = 24 * 2 ** 20;

export interface SampleOptions {
  /** Those that the records are of, to tell which replies could not be read. */
  benchmarks: readonly Benchmark[];
  /** A reply with its claims; undefined for one without. */
  marks?: (record: BenchRecord) => MarkedText | undefined;
  rows?: number;
  bytes?: number;
  signal?: AbortSignal;
}

/**
 * All rows for the sample browser, in their order; of more than 5,000 as many, evenly. Pictures take 24 MiB at most, rows beyond go without.
 * `samplesNote` says what was left out.
 */
export async function browseSamples(
  records: readonly BenchRecord[],
  { benchmarks, marks, rows = MOST_ROWS, bytes = PICTURE_BYTES, signal }: SampleOptions,
): Promise<Required<Pick<ReportData, 'samples' | 'samplesNote'>>> {
  const unparsed = new Set<BenchRecord>();
  for (const [bench, own] of groupBy(records, (record) => record.bench)) {
    const benchmark = benchmarks.find(({ name }) => name === bench);
    if (benchmark)
      for (const [i, scores] of rowScores(benchmark, own).entries()) if (isUnparsed(scores)) unparsed.add(own[i] as BenchRecord);
  }
  const step = Math.max(1, records.length / rows);
  const taken = Array.from({ length: Math.min(records.length, rows) }, (_, i) => records[Math.floor(i * step)] as BenchRecord);
  const pictures = new Pictures(bytes);
  const samples: ReportSample[] = [];
  for (const record of taken) {
    throwIfAborted(signal);
    const { bench, row, messages, reply, truth, right } = record;
    const marked = marks?.(record);
    samples.push({
      ...(await pictures.of(record)),
      bench,
      kind: kindOf(record),
      question: questionOf(messages),
      reply,
      truth,
      right,
      ...(row === undefined ? {} : { row }),
      ...(unparsed.has(record) ? { unparsed: true } : {}),
      ...(marked ? { marked } : {}),
    });
  }
  const wrong = records.filter(({ right }) => !right).length;
  const some =
    taken.length < records.length
      ? `${taken.length} of ${records.length} rows, taken evenly and not by result`
      : `All ${records.length} rows`;
  const bare =
    pictures.leftOut > 0 ? ` The page holds ${bytes / 2 ** 20} MiB of pictures; ${pictures.leftOut} rows are without theirs.` : '';
  return { samples, samplesNote: `${some}; of all, ${records.length - wrong} are right and ${wrong} wrong.${bare}` };
}

/** A record as one line of a file of replies: images by their paths where they have one, with the verdicts of a judge. */
export function replyLine({ bench, row, kind, messages, reply, truth, right, verdicts }: BenchRecord): string {
  const media = mediaParts(messages).map(({ source }) => (typeof source === 'string' ? source : null));
  return `${JSON.stringify({ bench, row, kind, question: questionOf(messages), media, truth, reply, right, verdicts })}\n`;
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
