// The reward of a description by its claims: how many are true, and how much of what is there is named.

import type { Conversation } from '../../data/index.js';
import { Vocabulary } from '../../evaluate/mentions.js';
import { worldVocabulary } from '../../evaluate/world-source.js';
import { placeOf } from '../../train/conversation-samples.js';
import type { Reward } from '../../train/online/reward.js';
import { SensoriumError } from '../../util/errors.js';
import type { Scene } from '../../world/index.js';
import { extractClaims } from '../claims.js';
import { cocoObjects, cocoOther } from '../coco-objects.js';
import { textCounts } from '../scores.js';
import { type ImageTruth, judgeByTruth, labelTruth, worldTruth } from '../truth.js';

/** What is true of a row's image, and the words for it. */
interface RowTruth {
  truth: ImageTruth;
  vocabulary: Vocabulary;
}

/** Vocabularies that labels may belong to; made at the first use. */
const known: { vocabulary?: Vocabulary; make(): Vocabulary }[] = [
  { make: () => worldVocabulary() },
  { make: () => new Vocabulary(cocoObjects, cocoOther) },
];

/**
 * Precision and recall of the claims of a reply in one number from 0 to 1: (1 + b²)PR / (b²P + R), the F-measure of `beta` b, 0 for a reply that claims
 * nothing. Below 1 a false claim costs more than a missed object.
 */
export function claimScore(reply: string, { truth, vocabulary }: RowTruth, beta = 1): number {
  const verdicts = extractClaims(reply, vocabulary).map((claim) => judgeByTruth(claim, truth));
  const right = verdicts.filter(({ verdict }) => verdict === 'true').length;
  const wrong = verdicts.filter(({ verdict }) => verdict === 'false').length;
  const present = [...new Set(truth.objects.map(({ id }) => id))];
  const { covered } = textCounts({ text: reply, verdicts, present });
  const precision = right + wrong === 0 ? 0 : right / (right + wrong);
  const recall = present.length === 0 ? 1 : covered / present.length;
  const weight = beta ** 2;
  return precision + recall === 0 ? 0 : ((1 + weight) * precision * recall) / (weight * precision + recall);
}

/** The truth of a row: its scene of the world (`scene`), or the names of what its image shows (`objects`). Errors: `train.data`. */
function truthOf(row: Conversation): RowTruth {
  const { scene, objects } = row.extra ?? {};
  if (isScene(scene)) return { truth: worldTruth(scene), vocabulary: vocabularyOf([], row) };
  if (Array.isArray(objects) && objects.length > 0 && objects.every((name) => typeof name === 'string'))
    return { truth: labelTruth(objects as string[]), vocabulary: vocabularyOf(objects as string[], row) };
  throw new SensoriumError('train.data', 'the truth of a row is not known, so that claims cannot be checked', {
    place: placeOf(row),
    expected: '"objects": ["dog", "cup"], what the image shows; or a scene of the world',
    got: Object.keys(row.extra ?? {}).join(', ') || 'no such key',
  });
}

const isScene = (value: unknown): value is Scene =>
  typeof value === 'object' && value !== null && Array.isArray((value as Partial<Scene>).objects) && 'size' in value;

function vocabularyOf(labels: readonly string[], row: Conversation): Vocabulary {
  for (const one of known) {
    one.vocabulary ??= one.make();
    const { ids } = one.vocabulary;
    if (labels.every((label) => ids.includes(label))) return one.vocabulary;
  }
  throw new SensoriumError('train.data', 'the objects of a row have names that no vocabulary has', {
    place: `${placeOf(row)}: objects`,
    expected: "COCO's 80 categories, or those of the scene world",
    got: labels.filter((label) => !known.some(({ vocabulary }) => vocabulary?.ids.includes(label))).join(', '),
  });
}

/** The reward `claims`, or `claims:BETA`. Rows need `scene` or `objects`. Errors: `train.reward` for a beta that is not a number above 0. */
export function claimReward(given?: string): Omit<Reward, 'name'> {
  const beta = given === undefined ? 1 : Number(given);
  if (!(beta > 0 && Number.isFinite(beta)))
    throw new SensoriumError('train.reward', 'the reward claims takes a number above 0', {
      place: 'reward claims',
      expected: "claims, or claims:BETA, such as 'claims:0.5', where what is false costs more than what is missed",
      got: given ?? '',
    });
  return {
    score: (samples) => samples.map(({ reply, row }) => claimScore(reply, truthOf(row), beta)),
    check: (row) => void truthOf(row),
    ...(given === undefined ? {} : { describe: { beta } }),
  };
}
