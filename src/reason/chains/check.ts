// The claims of a step, checked by a verifier: what is false is asked of the eye again, left out, or marked.

import type { Vocabulary } from '../../evaluate/mentions.js';
import type { ImagePart } from '../../media/index.js';
import { isImagePart } from '../../text/index.js';
import { claimQuestion, namingOf } from '../../trust/claim-question.js';
import { extractClaims } from '../../trust/claims.js';
import type { Verdict } from '../../trust/truth.js';
import type { Subject, Verifier } from '../../trust/verifier.js';
import type { Evidence } from './chain.js';
import { imagesOf, type Problem } from './problem.js';

/** What becomes of a thought with a false claim. */
export type OnFalse = 'ask' | 'drop' | 'mark';

/** How steps are checked. */
export interface CheckOptions {
  verifier: Verifier;
  /** The objects that claims are read for. */
  vocabulary: Vocabulary;
  /** Default `ask`: the eye is asked about the claim, and its answer stands in place of the thought. `drop` leaves the thought out, `mark` keeps it with its doubt. */
  onFalse?: OnFalse;
  /** What the verifier reads of an image, such as its truth in studies. Default: the image itself. */
  subject?: (image: ImagePart) => Subject;
}

/** What a check found about one text. */
export interface Checked {
  evidence: Evidence[];
  /** The questions that false claims are asked by. */
  questions: string[];
}

/** Checks the claims of a text about the only image of a problem; none about several images, where it is not said which one is meant. */
export async function checkText(
  text: string,
  problem: Problem,
  { verifier, vocabulary, subject }: CheckOptions,
  signal?: AbortSignal,
): Promise<Checked> {
  const images = imagesOf(problem);
  const [image] = images;
  const claims = images.length === 1 && image && isImagePart(image) ? extractClaims(text, vocabulary) : [];
  if (claims.length === 0) return { evidence: [], questions: [] };
  const { verdicts } = await verifier.verify(claims, subject?.(image as ImagePart) ?? { image: image as ImagePart }, { signal });
  const naming = namingOf(vocabulary, /\p{Script=Han}/u.test(text) ? 'zh' : 'en');
  return {
    evidence: verdicts.flatMap(evidenceOf),
    questions: [...new Set(verdicts.flatMap((one) => (one.verdict === 'false' ? [claimQuestion(one.claim, naming).question] : [])))],
  };
}

/** A verdict as evidence, one item for each of its boxes. A claim about what is not there is as false as that claim. */
function evidenceOf({ claim, verdict, instead, boxes }: Verdict): Evidence[] {
  const own: Evidence = {
    image: 0,
    claim: claim.text,
    verified: verdict === 'moot' ? 'false' : verdict,
    ...(instead === undefined ? {} : { instead }),
  };
  return boxes && boxes.length > 0 ? boxes.map((box) => ({ ...own, box })) : [own];
}
