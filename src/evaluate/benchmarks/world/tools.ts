// Requests for tools over scenes, of tools that training lists and of tools that it never lists, in the form and with the scores of GPT4Tools.

import { gpt4toolsPrompt, type ToolRowKind, type ToolSplit, toolRow } from '../../../data/gpt4tools/index.js';
import { Rng } from '../../../util/rng.js';
import { gpt4Tools } from '../gpt4tools.js';
import { overWorld } from './form.js';

const KINDS: readonly ToolRowKind[] = ['call', 'context', 'call', 'negative'];

/** `world:tools-NAME`: a list of five tools in the short prompt; a call, a call about an earlier turn, or talk without a tool. */
const worldTools = (split: Exclude<ToolSplit, 'train'>, about: string) =>
  overWorld({
    open: (source) => ({ ...gpt4Tools(source), name: `tools-${split}`, title: `tools ${split}` }),
    about: `${about}: which of five listed tools, or none, and its arguments; calls, calls about an earlier turn, talk; text only`,
    n: 60,
    maxTokens: 96,
    files: (draw) => ({
      [`${split}.json`]: draw
        .even(
          'tools',
          KINDS,
          ({ scene, index }, kind) => toolRow(scene, kind, { split, rng: new Rng(`${split}/${draw.scenes.source.seed}/${kind}/${index}`) }),
          2 * draw.n,
        )
        .map((row, id) => ({ id, instruction: gpt4toolsPrompt(row), output: row.output })),
    }),
  });

/** Tools that training lists too, in requests about scenes of the split that is measured. */
export const worldToolsSeen = worldTools('seen', 'fifteen tools that training lists');
/** Tools that training never lists. */
export const worldToolsUnseen = worldTools('unseen', 'eight tools that training never lists');
