// The bench of corrections: captions of one model over images with truth, by each method, compared at equal coverage.

import type { Score } from '../evaluate/benchmark.js';
import { type PopeScores, scorePope } from '../evaluate/pope.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { namingOf } from './claim-question.js';
import { extractClaims } from './claims.js';
import { atEqualCoverage, type EqualCoverage } from './equal-coverage.js';
import { flagAuroc } from './flags.js';
import type { TrustFault, TrustImages, TrustProbe } from './images.js';
import {
  base as baseMethod,
  decodes,
  methodsFor,
  type TrustContext,
  type TrustHelpers,
  type TrustMethod,
  type TrustModel,
} from './methods/index.js';
import { headOf, type JudgedText, meanScore, trustScores } from './scores.js';
import { judgeByTruth } from './truth.js';

export interface TrustBenchOptions extends TrustHelpers {
  images: TrustImages;
  /** Default: every method of the registry that has what it needs. The base always runs, first. */
  methods?: readonly TrustMethod[];
  /** Images. Default 100, or all where there are fewer. */
  n?: number;
  /** Longest caption in tokens. Default 128. */
  maxTokens?: number;
  /** Milliseconds since some moment. */
  now: () => number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** One row of the table. */
export interface TrustRow {
  method: string;
  scores: Score[];
  /** CHAIR-i at the common coverage, with the change from the base. */
  equal: EqualCoverage;
  /** The base and this method alone, at the coverage that both reach: one silent method does not cut the others short. */
  pair?: { coverage: number; base: EqualCoverage; own: EqualCoverage };
  /** Of methods that decode: F1 over adversarial probes. The others have the base's. */
  pope?: PopeScores;
  /** Of flags: how well their number tells made-up objects from real ones. */
  auroc?: number;
  /** Runs of a network for one caption, and milliseconds. */
  passes: number;
  milliseconds: number;
}

export interface TrustBench {
  /** Images that were scored. */
  n: number;
  /** Images that were not, each by name. */
  left?: TrustFault[];
  /** The coverage that CHAIR-i is compared at. */
  coverage: number;
  rows: TrustRow[];
}

interface Kept {
  texts: JudgedText[];
  passes: number[];
  milliseconds: number[];
  flags: { value: number; wrong: boolean }[];
}

/** Runs the methods. The truth judges what comes out; no method is given it. Errors: `trust.method`, those of the model and its helpers. */
export async function trustBench(options: TrustBenchOptions): Promise<TrustBench> {
  const { images, n: wanted = 100, maxTokens = 128, now, signal, onProgress, ...rest } = options;
  const n = Math.min(wanted, images.length);
  const { vocabulary, language, question } = images;
  const context: TrustContext = { ...rest, naming: namingOf(vocabulary, language), caption: { question, maxTokens, signal } };
  const methods = withBase(options.methods ?? methodsFor(context), context);
  const models = new Map(methods.flatMap((m): [string, TrustModel][] => (decodes(m) ? [[m.name, m.model(context)]] : [])));
  const kept = new Map(methods.map(({ name }): [string, Kept] => [name, { texts: [], passes: [], milliseconds: [], flags: [] }]));
  const occurrences: string[] = [];
  const unread = new Map<number, TrustFault>();
  for (let i = 0; i < n; i++) {
    throwIfAborted(signal);
    const { name: imageName, image, truth, present } = await images.image(i);
    const timed = async <T>(work: Promise<T>): Promise<{ value: T; took: number }> => {
      const from = now();
      const value = await work;
      return { value, took: now() - from };
    };
    const ask = (name: string) => timed((models.get(name) as TrustModel)(image, context.caption));
    const base = await readable(ask(baseMethod.name));
    if (base instanceof SensoriumError) {
      unread.set(i, { image: imageName, reason: base.message });
      continue;
    }
    occurrences.push(...present);
    for (const method of methods) {
      const own = kept.get(method.name) as Kept;
      let outcome: { text: string; passes: number };
      let took: number;
      if (decodes(method)) ({ value: outcome, took } = method.name === baseMethod.name ? base : await ask(method.name));
      else {
        const corrected = await timed(method.correct(context, { image, base: base.value }));
        outcome = corrected.value;
        took = base.took + corrected.took;
        for (const { verdict, value } of corrected.value.flags ?? []) {
          const { verdict: said } = judgeByTruth(verdict.claim, truth);
          if (said === 'true' || said === 'false') own.flags.push({ value, wrong: said === 'false' });
        }
      }
      const { text, passes } = outcome;
      own.milliseconds.push(took);
      own.passes.push(passes);
      own.texts.push({ text, verdicts: extractClaims(text, vocabulary).map((claim) => judgeByTruth(claim, truth)), present });
    }
    onProgress?.(i + 1, n);
  }
  if (unread.size === n)
    throw new SensoriumError('evaluate.images', 'none of the images can be read', {
      place: images.description,
      got: [...unread.values()][0]?.reason ?? 'no images',
    });
  const texts = ({ name }: TrustMethod): JudgedText[] => (kept.get(name) as Kept).texts;
  const equal = atEqualCoverage(methods.map((method) => ({ name: method.name, texts: texts(method) })));
  const head = headOf(occurrences);
  const probes = images.probes(n).filter(({ index }) => !unread.has(index));
  const rows: TrustRow[] = [];
  for (const [k, method] of methods.entries()) {
    const { name } = method;
    const { passes, milliseconds, flags } = kept.get(name) as Kept;
    const auroc = flagAuroc(flags);
    const both = k === 0 ? undefined : atEqualCoverage([methods[0] as TrustMethod, method].map((m) => ({ name: m.name, texts: texts(m) })));
    const model = models.get(name);
    const pope = model && probes.length > 0 ? await answers(images, { model, probes, signal }) : undefined;
    rows.push({
      method: name,
      scores: trustScores(texts(method), { head }),
      equal: equal.methods[k] as EqualCoverage,
      ...(both ? { pair: { coverage: both.coverage, base: both.methods[0] as EqualCoverage, own: both.methods[1] as EqualCoverage } } : {}),
      ...(pope ? { pope } : {}),
      ...(auroc === undefined ? {} : { auroc }),
      passes: meanScore(passes).value,
      milliseconds: meanScore(milliseconds).value,
    });
  }
  const left = [...(images.faults ?? []), ...unread.values()];
  return { n: n - unread.size, ...(left.length > 0 ? { left } : {}), coverage: equal.coverage, rows };
}

/** What comes of `work`, or the error of an image that cannot be read: it is named, and the others go on. */
async function readable<T>(work: Promise<T>): Promise<T | SensoriumError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SensoriumError && error.code.startsWith('media.')) return error;
    throw error;
  }
}

/** The methods with the base in front, each once. Errors: `trust.method` for one that lacks something and for a name given twice. */
function withBase(chosen: readonly TrustMethod[], context: TrustContext): TrustMethod[] {
  const methods = [baseMethod, ...chosen.filter((method) => method !== baseMethod)];
  const names = new Set<string>();
  for (const method of methods) {
    const lacks = method.lacks?.(context);
    if (lacks !== undefined) throw new SensoriumError('trust.method', `the method '${method.name}' needs ${lacks}`, { got: 'none' });
    if (names.has(method.name)) throw new SensoriumError('trust.method', 'two methods have one name', { got: method.name });
    names.add(method.name);
  }
  return methods;
}

async function answers(
  images: TrustImages,
  { model, probes, signal }: { model: TrustModel; probes: readonly TrustProbe[]; signal?: AbortSignal },
): Promise<PopeScores> {
  const done: { truth: TrustProbe['answer']; reply: string; question: string }[] = [];
  for (const { index, question, answer } of probes) {
    throwIfAborted(signal);
    const { image } = await images.image(index);
    const { text } = await model(image, { question, maxTokens: 16, signal });
    done.push({ truth: answer, reply: text, question });
  }
  return scorePope(done);
}
