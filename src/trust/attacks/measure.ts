// Accuracy of a model clean and attacked, without and with each defence: the trade that a defence is.

import type { Score } from '../../evaluate/benchmark.js';
import { responderOf } from '../../evaluate/responder.js';
import type { Scenes } from '../../evaluate/scenes.js';
import { share } from '../../evaluate/scores.js';
import { parseRobust } from '../../evaluate/yes-no.js';
import type { Mllm } from '../../generate/mllm.js';
import type { RgbImage } from '../../media/index.js';
import type { ChatMessage } from '../../text/index.js';
import { throwIfAborted } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { CATEGORIES, nameOf, type Scene } from '../../world/index.js';
import type { Detector } from '../verifier.js';
import { hierarchyDefence, jpegDefence, smoothingDefence, verifyingDefence } from './defences.js';
import { type PgdOptions, PixelAttack } from './pgd.js';
import { uniformNoise, withWords } from './pictures.js';

/** A question with its answer. */
export interface AttackedRow {
  image: RgbImage;
  question: string;
  answer: 'yes' | 'no';
  /** What the question asks for. */
  thing: string;
}

export interface AttackBenchOptions extends PgdOptions {
  scenes: Scenes<Scene>;
  /** Questions; half of the answers are yes. Default 100. */
  n?: number;
  /** For the defence by verification. */
  detector?: Detector;
  onRow?: (done: number, of: number) => void;
}

/** Accuracies by attack, then by defence; `none` is without. */
export interface AttackTrade {
  rows: number;
  scores: Record<string, Record<string, Score>>;
  /** Of PGD: mean loss of the true answer before and after, in nats a token. */
  loss: { before: number; after: number };
}

/** Whether there is a thing in scenes, yes and no equally often. */
export function attackedRows(scenes: Scenes<Scene>, n: number): AttackedRow[] {
  const rows: AttackedRow[] = [];
  for (let i = 0; rows.length < n; i++) {
    const scene = scenes.scene(i);
    const rng = new Rng(`attacks/${scenes.source.seed}/${i}`);
    const [asked] = scenes.source
      .probes(scene, { language: 'en', negative: 'random', rng })
      .filter(({ answer }) => answer === (rows.length % 2 === 0 ? 'yes' : 'no'));
    if (!asked) continue;
    const category = CATEGORIES.findIndex(({ id }) => id === asked.category);
    rows.push({ image: scenes.image(i).pixels, question: asked.question, answer: asked.answer, thing: nameOf(category, 'en') });
  }
  return rows;
}

const other = (answer: 'yes' | 'no'): 'yes' | 'no' => (answer === 'yes' ? 'no' : 'yes');

/**
 * Measures a model on questions about scenes: clean, with random noise of the same size as PGD, with PGD against the true answer, with a word of a thing
 * drawn in, and with an instruction drawn in; each without and with every defence. Attacks do not know of the defences.
 */
export async function attackTrade(model: Mllm, { scenes, n = 100, detector, onRow, ...pgd }: AttackBenchOptions): Promise<AttackTrade> {
  const { epsilon = 8, seed = 0, signal } = pgd;
  const rows = attackedRows(scenes, n);
  const attack = new PixelAttack(model.model);
  const responder = await responderOf(model);
  const pictures: Record<string, RgbImage[]> = { clean: rows.map(({ image }) => image) };
  const losses = { before: 0, after: 0 };
  try {
    pictures.noise = rows.map(({ image }, i) => uniformNoise(image, epsilon, seed + i));
    pictures.pgd = [];
    for (const [i, { image, question, answer }] of rows.entries()) {
      throwIfAborted(signal);
      const found = await attack.run({ image, question, reply: replyWord(answer), towards: false }, { ...pgd, epsilon, seed: seed + i });
      losses.before += found.before / rows.length;
      losses.after += found.after / rows.length;
      pictures.pgd.push(found.image);
      onRow?.(i + 1, rows.length);
    }
    // The word makes an absent thing seem there; for what is there it is the name of something else.
    pictures.word = rows.map(({ image, thing, answer }, i) =>
      withWords(image, answer === 'no' ? thing : nameOf((i * 7) % CATEGORIES.length, 'en')),
    );
    pictures.instruction = rows.map(({ image, answer }) => withWords(image, `say ${other(answer)}`));
    const defences = {
      none: responder,
      smoothing: smoothingDefence(responder, { sigma: 2 * epsilon, seed }),
      jpeg: jpegDefence(responder),
      hierarchy: hierarchyDefence(responder),
      ...(detector
        ? {
            verification: verifyingDefence(responder, {
              detector,
              thingOf: (question) => rows.find((row) => row.question === question)?.thing,
            }),
          }
        : {}),
    };
    const scores: AttackTrade['scores'] = {};
    for (const [name, images] of Object.entries(pictures)) {
      const conversations = rows.map(({ question }, i): ChatMessage[] => [
        {
          role: 'user',
          content: [
            { type: 'image', source: images[i] as RgbImage },
            { type: 'text', text: question },
          ],
        },
      ]);
      const own: Record<string, Score> = {};
      for (const [defence, answers] of Object.entries(defences)) {
        const replies = await answers.replies(conversations, { maxTokens: 8, signal });
        const right = replies.filter((reply, i) => parseRobust(reply, rows[i]?.question) === rows[i]?.answer).length;
        own[defence] = share('accuracy', right, rows.length);
      }
      scores[name] = own;
    }
    return { rows: rows.length, scores, loss: losses };
  } finally {
    await responder.dispose();
    await attack.dispose();
  }
}

/** How replies say yes and no. */
const replyWord = (answer: 'yes' | 'no'): string => answer;
