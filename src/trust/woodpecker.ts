// Woodpecker (Yin et al. 2023): five stages after a reply, over any detector and any model that answers questions, the evidence kept.

import type { Responder } from '../evaluate/responder.js';
import { SensoriumError } from '../util/errors.js';
import type { Claim } from './claim.js';
import { claimQuestion, type Naming } from './claim-question.js';
import { extractClaims, spoken } from './claims.js';
import { type Corrected, correctText } from './correct.js';
import { readerVerifier, type TextReader } from './reader.js';
import type { TruthBox, Verdict } from './truth.js';
import { type Detector, detectorVerifier, modelVerifier, type Subject, type VerifyOptions } from './verifier.js';

/** A statement of what is seen, from which the text is corrected. */
export interface VisualFact {
  object: string;
  /** How often it was found; absent where nothing counted it. */
  count?: number;
  /** Verified attributes, such as `red`. */
  attributes: readonly string[];
  boxes: readonly TruthBox[];
}

/** What a corrector gets. */
export interface CorrectionTask {
  text: string;
  verdicts: readonly Verdict[];
  facts: readonly VisualFact[];
  naming: Naming;
}

export interface WoodpeckerOptions {
  naming: Naming;
  /** Finds and counts objects. Without it the model is asked for these too. */
  detector?: Detector;
  /** Least score of a detection. Default: the detector's own, else 0.5. */
  threshold?: number;
  /** Least score of what may be there. Default: the detector's own, else `threshold`. */
  doubt?: number;
  /** Reads printed words. Without it the model is asked for these too. */
  reader?: TextReader;
  /** Answers questions about the image. Best not the model under correction, which repeats its mistakes. */
  vqa?: Responder;
  /** Writes the corrected text. Default: `correctText`, which needs no model. */
  correct?(task: CorrectionTask): Corrected | Promise<Corrected>;
  signal?: AbortSignal;
}

/** The trace of all stages. */
export interface WoodpeckerResult extends Corrected {
  /** Stage 1: the objects that the text is about. */
  concepts: string[];
  /** Stage 2: what was asked of the model. */
  questions: string[];
  /** Stage 3: the verdicts. */
  verdicts: Verdict[];
  /** Stage 4: what is seen. */
  facts: VisualFact[];
  /** Images detected and questions answered. */
  asked: number;
}

/**
 * Corrects a reply about an image. Stages: key concepts of the text; a question for each of its claims; their verdicts, first by the detector, and
 * by the model where the detector does not know; what is seen, with boxes; the text corrected by it. Errors: `trust.verifier` without any of
 * them, `trust.image`, those of both.
 */
export async function woodpecker(reply: string, subject: Subject, options: WoodpeckerOptions): Promise<WoodpeckerResult> {
  const {
    naming,
    detector,
    threshold,
    doubt,
    reader,
    vqa,
    signal,
    correct = (task) => correctText(task.text, task.verdicts, task.naming),
  } = options;
  if (!detector && !reader && !vqa)
    throw new SensoriumError('trust.verifier', 'nothing can verify the claims', {
      expected: 'a detector, a reader, a model that answers questions, or several of them',
      hint: 'Give `detector`, `reader` or `vqa`',
    });
  const text = spoken(reply);
  const claims = extractClaims(reply, naming.vocabulary);
  const concepts = [...new Set(claims.flatMap((claim) => (claim.type === 'existence' ? [claim.object] : [])))];
  let asked = 0;
  let verdicts: Verdict[] = claims.map((claim) => ({ claim, verdict: 'unknown' }));
  const run = async (verify: (claims: readonly Claim[], options: VerifyOptions) => Promise<{ verdicts: Verdict[]; asked: number }>) => {
    const open = verdicts.flatMap((v, i) => (v.verdict === 'unknown' ? [i] : []));
    if (open.length === 0) return;
    const found = await verify(
      open.map((i) => claims[i] as Claim),
      { signal },
    );
    asked += found.asked;
    verdicts = verdicts.map((v, i) => {
      const at = open.indexOf(i);
      const now = at < 0 ? undefined : found.verdicts[at];
      return now && now.verdict !== 'unknown' ? { ...now, boxes: now.boxes ?? v.boxes } : now?.boxes ? { ...v, boxes: now.boxes } : v;
    });
  };
  if (detector) await run((open, how) => detectorVerifier(detector, { threshold, doubt }).verify(open, subject, how));
  if (reader) await run((open, how) => readerVerifier(reader).verify(open, subject, how));
  let questions: string[] = [];
  if (vqa) {
    const open = verdicts.filter(({ verdict }) => verdict === 'unknown').map(({ claim }) => claim);
    questions = [...new Set(open.map((claim) => claimQuestion(claim, naming).question))];
    await run((left, how) => modelVerifier(vqa, { naming }).verify(left, subject, how));
  }
  const facts = factsOf(concepts, verdicts);
  const corrected = await correct({ text, verdicts, facts, naming });
  return { ...corrected, concepts, questions, verdicts, facts, asked };
}

function factsOf(concepts: readonly string[], verdicts: readonly Verdict[]): VisualFact[] {
  return concepts.flatMap((object): VisualFact[] => {
    const own = verdicts.filter(({ claim }) => claim.type !== 'text' && claim.object === object && !claim.denied);
    if (own.some(({ claim, verdict }) => claim.type === 'existence' && verdict === 'false')) return [];
    const boxes = own.find(({ claim, boxes: found }) => claim.type === 'existence' && found?.length)?.boxes ?? [];
    const counted = own.flatMap(({ claim, verdict, instead }) =>
      claim.type !== 'count' ? [] : verdict === 'true' ? [claim.count] : instead === undefined ? [] : [Number(instead)],
    )[0];
    const attributes = own.flatMap(({ claim, verdict, instead }) =>
      claim.type !== 'attribute' ? [] : verdict === 'true' ? [claim.value] : verdict === 'false' && instead !== undefined ? [instead] : [],
    );
    const count = boxes.length || counted;
    return [{ object, ...(count ? { count } : {}), attributes: [...new Set(attributes)], boxes }];
  });
}

/** What is seen in sentences, for a corrector that is a language model: "There are 2 dogs: [12,30,80,91] [96,20,140,88]." */
export function factSentences(facts: readonly VisualFact[], { name }: Pick<Naming, 'name'>): string[] {
  return facts.flatMap(({ object, count, attributes, boxes }) => {
    const where = boxes.length ? `: ${boxes.map((box) => `[${box.map((v) => Math.round(v)).join(',')}]`).join(' ')}` : '';
    return [
      `There ${count === undefined || count === 1 ? `is ${name(object)}` : `are ${count} of ${name(object)}`}${where}.`,
      ...attributes.map((value) => `The ${name(object)} is ${value}.`),
    ];
  });
}
