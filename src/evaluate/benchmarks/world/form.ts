// A benchmark over files as one over the scene world: its files are made in memory with exact truth, and read and scored by its own code.

import { mediaParts } from '../../../text/index.js';
import type { Scene } from '../../../world/index.js';
import { type MadeFiles, memoryFiles } from '../../bench-files.js';
import type { Answered, Benchmark, Row, Score } from '../../benchmark.js';
import type { FileSource } from '../../file-rows.js';
import { cohenKappa } from '../../metrics/kappa.js';
import { type CheckedClaims, type Scenes, sceneBehind } from '../../scenes.js';
import { share } from '../../scores.js';
import { WorldDraw } from './draw.js';
import { type ExactRating, rateExactly } from './exact.js';

/** How a benchmark over files is made of scenes. */
export interface WorldForm<R extends Row> {
  /** The benchmark over files. */
  open: (source: FileSource) => Benchmark<R>;
  /** What is asked and what it stands for, in a few words. */
  about: string;
  /** Rows of each kind unless `n` is given. */
  n: number;
  /** The files with the names and in the form of the official ones. */
  files(draw: WorldDraw): MadeFiles;
  /** In place of the names of the files. */
  data?: readonly string[];
  /** Longest reply in tokens, where scenes need less than the benchmark. */
  maxTokens?: number;
  /** Every question asks for a description. */
  describes?: true;
  /** Verdicts in the judge's form, one for each of its prompts, from a rating by exact truth: of the reply, and of the true answer. */
  exact?(row: Answered<R>, reply: ExactRating, truth: ExactRating): readonly string[];
}

/** A benchmark over scenes, in English or as it says. */
export type WorldBenchmark<R extends Row = Row> = (scenes: Scenes<Scene>) => Benchmark<R>;

/** `world:NAME` for the benchmark NAME over files: the same rows' form, parsers and scores. */
export function overWorld<R extends Row>(form: WorldForm<R>): WorldBenchmark<R> {
  const { open, about, n: own, maxTokens, exact, describes } = form;
  return (scenes) => {
    const file = open({ data: [] });
    const { source } = scenes;
    const claims = source.claims && ((scene: unknown, reply: string) => source.claims?.(scene as Scene, reply) as CheckedClaims);
    /** A row with the verdicts of the truth. */
    const rated =
      exact &&
      claims &&
      ((row: Answered<R>) => ({ ...row, verdicts: exact(row, ...rateExactly(row, claims, describes)).map((text) => [text]) }));
    return {
      ...file,
      name: `world:${file.name}`,
      title: `world ${file.title}`,
      about: rated && !source.judged ? `${about}; rated by exact truth` : about,
      reads: undefined,
      maxTokens: maxTokens ?? file.maxTokens,
      async *rows({ n = own, signal }) {
        const draw = new WorldDraw(scenes, file.name, n, signal);
        const files = form.files(draw);
        const data = form.data ?? Object.keys(files);
        for await (const row of open({ data, images: '.', files: memoryFiles(files, draw) }).rows({ signal })) {
          const boxes = sceneBehind(mediaParts(row.messages)[0]?.source)?.boxes;
          yield boxes ? { ...row, boxes } : row;
        }
      },
      ...(rated && source.judged ? { score: (done) => [...file.score(done), ...agreement(file, done, done.map(rated))] } : {}),
      ...(rated && !source.judged
        ? { exact: true, judge: undefined, score: (done) => file.score(done.map(rated)), right: (row) => file.right(rated(row)) }
        : {}),
    };
  };
}

/** How a judge agrees with the exact truth on which replies are right. */
function agreement<R extends Row>(file: Benchmark<R>, judged: readonly Answered<R>[], rated: readonly Answered<R>[]): Score[] {
  const pairs = judged.map((row, i) => [file.right(row), file.right(rated[i] as Answered<R>)] as const);
  const note = 'which replies are right';
  return [
    share('judge agrees with the exact truth', pairs.filter(([a, b]) => a === b).length, pairs.length, { note }),
    {
      name: "judge's kappa with the exact truth",
      ...cohenKappa(
        pairs.map(([a]) => String(a)),
        pairs.map(([, b]) => String(b)),
        { categories: ['true', 'false'] },
      ),
      better: 'higher',
      note,
    },
  ];
}
