// VisProg's planner (Gupta and Kembhavi 2023) as a model of ours: world-llama learns to write programs for compositional questions. Pieces of
// programs are tokens of their own, and a grammar made from the module table is enforced, so that all that it writes parses and type-checks.
//   sensorium train recipes/visprog.ts --out runs/visprog
// Must show: valid programs 1.0; accuracy >= 0.85 on `world:compositional`, also on compositions that training never has (results/visprog.json).

import { join } from 'node:path';
import { planByRules, programFormat, programOfTree, programTokens } from '../src/agents/index.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import type { Conversation, Dataset } from '../src/data/index.js';
import { wilson } from '../src/evaluate/wilson.js';
import { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/model/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { writeAtomic } from '../src/util/fs.js';
import { Rng } from '../src/util/rng.js';
import { COMPOSITIONS, drawTree, questionOfTree } from '../src/world/index.js';

/** Questions with their programs: of compositions that are trained on, or of those that are held out. */
export function planningConversations({
  rows,
  seed,
  heldOut = false,
}: {
  rows: number;
  seed: number;
  heldOut?: boolean;
}): Dataset<Conversation> {
  const compositions = COMPOSITIONS.filter((one) => one.heldOut === heldOut);
  const kinds = [...new Set(compositions.map(({ kind }) => kind))];
  return {
    length: rows,
    describe: { data: 'compositional questions with programs', rows, seed, heldOut },
    async get(index) {
      const rng = new Rng(`planning/${seed}/${heldOut}/${index}`);
      const kind = rng.pick(kinds);
      const tree = drawTree(rng.pick(compositions.filter((one) => one.kind === kind)), rng);
      const messages = [
        { role: 'user' as const, content: questionOfTree(tree, rng) },
        { role: 'assistant' as const, content: programOfTree(tree) },
      ];
      return { id: String(index), messages, at: { file: 'the scene world', row: index } };
    },
  };
}

/** Shares of programs that are word for word those of the truth, on new questions: with the grammar enforced, and free. */
async function measure(model: Mllm, heldOut: boolean, n: number, signal: AbortSignal) {
  const rows = planningConversations({ rows: n, seed: 77, heldOut });
  const format = programFormat();
  const right = { enforced: 0, free: 0 };
  for (let i = 0; i < n; i++) {
    const { messages } = await rows.get(i);
    const [question, truth] = messages.map(({ content }) => content as string);
    const ask = { messages: [{ role: 'user' as const, content: question as string }], maxTokens: 200, temperature: 0, signal };
    if ((await model.reply({ ...ask, responseFormat: format })).text === truth) right.enforced++;
    if ((await model.reply(ask)).text === truth) right.free++;
  }
  const share = (k: number) => ({ value: k / n, ...wilson(k, n), n });
  return { heldOut, enforced: share(right.enforced), free: share(right.free) };
}

/** Saves the planner and measures its programs: `model/` and `planner.json`. */
export async function finish({ result, dir, signal, note }: FinishContext): Promise<void> {
  const saved = await saveTrained(result.state as OpenedState, dir);
  const model = await Mllm.load(saved, { signal });
  try {
    const scores = [await measure(model, false, 100, signal), await measure(model, true, 100, signal)];
    const asked = planningConversations({ rows: 200, seed: 78 });
    let rules = 0;
    for (let i = 0; i < asked.length; i++) {
      const { messages } = await asked.get(i);
      if (planByRules(messages[0]?.content as string).read) rules++;
    }
    await writeAtomic(
      join(dir, 'planner.json'),
      `${JSON.stringify({ scores, readByRules: rules / asked.length, seconds: Math.round(result.seconds) }, null, 2)}\n`,
    );
    for (const { heldOut, enforced, free } of scores)
      note(
        `${heldOut ? 'held-out' : 'seen'} compositions: programs exact ${enforced.value.toFixed(3)} with the grammar, ${free.value.toFixed(3)} without`,
      );
  } finally {
    await model.dispose();
  }
}

export default defineRecipe({
  name: 'visprog',
  seed: 0,
  model: open('models/world-llama', { tokens: programTokens() }),
  stages: [
    stage.instruct({
      name: 'planner',
      train: ['all'],
      steps: 3600,
      batch: 8,
      lr: 1.5e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.03,
      maxLength: 256,
      blindEvery: 0,
      data: planningConversations({ rows: 100_000, seed: 31 }),
    }),
  ],
});
