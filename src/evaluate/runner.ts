// Runs the benchmarks: POPE with its three samplers, VQA by question type, captions by CHAIR; for a model and for its baselines.

import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { Answer, Answerer, Caption } from './answerer.js';
import { type ChairScores, chair, judgeCaption } from './chair.js';
import { alwaysNo, alwaysYes, blindOver } from './degenerate.js';
import type { Vocabulary } from './mentions.js';
import { NEGATIVES, type Negative, type PopeScores, scorePope } from './pope.js';
import { type BenchOptions, type BenchSample, type BenchSet, type BenchSource, buildBench } from './samples.js';
import { exactMatch, type QuestionType, vqaByType } from './vqa.js';
import type { Proportion } from './wilson.js';
import { parseRobust, type YesNo } from './yes-no.js';

/** All scores of one answerer. */
export interface BenchBlock {
  /** Read with the robust parser. */
  pope: Record<Negative, PopeScores>;
  /** The same replies read with the official parser (English only: it takes every Chinese reply for yes). */
  popeOfficial?: Record<Negative, PopeScores>;
  vqa: Record<QuestionType, Proportion>;
  caption: ChairScores;
}

/** One asked sample with the reply; `wrong` objects are the hallucinated ones of a caption. */
export interface BenchRecord {
  bench: 'pope' | 'vqa' | 'caption';
  kind: string;
  image: number;
  question: string;
  reply: string;
  truth: string;
  right: boolean;
  wrong?: string[];
}

/** Where a run stands; `who` names the answerer. */
export interface BenchProgress {
  who: string;
  bench: 'pope' | 'vqa' | 'caption';
  done: number;
  total: number;
}

export interface RunOptions {
  /** Samples per call of the answerer (default 64). */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: BenchProgress) => void;
  /** Called for every sample, in order, for reports and sample logs. */
  onRecord?: (record: BenchRecord) => void;
  /** Name in progress and errors (default 'model'). */
  who?: string;
}

/** Asks everything in a set, each question about an image once, and scores the replies. Throws when the answerer returns the wrong number of replies, or on abort. */
export async function runBench(set: BenchSet, answerer: Answerer, vocabulary: Vocabulary, options: RunOptions = {}): Promise<BenchBlock> {
  const { batchSize = 64, signal, onProgress, onRecord, who = 'model' } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new SensoriumError('evaluate.batch', 'not a batch size', { expected: 'a whole number >= 1', got: String(batchSize) });
  const run = async <T>(bench: BenchProgress['bench'], items: readonly T[], ask: (batch: T[]) => Promise<string[]>): Promise<string[]> => {
    const replies: string[] = [];
    for (let i = 0; i < items.length; i += batchSize) {
      throwIfAborted(signal);
      const batch = items.slice(i, i + batchSize);
      const part = await ask(batch);
      if (part.length !== batch.length || part.some((reply) => typeof reply !== 'string'))
        throw new SensoriumError('evaluate.replies', 'the answerer did not reply to every sample of a batch', {
          place: `${who}, ${bench}`,
          expected: `${batch.length} strings`,
          got: `${part.length} ${part.length === batch.length ? 'of which some are not strings' : 'replies'}`,
        });
      replies.push(...part);
      onProgress?.({ who, bench, done: replies.length, total: items.length });
    }
    throwIfAborted(signal);
    return replies;
  };
  const pixels = (index: number) => (set.images[index] as BenchSet['images'][number]).pixels;
  const asked = async (bench: 'pope' | 'vqa') => {
    const samples = set.samples.filter((sample) => sample.bench === bench);
    // The samplers of POPE share most of their present objects: the same question about the same image is asked once.
    const key = ({ image, question }: BenchSample): string => `${image} ${question}`;
    const distinct = new Map(samples.map((sample) => [key(sample), sample]));
    const replies = await run(bench, [...distinct.values()], (batch) =>
      answerer.answer(
        batch.map(({ image, question }) => ({ image: pixels(image), question })),
        signal,
      ),
    );
    const replyTo = new Map([...distinct.keys()].map((k, i) => [k, replies[i] as string]));
    return samples.map((sample) => ({ ...sample, reply: replyTo.get(key(sample)) as string }));
  };
  const note = ({ bench, kind, image, question, truth, reply }: BenchSample & { reply: string }, right: boolean): void =>
    onRecord?.({ bench, kind, image, question, reply, truth, right });

  const pope = (await asked('pope')).map((sample) => ({ ...sample, truth: sample.truth as YesNo }));
  for (const sample of pope) note(sample, parseRobust(sample.reply, sample.question) === sample.truth);
  const popeBy = (parser: 'official' | 'robust') =>
    Object.fromEntries(
      NEGATIVES.map((kind) => [
        kind,
        scorePope(
          pope.filter((s) => s.kind === kind),
          parser,
        ),
      ]),
    ) as Record<Negative, PopeScores>;

  const vqa = await asked('vqa');
  for (const sample of vqa) note(sample, exactMatch(sample.reply, sample.truth, sample.question));

  const captions = await run('caption', set.captions, (batch) =>
    answerer.caption(
      batch.map((image) => ({ image: pixels(image), language: set.language })),
      signal,
    ),
  );
  const truth = set.captions.map((image) => (set.images[image] as BenchSet['images'][number]).objects);
  captions.forEach((reply, i) => {
    const objects = truth[i] as readonly string[];
    const wrong = judgeCaption(reply, objects, vocabulary).hallucinated.map((m) => m.id);
    const sample = { bench: 'caption' as const, kind: 'caption', image: set.captions[i] as number, question: '', reply };
    onRecord?.({ ...sample, truth: objects.join(', '), right: wrong.length === 0, wrong });
  });
  return {
    pope: popeBy('robust'),
    ...(set.language === 'en' ? { popeOfficial: popeBy('official') } : {}),
    vqa: vqaByType(vqa.map(({ kind, reply, truth, question }) => ({ type: kind as QuestionType, reply, truth, question }))),
    caption: chair(captions, truth, vocabulary),
  };
}

/** The scene source together with the names of its objects. */
export interface BenchScenes<S> {
  source: BenchSource<S>;
  vocabulary: Vocabulary;
}

/** Draws the samples of a split from a seed and runs one answerer over them. */
export async function runBenchmarks<S>(
  input: { answer: Answer; caption: Caption; scenes: BenchScenes<S>; options?: BenchOptions } & RunOptions,
): Promise<BenchBlock> {
  const { answer, caption, scenes, options, ...run } = input;
  return runBench(buildBench(scenes.source, options, run.signal), { answer, caption }, scenes.vocabulary, run);
}

/** The rows that stand beside a model in every report. */
export interface Baselines {
  alwaysYes: BenchBlock;
  alwaysNo: BenchBlock;
  /** The model itself with every image replaced by the mean image of the run. */
  blind: BenchBlock;
}

/** Runs the model and its three baselines over the same samples. `onRecord` is called for the model only. */
export async function runWithBaselines<S>(
  input: Parameters<typeof runBenchmarks<S>>[0],
): Promise<{ bench: BenchBlock; baselines: Baselines; set: BenchSet; records: BenchRecord[] }> {
  const { answer, caption, scenes, options, ...run } = input;
  const { vocabulary } = scenes;
  const model = { answer, caption };
  const set = buildBench(scenes.source, options, run.signal);
  const records: BenchRecord[] = [];
  const bench = await runBench(set, model, vocabulary, {
    ...run,
    onRecord: (record) => {
      records.push(record);
      run.onRecord?.(record);
    },
  });
  const baseline = (who: string, answerer: Answerer): Promise<BenchBlock> =>
    runBench(set, answerer, vocabulary, { ...run, who, onRecord: undefined });
  return {
    bench,
    baselines: {
      alwaysYes: await baseline('alwaysYes', alwaysYes(set.language, vocabulary.names(set.language))),
      alwaysNo: await baseline('alwaysNo', alwaysNo(set.language)),
      blind: await baseline('blind', blindOver(model, set)),
    },
    set,
    records,
  };
}
