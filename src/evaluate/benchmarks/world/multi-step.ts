// Questions about scenes that take several steps, beside the true steps and the program that computes the answer.

import {
  balancedAnswers,
  MULTI_STEP_KINDS,
  type MultiStepKind,
  type MultiStepQuestion,
  multiStepQuestion,
  type Scene,
} from '../../../world/index.js';
import { type Answered, type Benchmark, questionOf, type Row } from '../../benchmark.js';
import { exactMatch } from '../../metrics/vqa.js';
import type { Scenes } from '../../scenes.js';
import { shareOf, unanswered, withParts } from '../../scores.js';
import { WorldDraw } from './draw.js';

/** A question of several steps. What shows the way to the answer is never given to a responder. */
export interface MultiStepRow extends Row, Pick<MultiStepQuestion, 'steps' | 'rationale' | 'program'> {
  kind: MultiStepKind;
}

const right = (row: Answered<MultiStepRow>): boolean => exactMatch(row.reply, row.truth, questionOf(row.messages));
const yesNo = ({ truth }: MultiStepRow): boolean => truth === 'yes' || truth === 'no';

/**
 * `n` questions (default 40) of each kind, at most one of a kind from a scene: counts compared and added, colors, kinds and relations of a
 * thing that is named by a relation, and how many things share a color. Where a kind has few answers they come equally often.
 */
export function worldMultiStep(scenes: Scenes<Scene>): Benchmark<MultiStepRow> {
  const name = 'world:multi-step';
  return {
    name,
    title: 'world multi-step',
    about: 'English questions that take two steps: counts compared and added, a thing named by a relation, things that share a color',
    maxTokens: 24,
    *rows({ n = 40, signal }) {
      const draw = new WorldDraw(scenes, name, n, signal);
      for (const kind of MULTI_STEP_KINDS)
        yield* draw.even(kind, balancedAnswers(kind) ?? [undefined], ({ scene, index, rng }, answer): MultiStepRow | undefined => {
          const found = multiStepQuestion(scene, kind, rng, answer);
          if (!found) return undefined;
          const { question, steps, rationale, program, answer: truth } = found;
          const seen = scenes.image(index);
          return { kind, messages: scenes.ask(seen, question), truth, boxes: seen.boxes, steps, rationale, program };
        });
    },
    score: (done) => [
      ...withParts(
        done,
        (rows) => [shareOf('accuracy', rows, right)],
        (rows) => [shareOf('accuracy', rows, right)],
      ),
      shareOf('accuracy, yes/no', done.filter(yesNo), right, { detail: true }),
      shareOf(
        'accuracy, open',
        done.filter((row) => !yesNo(row)),
        right,
        { detail: true },
      ),
      { ...unanswered(done), detail: true },
    ],
    right,
  };
}
