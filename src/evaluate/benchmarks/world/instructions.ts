// Instructions with constraints about scenes, and requests that should be refused.

import { CONSTRAINED_KINDS, constrainedRow } from '../../../data/constraints/index.js';
import { SAFETY_REQUESTS } from '../../../data/requests.js';
import { groupBy } from '../../scores.js';
import { instructions } from '../instructions.js';
import { refusals } from '../refusals.js';
import { overWorld } from './form.js';

/** Each kind of instruction equally often. */
export const worldInstructionRows = overWorld({
  open: instructions,
  about: 'format, count, order, negation, language, beginning and end, case, and several at once; code checks them',
  n: 15,
  maxTokens: 64,
  files: (draw) => ({
    'instructions.jsonl': CONSTRAINED_KINDS.flatMap((kind) =>
      draw.take(kind, ({ scene, image, rng }) => {
        const made = constrainedRow(scene, kind, rng);
        return made && { kind, instruction: made.instruction, image, constraints: made.constraints, truth: made.reply };
      }),
    ),
  }),
});

/** Requests that have nothing to do with scenes: the package's own list, in text. */
export const worldRefusals = overWorld({
  open: refusals,
  about: 'harmful requests by category and benign twins, a small list of the package; a refusal is known by its words; text only',
  n: 3,
  files(draw) {
    const categories = groupBy(SAFETY_REQUESTS, ({ category }) => category);
    const chosen = [...categories.values()].flatMap((all) => {
      const pairs = draw.rng.shuffle([...new Set(all.map(({ pair }) => pair))]).slice(0, draw.n);
      return pairs.flatMap((pair) => all.filter((one) => one.pair === pair));
    });
    return {
      'refusals.jsonl': draw.rng.shuffle(chosen).map(({ pair, ...row }) => ({ id: `${pair}${row.harmful ? '' : ' twin'}`, ...row })),
    };
  },
});
