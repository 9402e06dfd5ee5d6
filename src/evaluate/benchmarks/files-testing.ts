// For tests of benchmarks over files: a folder of small images and files, rows as a list, scores of scripted replies.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Benchmark, Row } from '../benchmark.js';
import { questionOf } from '../benchmark.js';
import type { FileSource } from '../file-rows.js';
import type { Judge } from '../judge.js';
import { encodePng } from '../report/png.js';
import { type BenchResult, runBenchmarks } from '../runner.js';

/** A PNG file of 2x3 pixels. */
export const png = (value = 0): Uint8Array => encodePng(new Uint8Array(18).fill(value), 2, 3);

/** A folder for the tests of a file; removed after them. */
export function folder() {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bench-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const path = (name = ''): string => join(dir, name);
  return {
    path,
    /** Writes text, bytes, JSON of an object, or JSON lines of a list behind a name that ends so. Returns the path. */
    async write(name: string, content: unknown): Promise<string> {
      await mkdir(dirname(path(name)), { recursive: true });
      const isText = typeof content === 'string' || content instanceof Uint8Array;
      const text = name.endsWith('.jsonl') ? (content as unknown[]).map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(content);
      await writeFile(path(name), isText ? (content as string | Uint8Array) : text);
      return path(name);
    },
    /** Writes images. */
    async images(...names: string[]): Promise<void> {
      for (const [i, name] of names.entries()) {
        await mkdir(dirname(path(name)), { recursive: true });
        await writeFile(path(name), png(i));
      }
    },
  };
}

/** The rows of a benchmark. */
export async function rowsOf<R extends Row>(benchmark: Benchmark<R>, options = {}): Promise<R[]> {
  const rows: R[] = [];
  for await (const row of benchmark.rows(options)) rows.push(row);
  return rows;
}

/** Result of a benchmark where `reply` gives the reply to each question; baselines too where asked for. */
export async function resultOf(
  open: (source: FileSource) => unknown,
  source: FileSource,
  reply: (question: string, row: number) => string,
  more: { judge?: Judge; baselines?: boolean; judgeRepeats?: number } = {},
): Promise<BenchResult> {
  const asked: string[] = [];
  const [result] = await runBenchmarks({
    benchmarks: [open(source) as Benchmark],
    baselines: false,
    responder: { replies: async (batch) => batch.map((messages) => reply(questionOf(messages), asked.push(questionOf(messages)) - 1)) },
    ...more,
  });
  return result as BenchResult;
}

/** The values of a result's scores by name. */
export const valuesOf = (result: BenchResult, who = 'model'): Record<string, number> =>
  Object.fromEntries((result.scores[who] ?? []).map(({ name, value }) => [name, value]));
