// Open replies rated by exact truth: short answers by the parsers, descriptions by their claims about the scene.

import { mediaParts } from '../../../text/index.js';
import { captionRequest } from '../../../world/index.js';
import { type Answered, questionOf, type Row } from '../../benchmark.js';
import { openAnswer } from '../../metrics/open-answer.js';
import { exactMatch } from '../../metrics/vqa.js';
import { withoutThinking } from '../../reply.js';
import { type CheckedClaims, type NamedThing, sceneBehind } from '../../scenes.js';

/** A reply as the truth has it, each 0 to 1. */
export interface ExactRating {
  /** Of a description, the share of its claims that are true; of an answer, whether it is right. */
  accuracy: number;
  /** Of a description, the objects that it names, next to those of a full description; of an answer, whether it is right. */
  coverage: number;
  /** Says something that is not so. */
  madeUp: boolean;
  /** The things that it says are there, in order. */
  named: readonly NamedThing[];
}

const NOTHING: CheckedClaims = { right: 0, wrong: 0, cover: 0, named: [] };

/** What asks for a description. */
export const DESCRIBE = captionRequest('en', 'long');

/** The rating of the reply to a row, and that of its true answer; `describes`: every question of the benchmark asks for a description. */
export function rateExactly(
  row: Answered<Row>,
  claims: (scene: unknown, reply: string) => CheckedClaims,
  describes = false,
): [ExactRating, ExactRating] {
  const question = questionOf(row.messages);
  const scene = sceneBehind(mediaParts(row.messages).at(-1)?.source)?.scene;
  const rate = (text: string): ExactRating => {
    const reply = withoutThinking(text);
    const { right, wrong, cover, named } = scene === undefined ? NOTHING : claims(scene, reply);
    if (describes || question === DESCRIBE)
      return { accuracy: right + wrong === 0 ? 0 : right / (right + wrong), coverage: cover, madeUp: wrong > 0, named };
    const denied = /^There is no /.test(row.truth) && right > 0;
    const answered = wrong === 0 && (denied || exactMatch(reply, row.truth, question) || openAnswer(reply, [row.truth]));
    const one = answered ? 1 : 0;
    return { accuracy: one, coverage: one, madeUp: !answered && reply.trim() !== '', named };
  };
  const [reply, truth] = [rate(row.reply), rate(row.truth)];
  const full = truth.coverage || 1;
  return [
    { ...reply, coverage: Math.min(1, reply.coverage / full) },
    { ...truth, coverage: truth.coverage / full },
  ];
}

/** Both in one number: the harmonic mean of accuracy and coverage. */
export const quality = ({ accuracy, coverage }: ExactRating): number =>
  accuracy + coverage === 0 ? 0 : (2 * accuracy * coverage) / (accuracy + coverage);
