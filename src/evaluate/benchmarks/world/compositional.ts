// `world:compositional`: counts with attributes, comparisons, chains of relations, and, or, halves; also of compositions that training is to leave out.

import { throwIfAborted } from '../../../util/errors.js';
import { Rng } from '../../../util/rng.js';
import {
  COMPOSITION_KINDS,
  COMPOSITIONS,
  type CompositionKind,
  drawQuestion,
  makeScene,
  type Scene,
  wantedAnswers,
} from '../../../world/index.js';
import { type Benchmark, questionOf, type Row } from '../../benchmark.js';
import { exactMatch } from '../../metrics/vqa.js';
import { EMPTY_SCENES, type Scenes, tooFewSamples } from '../../scenes.js';
import { groupBy, shareOf, unanswered } from '../../scores.js';

/** A compositional question about a scene. */
export interface CompositionalRow extends Row {
  kind: CompositionKind;
  /** Such as `more: noun, half`. */
  composition: string;
  /** Whether training leaves that composition out. */
  heldOut: boolean;
}

/** Scenes that a question is looked for in before another answer is taken, and another composition. */
const SCENES = 60;

/** Questions of each kind whose answers are known beforehand. */
const KNOWN = 100;

/**
 * Questions of the training split with their answers, of compositions that training has, the answers of a kind as they come: what the most frequent answer to a
 * question of one type is read off. Questions of the test are worded too differently for counting their own answers: that would know most of them.
 */
function* knownAnswers(): Generator<{ question: string; answer: string }> {
  let at = 0;
  for (const kind of COMPOSITION_KINDS) {
    const seen = COMPOSITIONS.filter((one) => one.kind === kind && !one.heldOut);
    for (let made = 0; made < KNOWN; ) {
      const rng = new Rng(`known/${kind}/${at}`);
      const found = drawQuestion(makeScene(at++, { split: 'train', seed: 0 }), rng.pick(seen), { rng });
      if (!found) continue;
      made++;
      yield { question: found.question, answer: found.answer };
    }
  }
}

/**
 * `n` questions of each kind, half of them of held-out compositions where a kind has any; each of a scene of its own, and the answers of a kind in turn, so
 * that no constant is a good guess. They are in English. Errors of rows: `evaluate.source` where scenes have no such questions.
 */
export function worldCompositional(scenes: Scenes<Scene>): Benchmark<CompositionalRow> {
  const right = (row: Row & { reply: string }): boolean => exactMatch(row.reply, row.truth, questionOf(row.messages));
  return {
    name: 'world:compositional',
    title: 'world compositional',
    about:
      'counts with attributes, comparisons, chains of relations, and, or, halves of scenes: exact match, also of held-out compositions',
    maxTokens: 24,
    constants: { yes: 'yes', no: 'no' },
    known: knownAnswers,
    *rows({ n = 40, signal }) {
      const { source, rng } = scenes;
      let at = 0;
      for (const [k, kind] of COMPOSITION_KINDS.entries()) {
        const own = COMPOSITIONS.filter((one) => one.kind === kind);
        const [seen, heldOut] = [own.filter((one) => !one.heldOut), own.filter((one) => one.heldOut)];
        const wanted = wantedAnswers(kind);
        for (let made = 0, tries = 0; made < n; tries++) {
          throwIfAborted(signal);
          if (tries > 20 * n + EMPTY_SCENES) throw tooFewSamples(`rows of world:compositional (${kind})`, source.description);
          const draw = rng.fork('compositional', k, made, tries);
          const composition = draw.pick(made % 2 === 1 && heldOut.length > 0 ? heldOut : seen);
          const answer = wanted[(made >> 1) % wanted.length];
          for (let i = 0; i < SCENES; i++, at++) {
            const scene = scenes.scene(at);
            const found = drawQuestion(scene, composition, { rng: draw.fork(i), wanted: answer });
            if (!found) continue;
            const picture = scenes.image(at++);
            yield {
              kind,
              composition: composition.name,
              heldOut: composition.heldOut,
              messages: scenes.ask(picture, found.question),
              truth: found.answer,
              boxes: picture.boxes,
            };
            made++;
            break;
          }
        }
      }
    },
    score(done) {
      return [
        shareOf('accuracy', done, right),
        shareOf(
          'accuracy, held-out compositions',
          done.filter(({ heldOut }) => heldOut),
          right,
        ),
        shareOf(
          'accuracy, other compositions',
          done.filter(({ heldOut }) => !heldOut),
          right,
        ),
        ...[...groupBy(done, ({ kind }) => kind)].map(([kind, rows]) => shareOf(`accuracy, ${kind}`, rows, right, { detail: true })),
        { ...unanswered(done), detail: true },
      ];
    },
    right,
  };
}
