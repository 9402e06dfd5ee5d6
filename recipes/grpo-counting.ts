// Counting learned from exact rewards alone (GRPO, Shao et al. 2024), in the biased world, whose pixels show little: sensorium-tiny answers how many
// there are, eight times to each question, and answers that are right count more than those that are wrong. It is never shown an answer.
// Must show: exact counting accuracy on held-out scenes at least 0.05 higher, within 25 minutes on two cores; written to results/grpo-counting.json.
//
//   sensorium train recipes/grpo-counting.ts --out runs/grpo-counting [seed=1]

import type { FinishContext } from '../src/cli/recipe-module.js';
import type { Conversation, Dataset } from '../src/data/index.js';
import { exactMatch } from '../src/evaluate/metrics/vqa.js';
import { proportion } from '../src/evaluate/wilson.js';
import { Mllm } from '../src/generate/mllm.js';
import { type Model, open } from '../src/model/index.js';
import { lora } from '../src/networks/adapters/index.js';
import type { ChatMessage, ContentPart } from '../src/text/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { sceneImage } from '../src/train/world-samples.js';
import { reward } from '../src/trust/rewards/index.js';
import { loadSprites, type Split, world } from '../src/world/index.js';
import { BIASED } from './biased.js';

const MODEL = 'models/sensorium-tiny';
/** Held-out scenes that are measured. */
const MEASURED = 1500;

/** Questions of how many, one for each scene that has any, with the exact answer. */
async function counting(o: { scenes: number; seed: number; split: Split }): Promise<Dataset<Conversation>> {
  const sprites = await loadSprites();
  const source = world.questions({ ...BIASED, ...o, types: ['count'] });
  const rows: number[] = [];
  for (let i = 0; i < source.length; i++) if (source.get(i).questions.length > 0) rows.push(i);
  return {
    length: rows.length,
    describe: { counting: source.description },
    async get(index) {
      const { scene, questions } = source.get(rows[index] as number);
      const { question, answer } = questions[0] as (typeof questions)[number];
      const content = [
        { type: 'image', source: sceneImage(scene, sprites) },
        { type: 'text', text: question },
      ] as ContentPart[];
      const messages = [
        { role: 'user' as const, content },
        { role: 'assistant' as const, content: answer },
      ];
      return { id: String(index), messages, extra: { scene }, at: { file: 'the scene world', row: index } };
    },
  };
}

/** Which of the questions a model answers exactly, one by one. */
async function measure(model: Model, data: Dataset<Conversation>, signal: AbortSignal): Promise<boolean[]> {
  const mllm = Mllm.of(model);
  try {
    const right: boolean[] = [];
    for (let first = 0; first < data.length; first += 64) {
      const rows = await Promise.all(Array.from({ length: Math.min(64, data.length - first) }, (_, i) => data.get(first + i)));
      const questions = rows.map(({ messages }) => {
        const [image, text] = (messages[0] as ChatMessage).content as unknown as [{ source: never }, { text: string }];
        return { image: image.source, question: text.text };
      });
      const replies = await mllm.answer(questions, { maxTokens: 12, signal });
      replies.forEach((reply, i) => {
        right.push(exactMatch(reply, rows[i]?.messages[1]?.content as string, questions[i]?.question));
      });
    }
    return right;
  } finally {
    await mllm.dispose();
  }
}

/** Saves the model and measures it beside the one that it began with, on scenes that neither has seen: `results/grpo-counting.json`. */
export async function finish({ result, dir, signal, note, publish }: FinishContext): Promise<void> {
  const state = result.state as OpenedState;
  await saveTrained(state, dir);
  const data = await counting({ scenes: MEASURED, seed: 77, split: 'test' });
  const [before, after] = [
    await measure(await open(MODEL).open({ seed: 0, signal }), data, signal),
    await measure(state.trained(), data, signal),
  ];
  const scoreOf = (right: readonly boolean[]) => proportion(right.filter(Boolean).length, right.length);
  const gained = before.filter((was, i) => !was && after[i]).length;
  const lost = before.filter((was, i) => was && !after[i]).length;
  const n = data.length;
  const difference = (gained - lost) / n;
  // The interval of a difference of paired proportions.
  const error = 1.96 * Math.sqrt((gained + lost) / n - difference ** 2) * Math.sqrt(1 / n);
  const [was, is] = [scoreOf(before), scoreOf(after)];
  const out = {
    what: 'exact counting accuracy on held-out scenes (split test) before and after GRPO with exact rewards; scene world',
    world: { ...BIASED, split: 'test' },
    command: 'sensorium train recipes/grpo-counting.ts --out runs/grpo-counting',
    date: new Date().toISOString().slice(0, 10),
    n,
    trainSeconds: Math.round(result.seconds),
    before: was,
    after: is,
    difference: { value: difference, low: difference - error, high: difference + error, gained, lost },
    bar: { difference: 0.05, reached: difference >= 0.05 },
  };
  await publish('grpo-counting.json', `${JSON.stringify(out, null, 2)}\n`);
  note(`counting: ${was.value.toFixed(3)} before, ${is.value.toFixed(3)} after (${n} questions)`);
}

export default defineRecipe({
  name: 'grpo-counting',
  seed: 0,
  model: open(MODEL, { adapters: [lora({ rank: 16, alpha: 32, targets: 'all-linear' })] }),
  stages: [
    stage.grpo({
      name: 'grpo',
      train: ['adapters'],
      data: await counting({ scenes: 6000, seed: 31, split: 'train' }),
      reward: reward('exact'),
      form: 'dapo',
      batch: 16,
      group: 8,
      maxTokens: 8,
      steps: 150,
      lr: 5e-4,
      betas: [0.9, 0.98],
      weightDecay: 0,
      shuffle: true,
      holdout: 128,
      evalEvery: 0.2,
      blindEvery: 25,
    }),
  ],
});
