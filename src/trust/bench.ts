// The bench of corrections: captions of one model over scenes, by each method, judged by exact truth and compared at equal coverage.

import type { Score } from '../evaluate/benchmark.js';
import { type PopeScores, scorePope } from '../evaluate/pope.js';
import type { Responder } from '../evaluate/responder.js';
import type { Scenes } from '../evaluate/scenes.js';
import type { YesNo } from '../evaluate/yes-no.js';
import type { ImagePart } from '../media/image.js';
import { throwIfAborted } from '../util/errors.js';
import { captionRequest, type Scene } from '../world/index.js';
import { namingOf } from './claim-question.js';
import { extractClaims, spoken } from './claims.js';
import { correctText } from './correct.js';
import { atEqualCoverage, type EqualCoverage } from './equal-coverage.js';
import { claimConsistency, claimLogProbs, flagAuroc, type TokenLogProb } from './flags.js';
import { headOf, type JudgedText, meanScore, trustScores } from './scores.js';
import { judgeByTruth, type Verdict, worldTruth } from './truth.js';
import { woodpecker } from './woodpecker.js';

/** One reply of a model under test; `passes`: how often its network ran, the prompt once and each token after the first once. */
export interface TrustReply {
  text: string;
  tokens: readonly TokenLogProb[];
  passes: number;
}

/** How a reply is asked for. */
export interface TrustAsk {
  question: string;
  maxTokens: number;
  /** Visual contrastive decoding with this strength. */
  vcd?: number;
  /** Drawn at temperature 1 with this seed; greedy without. */
  seed?: number;
  signal?: AbortSignal;
}

/** The model under test. */
export type TrustModel = (image: ImagePart, ask: TrustAsk) => Promise<TrustReply>;

/** The methods of the bench. */
export const TRUST_METHODS = ['base', 'vcd', 'log-probability', 'consistency', 'woodpecker'] as const;
export type TrustMethod = (typeof TRUST_METHODS)[number];

export interface TrustBenchOptions {
  scenes: Scenes<Scene>;
  model: TrustModel;
  /** Answers Woodpecker's questions, and tells how often its network has run. Best another model. */
  verifier: Responder & { passes(): number };
  /** The base is the first. */
  methods?: readonly TrustMethod[];
  /** Scenes. Default 100. */
  n?: number;
  /** Strength of VCD. Default 1. */
  alpha?: number;
  /** Objects whose least token has a lower probability are taken out. Default 0.5. */
  probability?: number;
  /** Other replies that consistency asks for (default 4); objects in less than `agreement` (default 0.5) of them are taken out. */
  samples?: number;
  agreement?: number;
  /** Longest caption in tokens. Default 128. */
  maxTokens?: number;
  /** Milliseconds since some moment. */
  now: () => number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** One row of the table. */
export interface TrustRow {
  method: TrustMethod;
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
  n: number;
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

/** Runs the methods. The truth judges what comes out; no method is given it. Errors: those of the model and the verifier. */
export async function trustBench(options: TrustBenchOptions): Promise<TrustBench> {
  const { scenes, n = 100, methods = TRUST_METHODS, now, signal, onProgress } = options;
  const kept = new Map(methods.map((method): [TrustMethod, Kept] => [method, { texts: [], passes: [], milliseconds: [], flags: [] }]));
  const { vocabulary } = scenes.source;
  const occurrences: string[] = [];
  for (let i = 0; i < n; i++) {
    throwIfAborted(signal);
    const { part, objects } = scenes.image(i);
    const truth = worldTruth(scenes.scene(i));
    occurrences.push(...objects);
    const started = now();
    const base = await caption(options, part, {});
    const baseTime = now() - started;
    const judge = (text: string): JudgedText => ({
      text,
      verdicts: extractClaims(text, vocabulary).map((claim) => judgeByTruth(claim, truth)),
      present: objects,
    });
    for (const method of methods) {
      const own = kept.get(method) as Kept;
      const from = now();
      const { text, passes, flags = [] }: Outcome = method === 'base' ? base : await correctedBy[method](options, part, base);
      own.milliseconds.push(method === 'base' ? baseTime : now() - from + (method === 'vcd' ? 0 : baseTime));
      own.passes.push(passes);
      own.texts.push(judge(text));
      for (const { verdict, value } of flags) {
        const { verdict: said } = judgeByTruth(verdict.claim, truth);
        if (said === 'true' || said === 'false') own.flags.push({ value, wrong: said === 'false' });
      }
    }
    onProgress?.(i + 1, n);
  }
  const head = headOf(occurrences);
  const equal = atEqualCoverage(methods.map((name) => ({ name, texts: (kept.get(name) as Kept).texts })));
  const rows: TrustRow[] = [];
  const baseTexts = kept.get(methods[0] as TrustMethod)?.texts ?? [];
  for (const [k, method] of methods.entries()) {
    const { texts, passes, milliseconds, flags } = kept.get(method) as Kept;
    const auroc = flagAuroc(flags);
    const both =
      method === 'base'
        ? undefined
        : atEqualCoverage([
            { name: 'base', texts: baseTexts },
            { name: method, texts },
          ]);
    const pope = method === 'base' || method === 'vcd' ? await probes(options, method) : undefined;
    rows.push({
      method,
      scores: trustScores(texts, { head }),
      equal: equal.methods[k] as EqualCoverage,
      ...(both ? { pair: { coverage: both.coverage, base: both.methods[0] as EqualCoverage, own: both.methods[1] as EqualCoverage } } : {}),
      ...(pope ? { pope } : {}),
      ...(auroc === undefined ? {} : { auroc }),
      passes: meanScore(passes).value,
      milliseconds: meanScore(milliseconds).value,
    });
  }
  return { n, coverage: equal.coverage, rows };
}

/** A caption with what it cost; `flags`: the numbers by which its objects were kept or taken out. */
interface Outcome {
  text: string;
  tokens: readonly TokenLogProb[];
  passes: number;
  flags?: { verdict: Verdict; value: number }[];
}

const caption = ({ scenes, model, maxTokens = 128, signal }: TrustBenchOptions, image: ImagePart, how: { vcd?: number; seed?: number }) =>
  model(image, { question: captionRequest(scenes.language, 'long'), maxTokens, signal, ...how });

/** The base's caption without the objects whose number is below a limit. */
function without(
  { scenes }: TrustBenchOptions,
  base: TrustReply,
  { numbers, limit }: { numbers: readonly (number | undefined)[]; limit: number },
): Outcome {
  const { vocabulary } = scenes.source;
  const claims = extractClaims(base.text, vocabulary);
  const verdicts = claims.map((claim, i): Verdict => {
    const value = numbers[i];
    return { claim, verdict: claim.type === 'existence' && value !== undefined && value < limit ? 'false' : 'unknown' };
  });
  const gone = new Set(verdicts.flatMap(({ claim, verdict }) => (claim.type === 'existence' && verdict === 'false' ? [claim.object] : [])));
  // What is taken out once is not kept elsewhere, nor are relations to it.
  const whole = verdicts.map((v): Verdict => {
    const { claim } = v;
    if (claim.type === 'text') return v;
    if (claim.type === 'existence') return gone.has(claim.object) ? { ...v, verdict: 'false' } : v;
    const lost = gone.has(claim.object) || (claim.type === 'relation' && claim.relation !== 'place' && gone.has(claim.other));
    return lost ? { ...v, verdict: 'moot' } : v;
  });
  const flags = verdicts.flatMap((verdict, i) => {
    const value = numbers[i];
    return verdict.claim.type === 'existence' && value !== undefined ? [{ verdict, value }] : [];
  });
  const { text } = correctText(spoken(base.text), whole, namingOf(vocabulary, scenes.language));
  return { ...base, text, flags };
}

const correctedBy: Record<
  Exclude<TrustMethod, 'base'>,
  (options: TrustBenchOptions, image: ImagePart, base: TrustReply) => Promise<Outcome>
> = {
  async vcd(options, image) {
    const reply = await caption(options, image, { vcd: options.alpha ?? 1 });
    // Two rows of the network for each token.
    return { ...reply, passes: 2 * reply.passes };
  },
  async 'log-probability'(options, _image, base) {
    const claims = extractClaims(base.text, options.scenes.source.vocabulary);
    return without(options, base, { numbers: claimLogProbs(claims, base.tokens), limit: Math.log(options.probability ?? 0.5) });
  },
  async consistency(options, image, base) {
    const { vocabulary } = options.scenes.source;
    const { samples = 4, agreement = 0.5 } = options;
    const others: TrustReply[] = [];
    for (let seed = 1; seed <= samples; seed++) others.push(await caption(options, image, { seed }));
    const numbers = claimConsistency(
      extractClaims(base.text, vocabulary),
      others.map(({ text }) => extractClaims(text, vocabulary)),
    );
    const result = without(options, base, { numbers, limit: agreement });
    return { ...result, passes: base.passes + others.reduce((sum, { passes }) => sum + passes, 0) };
  },
  async woodpecker({ scenes, verifier, signal }, image, base) {
    const before = verifier.passes();
    const naming = namingOf(scenes.source.vocabulary, scenes.language);
    const { text } = await woodpecker(base.text, { image }, { naming, vqa: verifier, signal });
    return { ...base, text, passes: base.passes + verifier.passes() - before };
  },
};

/** Adversarial probes of the same scenes, two of each. */
async function probes({ scenes, model, n = 100, alpha = 1, signal }: TrustBenchOptions, method: 'base' | 'vcd'): Promise<PopeScores> {
  const rng = scenes.rng.fork('trust/pope');
  const done: { truth: YesNo; reply: string; question: string }[] = [];
  for (let i = 0; i < n; i++) {
    const { part } = scenes.image(i);
    const asked = scenes.source.probes(scenes.scene(i), { language: scenes.language, negative: 'adversarial', rng });
    for (const { question, answer } of asked) {
      const { text } = await model(part, { question, maxTokens: 16, signal, ...(method === 'vcd' ? { vcd: alpha } : {}) });
      done.push({ truth: answer, reply: text, question });
    }
  }
  return scorePope(done);
}
