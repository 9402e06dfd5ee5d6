// Programmatic rewards, a row each: what a completion is worth by the answer, the boxes or the truth of its row, or by its form.

import { parseChoice } from '../../evaluate/choice.js';
import { type Box, boxesIn, matchBoxes } from '../../evaluate/metrics/boxes.js';
import { exactMatch } from '../../evaluate/metrics/vqa.js';
import { withoutThinking } from '../../evaluate/reply.js';
import type { ChatMessage } from '../../text/index.js';
import { textOf } from '../../text/plain-text.js';
import { placeOf } from '../../train/conversation-samples.js';
import type { Reward, RewardSample } from '../../train/online/reward.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { claimReward } from './claims.js';

/** A row of the registry. */
export interface RewardRow {
  name: string;
  summary: string;
  /** What stands behind a colon after the name, where the reward takes anything. */
  parameter?: string;
  make(parameter: string | undefined): Omit<Reward, 'name'>;
}

/** A reward that compares a reply with the answer of its row. */
const byAnswer = (score: (sample: RewardSample & { answer: string }) => number): Omit<Reward, 'name'> => ({
  score: (samples) => samples.map((sample) => score(sample as RewardSample & { answer: string })),
  check(row) {
    const last = row.messages.at(-1);
    if (last?.role === 'assistant' && typeof last.content === 'string' && last.content.trim() !== '') return;
    throw new SensoriumError('train.data', 'a row has no answer that replies could be compared with', {
      place: placeOf(row),
      expected: 'a conversation that ends with the right answer',
      got: last ? `a last message of role ${last.role}` : 'no messages',
    });
  },
});

/** The last question of a conversation. */
const questionOf = (messages: readonly ChatMessage[]): string => {
  const last = messages.findLast(({ role }) => role === 'user');
  return last ? textOf([last]) : '';
};

/** The options of a question: those of the row, else lines that begin with A, B, C …, else letters alone. */
function optionsOf({ row, messages }: RewardSample): readonly string[] | number {
  const own = row.extra?.options ?? row.extra?.choices;
  if (Array.isArray(own) && own.length > 1 && own.every((option) => typeof option === 'string')) return own;
  const listed = [...questionOf(messages).matchAll(/^\s*\(?([A-Z])[).:]\s*(.+)$/gm)];
  const inOrder = listed.length > 1 && listed.every((m, i) => m[1] === String.fromCharCode(65 + i));
  return inOrder ? listed.map((m) => (m[2] as string).trim()) : 8;
}

/** The overlap of the boxes of a reply with the true ones, each at most once, over how many there are on the side that has more. */
function overlap(answer: string, reply: string): number {
  const [truth, given] = [boxesIn(answer), boxesIn(withoutThinking(reply))] as [Box[], Box[]];
  if (truth.length === 0) return given.length === 0 ? 1 : 0;
  return matchBoxes(truth, given).reduce((a, b) => a + b, 0) / Math.max(truth.length, given.length);
}

/** All rewards by name. */
export const REWARDS: readonly RewardRow[] = [
  {
    name: 'exact',
    summary: '1 for a reply that gives the answer of the row (numbers, yes and no, and letters in any usual words), else 0',
    make: () => byAnswer(({ reply, answer, messages }) => (exactMatch(reply, answer, questionOf(messages)) ? 1 : 0)),
  },
  {
    name: 'choice',
    summary: '1 for a reply that chooses the option of the answer, by its letter or its words, else 0',
    make: () =>
      byAnswer((sample) => {
        const options = optionsOf(sample);
        const right = parseChoice(sample.answer, options);
        return right !== 'unknown' && parseChoice(sample.reply, options) === right ? 1 : 0;
      }),
  },
  {
    name: 'boxes-iou',
    summary: 'overlap (intersection over union) of the boxes of the reply with those of the answer; boxes too many or too few count as 0',
    make: () => {
      const reward = byAnswer(({ reply, answer }) => overlap(answer, reply));
      return {
        ...reward,
        check(row) {
          reward.check?.(row);
          const answer = row.messages.at(-1)?.content as string;
          if (boxesIn(answer).length > 0) return;
          throw new SensoriumError('train.data', 'the answer of a row has no boxes', {
            place: placeOf(row),
            expected: 'boxes such as [0.1, 0.2, 0.5, 0.6]',
            got: answer.slice(0, 80),
          });
        },
      };
    },
  },
  {
    name: 'claims',
    summary:
      'the F-measure of the share of claims that are true and of the objects that are named, by the truth of the row (claims:BETA; default 1)',
    parameter: 'BETA',
    make: claimReward,
  },
  {
    name: 'format',
    summary: '1 for a reply that a regular expression matches (format:PATTERN), else 0',
    parameter: 'PATTERN',
    make: (pattern) => {
      const expression = patternOf(pattern);
      return { score: (samples) => samples.map(({ reply }) => (expression.test(reply) ? 1 : 0)), describe: { pattern } };
    },
  },
];

function patternOf(pattern: string | undefined): RegExp {
  const fail = (got: string): SensoriumError =>
    new SensoriumError('train.reward', 'the reward format needs a regular expression', {
      place: 'reward format',
      expected: "format:PATTERN, such as 'format:^<think>.*</think>'",
      got,
    });
  if (!pattern) throw fail('none');
  try {
    return new RegExp(pattern, 'su');
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
}

/**
 * A reward by its name, with its parameter behind a colon: `reward('exact')`, `reward('format:^\\d+$')`. Throws `train.reward` for a name that
 * there is not.
 */
export function reward(name: string): Reward {
  const [, word = '', parameter] = /^([^:]*)(?::(.*))?$/s.exec(name) ?? [];
  const row = REWARDS.find((r) => r.name === word);
  if (!row) {
    const near = nearest(
      word,
      REWARDS.map((r) => r.name),
    );
    throw new SensoriumError('train.reward', 'there is no reward of this name', {
      place: 'reward',
      expected: REWARDS.map((r) => r.name).join(', '),
      got: name,
      hint: near ? `Did you mean '${near}'?` : 'A file needs its ending: ./reward.ts',
    });
  }
  if (parameter !== undefined && !row.parameter)
    throw new SensoriumError('train.reward', 'this reward takes nothing behind its name', { place: 'reward', expected: word, got: name });
  return { ...row.make(parameter), name };
}
