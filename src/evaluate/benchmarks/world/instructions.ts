// Instructions with constraints about scenes.

import { CONSTRAINED_KINDS, constrainedRow } from '../../../data/constraints/index.js';
import { instructions } from '../instructions.js';
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
