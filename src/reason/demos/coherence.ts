// Demonstrations that do not hang together are left out before they can mislead (Jeong 2023, arXiv:2312.07553): by a CLIP, or by asking a model.

import { rocThreshold } from '../../curate/roc.js';
import type { PartialResponder } from '../../evaluate/responder.js';
import { parseRobust } from '../../evaluate/yes-no.js';
import type { ContentPart } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import type { DemoBank } from './bank.js';
import { type Demo, mediaIn } from './demo.js';

/** Decides whether a demonstration may be shown. */
export interface DemoFilter {
  readonly name: string;
  /** What it goes by, for results: the threshold, or who is asked. */
  readonly about: Readonly<Record<string, unknown>>;
  keep(demo: Demo, index: number, signal?: AbortSignal): Promise<boolean>;
}

/** Pairs by which the threshold of a CLIP is found. */
const PAIRS = 64;
/** Least area under the curve of a CLIP that can tell matched from mismatched answers at all. */
const LEAST_AUC = 0.6;

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/**
 * Keeps demonstrations whose answer fits their image by the cosine of a CLIP. `least` by default: what parts the answers of up to 64
 * demonstrations best from those of others. Demos without images are kept. Errors: `demos.option` for a bank without vectors, and where the
 * CLIP cannot tell answers of the bank from others (short answers such as "yes" say too little).
 */
export async function clipFilter(
  bank: DemoBank,
  { least, seed = 0, signal }: { least?: number; seed?: number; signal?: AbortSignal } = {},
): Promise<DemoFilter> {
  const { vectors, embedder } = bank;
  if (!vectors || !embedder)
    throw new SensoriumError('demos.option', 'coherence by a CLIP needs demonstrations that are embedded', {
      place: 'filter',
      got: bank.name,
    });
  const known = new Map<number, number>();
  const image = (index: number): Float32Array => vectors.image.subarray(index * vectors.width, (index + 1) * vectors.width);
  const embed = async (answers: readonly string[], stop?: AbortSignal): Promise<readonly Float32Array[]> =>
    (await embedder.texts(answers, stop, { truncate: true })).vectors;
  const threshold = least ?? (await calibrated());
  return {
    name: 'clip',
    about: { filter: 'clip', clip: embedder.name, least: threshold },
    async keep(demo, index, stop) {
      if (mediaIn(demo.content).length === 0) return true;
      const score = known.get(index) ?? dot(image(index), (await embed([demo.answer], stop))[0] as Float32Array);
      known.set(index, score);
      return score >= threshold;
    },
  };

  async function calibrated(): Promise<number> {
    const taken = new Rng(`coherence/${seed}`).sample(bank.usable, PAIRS);
    const demos: Demo[] = [];
    for (const index of taken) demos.push(await bank.demo(index));
    const texts = await embed(
      demos.map(({ answer }) => answer),
      signal,
    );
    const score = (i: number, j: number): number => dot(image(taken[i] as number), texts[j] as Float32Array);
    const matched = demos.map((_, i) => score(i, i));
    const mismatched = demos.flatMap(({ answer }, i) => {
      const other = demos.findIndex((demo, j) => j > i && demo.answer !== answer);
      return other < 0 ? [] : [score(i, other)];
    });
    const found = mismatched.length > 0 ? rocThreshold(matched, mismatched) : undefined;
    if (!found || found.auc < LEAST_AUC)
      throw new SensoriumError('demos.option', 'the CLIP does not tell answers of these demonstrations from those of others', {
        place: bank.name,
        expected: `an area under the curve of at least ${LEAST_AUC} over ${demos.length} demonstrations`,
        got: found ? found.auc.toFixed(2) : 'answers that are all the same',
        hint: 'Ask a model instead, or give a threshold of your own',
      });
    return found.threshold;
  }
}

/** What a model is asked of a demonstration. */
export const COHERENT = (demo: Demo): ContentPart[] => [
  ...mediaIn(demo.content),
  {
    type: 'text',
    text: `${demo.question === '' ? '' : `Question: ${demo.question}\n`}Answer: ${demo.answer}\nDoes the answer fit the image${demo.question === '' ? '' : ' and the question'}? Reply with yes or no.`,
  },
];

/** Keeps demonstrations of which a model does not say no. Each is asked about once. */
export function askFilter(responder: PartialResponder, name = 'model'): DemoFilter {
  const known = new Map<number, boolean>();
  return {
    name: 'ask',
    about: { filter: 'ask', asked: name },
    async keep(demo, index, signal) {
      const before = known.get(index);
      if (before !== undefined) return before;
      const [reply = ''] = await responder.replies([[{ role: 'user', content: COHERENT(demo) }]], { maxTokens: 16, signal });
      const keep = parseRobust(reply) !== 'no';
      known.set(index, keep);
      return keep;
    },
  };
}
