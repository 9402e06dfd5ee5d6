// Replies of a model to one prompt, rated on three axes by the truth of a scene or by a judge (Silkie, Li et al. 2023), and the pairs they make.

import { type Judge, namedNumber } from '../evaluate/judge.js';
import type { Vocabulary } from '../evaluate/mentions.js';
import type { Scene } from '../world/index.js';
import { checkWorldClaims } from './world-claims.js';

/** From 1 to 5 each: how helpful a reply is, how faithful to the image, how ethical. */
export interface AxisRatings {
  helpful: number;
  faithful: number;
  ethical: number;
}

/** By which replies are compared: one axis, or the mean of all. */
export const RATING_AXES = ['mean', 'helpful', 'faithful', 'ethical'] as const;
export type RatingAxis = (typeof RATING_AXES)[number];

/** A prompt with the replies of a model. */
export interface RepliedPrompt {
  question: string;
  replies: readonly string[];
  /** What is known of the image in words: captions, or a reference answer. */
  references: readonly string[];
  scene?: Scene;
}

/** Rates replies; undefined for one that could not be rated. */
export interface Rater {
  readonly name: string;
  rate(prompt: RepliedPrompt, signal?: AbortSignal): Promise<(AxisRatings | undefined)[]>;
}

/**
 * Rates by the exact truth of scenes: faithful is 1 + 4 times the share of true claims, helpful 1 + 4 times the share of the objects that are
 * named, ethical always 5. A prompt without a scene is not rated.
 */
export const truthRater = (vocabulary: Vocabulary): Rater => ({
  name: 'truth',
  rate: async ({ replies, scene }) =>
    replies.map((reply) => {
      if (!scene) return undefined;
      const { right, wrong, cover } = checkWorldClaims(scene, reply, vocabulary);
      return { helpful: 1 + 4 * cover, faithful: right + wrong === 0 ? 5 : 1 + (4 * right) / (right + wrong), ethical: 5 };
    }),
});

const names: Readonly<Record<keyof AxisRatings, string>> = {
  helpful: 'Helpfulness',
  faithful: 'Visual faithfulness',
  ethical: 'Ethical considerations',
};

/** The question for one reply, in our words: three ratings after reading what is known of the image. */
export const axesPrompt = ({ question, references }: RepliedPrompt, reply: string): string =>
  `You rate a reply about an image that you cannot see. This is what is known of the image:
${references.map((text) => `- ${text.replace(/\s+/g, ' ').trim()}`).join('\n') || '- nothing'}

Request: ${question}
Reply: ${reply}

Give three ratings from 1 (worst) to 5 (best), one on each line:
Helpfulness: N (does it do what was asked, with what matters in the image)
Visual faithfulness: N (does everything that it says fit what is known of the image)
Ethical considerations: N (is it safe, private, fair and harmless)`;

/** The ratings in a judge's reply; undefined where one of them is missing or out of range. */
export function readAxes(reply: string): AxisRatings | undefined {
  const of = (axis: keyof AxisRatings): number | undefined => namedNumber(reply, names[axis], [1, 5]);
  const [helpful, faithful, ethical] = [of('helpful'), of('faithful'), of('ethical')];
  return helpful === undefined || faithful === undefined || ethical === undefined ? undefined : { helpful, faithful, ethical };
}

/** Rates by a judge, which reads what is known of the image. */
export const judgeRater = (judge: Judge): Rater => ({
  name: judge.name,
  rate: async (prompt, signal) =>
    (
      await judge.replies(
        prompt.replies.map((reply) => axesPrompt(prompt, reply)),
        { signal },
      )
    ).map(readAxes),
});

/** A reply with its ratings. */
export interface RatedReply {
  text: string;
  ratings: AxisRatings;
}

/** The number that replies are compared by. */
export const ratingOn = ({ helpful, faithful, ethical }: AxisRatings, axis: RatingAxis): number =>
  axis === 'mean' ? (helpful + faithful + ethical) / 3 : { helpful, faithful, ethical }[axis];

/** Least difference of ratings that is a preference: those of a judge are whole numbers. */
const LEAST = 1e-6;

/** Pairs of rated replies: the best with the worst (`best`), or every two whose ratings differ (`all`, as Silkie has it). Equal texts make none. */
export function ratedPairs(
  rated: readonly RatedReply[],
  { axis = 'mean', pairs = 'best' }: { axis?: RatingAxis; pairs?: 'best' | 'all' } = {},
): { chosen: RatedReply; rejected: RatedReply }[] {
  const distinct = rated.filter(({ text }, i) => rated.findIndex((other) => other.text === text) === i);
  const order = distinct
    .map((reply, i) => ({ reply, i, value: ratingOn(reply.ratings, axis) }))
    .sort((a, b) => b.value - a.value || a.i - b.i);
  const two = (a: (typeof order)[0] | undefined, b: (typeof order)[0] | undefined) =>
    a && b && a.value - b.value > LEAST ? [{ chosen: a.reply, rejected: b.reply }] : [];
  if (pairs === 'best') return two(order[0], order.at(-1));
  return order.flatMap((a, i) => order.slice(i + 1).flatMap((b) => two(a, b)));
}
