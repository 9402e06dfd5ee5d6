// Chains over key frames (Visual CoT, Rose et al. 2023; VIP): what happened between them (infilling), or what comes next (predicting).

import type { ContentPart } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { type ChainTools, defineChain } from '../strategy.js';
import { EXTRACT } from './zero-shot.js';

/** Most frames that are looked at. */
const FRAMES = 8;

/** Numbers of evenly spread frames, the first and the last among them. Errors: `reason.frames` for fewer than two. */
export function keyFrames(media: readonly ContentPart[]): number[] {
  const frames = media.filter(({ type }) => type !== 'region').length;
  if (frames < 2)
    throw new SensoriumError('reason.frames', 'there is nothing between frames of a single picture', {
      expected: 'at least two pictures in order',
      got: String(frames),
      hint: 'Name the frames one after the other, or choose another chain',
    });
  const n = Math.min(frames, FRAMES);
  return Array.from({ length: n }, (_, i) => Math.round((i * (frames - 1)) / (n - 1)));
}

/** What is in each key frame, then a thought about each gap or about what follows, then the answer. */
async function overFrames(t: ChainTools, questions: (said: readonly string[]) => readonly string[]): Promise<string> {
  const frames = keyFrames(t.problem.media);
  const said: string[] = [];
  for (const frame of frames) said.push(await t.look(`What is in picture ${frame + 1}?`));
  const told = frames.map((frame, i) => `Picture ${frame + 1}: ${said[i]}`).join('\n');
  const thoughts: string[] = [];
  for (const question of questions(frames.map((frame) => String(frame + 1)))) {
    t.add({ kind: 'question', by: 'thinker', text: question });
    thoughts.push(await t.thoughts(await t.think([{ role: 'user', text: `${told}\n${question}` }], { maxTokens: 96, blind: true })));
  }
  const all = `${told}\n${thoughts.join('\n')}\nQuestion: ${t.problem.question}\n${EXTRACT}`;
  const answer = await t.think([{ role: 'user', text: all }], { maxTokens: t.answerTokens, blind: true });
  t.add({ kind: 'answer', by: 'thinker', text: answer });
  return answer;
}

/** The steps between known ones. */
export const infilling = defineChain({
  name: 'infilling',
  about: 'what is in the key frames, then what happened between each two of them',
  run: (t) =>
    overFrames(t, (frames) => frames.slice(1).map((frame, i) => `What happened between picture ${frames[i]} and picture ${frame}?`)),
});

/** The steps that follow known ones. */
export const predicting = defineChain({
  name: 'predicting',
  about: 'what is in the key frames, then what comes next',
  run: (t) => overFrames(t, (frames) => [`What happens after picture ${frames.at(-1)}?`]),
});
