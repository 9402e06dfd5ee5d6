// Logs of samples in the form of lmms-eval: a file for each benchmark with a line for each row, and the scores in a file beside them.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { mediaParts } from '../text/index.js';
import { writeAtomic } from '../util/fs.js';
import { type Benchmark, questionOf } from './benchmark.js';
import { leftOut } from './faults.js';
import { withoutThinking } from './reply.js';
import { type RowScore, rowScores } from './row-scores.js';
import type { BenchRecord, BenchResult } from './runner.js';
import { groupBy } from './scores.js';

/** Where a log comes from. */
export interface LogOptions {
  model: string;
  /** The benchmarks that were run, whose rows `records` are. */
  benchmarks: readonly Benchmark[];
  results: readonly BenchResult[];
  records: readonly BenchRecord[];
}

/** A plain number where there is nothing to add to it. */
const logged = ({ value, n, ...more }: RowScore): unknown =>
  n === 1 && Object.keys(more).length === 0 ? value : { score: value, n, ...more };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const binary = (_: string, value: unknown): unknown => (ArrayBuffer.isView(value) ? undefined : value);

/** What a log keeps of a row: all that it has but the conversation, whose question and files are named, and what came of it. */
function docOf({
  messages,
  reply: _r,
  verdicts: _v,
  ranked: _k,
  bench: _b,
  right: _t,
  row: _w,
  truth: _u,
  boxes: _x,
  ...rest
}: BenchRecord): object {
  const media = mediaParts(messages).map(({ source }) => (typeof source === 'string' ? source : null));
  return { ...rest, question: questionOf(messages), media };
}

/** The lines of one benchmark. */
export function sampleLines(benchmark: Benchmark, records: readonly BenchRecord[], maxTokens = benchmark.maxTokens): string {
  const scores = rowScores(benchmark, records);
  return records
    .map((record, i) => {
      const doc = JSON.stringify(docOf(record), binary);
      const question = questionOf(record.messages);
      const line = {
        doc_id: i,
        doc: JSON.parse(doc) as object,
        target: record.truth,
        arguments: [question, { max_new_tokens: maxTokens, temperature: 0 }],
        resps: [[record.reply]],
        filtered_resps: [withoutThinking(record.reply).trim()],
        doc_hash: sha256(doc),
        prompt_hash: sha256(question),
        target_hash: sha256(record.truth),
        bench: benchmark.name,
        version: benchmark.version ?? 1,
        row: record.row,
        kind: record.kind,
        right: record.right,
        ...(record.verdicts ? { verdicts: record.verdicts } : {}),
        ...Object.fromEntries(Array.from(scores[i] ?? [], ([name, score]) => [name, logged(score)])),
      };
      return `${JSON.stringify(line)}\n`;
    })
    .join('');
}

/** 95 % of a normal distribution lie within so many standard errors. */
const Z = 1.959964;

/** The scores as lmms-eval has them: by benchmark, `name,filter`, with standard errors that the intervals imply. */
export function resultsFile({ model, benchmarks, results }: Omit<LogOptions, 'records'>): object {
  const byName = <T>(of: (result: BenchResult) => T): Record<string, T> =>
    Object.fromEntries(results.map((result) => [result.name, of(result)]));
  return {
    model_name: model,
    results: byName(({ name, scores }) => ({
      alias: name,
      ...Object.fromEntries(
        (scores.model ?? []).flatMap(({ name: score, value, low, high }) => [
          [`${score},none`, value],
          [`${score}_stderr,none`, (high - low) / (2 * Z)],
        ]),
      ),
    })),
    higher_is_better: byName(({ scores }) =>
      Object.fromEntries((scores.model ?? []).flatMap(({ name, better }) => (better === 'neither' ? [] : [[name, better === 'higher']]))),
    ),
    versions: byName(({ name }) => benchmarks.find((benchmark) => benchmark.name === name)?.version ?? 1),
    'n-samples': byName(({ n, faults = [] }) => ({ original: n + leftOut(faults), effective: n })),
    faults: byName(({ faults = [] }) => faults),
  };
}

/** Writes `samples_BENCH.jsonl` for each benchmark and `results.json` into a folder; each file is replaced whole. */
export async function writeSampleLog(dir: string, { maxTokens, ...options }: LogOptions & { maxTokens?: number }): Promise<void> {
  const own = groupBy(options.records, ({ bench }) => bench);
  for (const benchmark of options.benchmarks)
    await writeAtomic(join(dir, `samples_${benchmark.name}.jsonl`), sampleLines(benchmark, own.get(benchmark.name) ?? [], maxTokens));
  await writeAtomic(join(dir, 'results.json'), `${JSON.stringify(resultsFile(options), null, 2)}\n`);
}
