// Corrections of texts, and the five stages over the world: detector and model are exact here, so that the text must come out true.

import { describe, expect, test } from 'vitest';
import { questionOf } from '../evaluate/benchmark.js';
import type { Judge } from '../evaluate/judge.js';
import { Vocabulary } from '../evaluate/mentions.js';
import type { Responder } from '../evaluate/responder.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { image } from '../media/image.js';
import { Rng } from '../util/rng.js';
import { CATEGORIES, caption, groupsOf, makeScene, nameOf, type Scene, TINTS } from '../world/index.js';
import { namingOf } from './claim-question.js';
import { extractClaims } from './claims.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { correctText, withEvidence } from './correct.js';
import { indefinite } from './grammar.js';
import { type ImageTruth, judgeByTruth, worldTruth } from './truth.js';
import { type Detector, judgeVerifier, modelVerifier, truthVerifier } from './verifier.js';
import { factSentences, woodpecker } from './woodpecker.js';

const coco = new Vocabulary(cocoObjects, cocoOther);
const [en, zh] = [namingOf(coco, 'en'), namingOf(coco, 'zh')];
const truth: ImageTruth = {
  objects: [
    { id: 'dog', box: [0, 0, 10, 10], attributes: { color: ['brown'] } },
    { id: 'cup', box: [20, 0, 30, 10], attributes: { color: ['orange'] } },
    { id: 'cup', box: [40, 0, 50, 10], attributes: { color: ['orange'] } },
    { id: 'dining table', box: [0, 50, 100, 100], attributes: { color: ['white'] } },
  ],
  texts: ['exit'],
  size: [100, 100],
};
const corrected = (text: string, naming = en): string =>
  correctText(
    text,
    extractClaims(text, coco).map((claim) => judgeByTruth(claim, truth)),
    naming,
  ).text;

describe('corrections', () => {
  test.each([
    ['A brown dog and two cups.', 'A brown dog and two cups.'],
    ['A dog, a cat and two cups.', 'A dog and two cups.'],
    ['A cat, a dog and two cups.', 'A dog and two cups.'],
    ['A dog, two cups and a cat.', 'A dog and two cups.'],
    ['The image shows a dog. There is a cat on the couch.', 'The image shows a dog.'],
    ['A dog next to a cat.', 'A dog.'],
    ['A black dog.', 'A brown dog.'],
    ['A red cup and a dog.', 'An orange cup and a dog.'],
    ['Three red cups.', 'Two orange cups.'],
    ['Two dogs and two cups.', 'A dog and two cups.'],
    ['The dog is black.', 'The dog is brown.'],
    ['A cat, a red cup and a dog.', 'An orange cup and a dog.'],
    ['A sign says "stop".', 'A sign says "exit".'],
    ['There is no cat.', 'There is no cat.'],
    ['There is no dog. Two cups.', 'Two cups.'],
    ['The dog is right of the cups. A dog.', 'A dog.'],
    ['', ''],
    // Verbs, articles and determiners follow the number that is left.
    ['Three dogs are by the wall.', 'A dog is by the wall.'],
    ['There are two dogs by the wall.', 'There is a dog by the wall.'],
    ['There are a dog and a cat.', 'There is a dog.'],
    ['A dog and a cat are both brown.', 'A dog is brown.'],
    ['A dog and a cat sit on the table.', 'A dog sits on the table.'],
    ['Two dogs by the wall are brown.', 'A dog by the wall is brown.'],
    ['Two dogs that are brown.', 'A dog that is brown.'],
    ['These three dogs have been fed.', 'This dog has been fed.'],
    ['All three dogs were fed.', 'The dog was fed.'],
    ['The two dogs are brown.', 'The dog is brown.'],
    ['Only two dogs are there.', 'Only one dog is there.'],
    ['A pair of dogs lie there.', 'A dog lies there.'],
    ['A dozen cups are there.', 'Two cups are there.'],
    ['A pair of cats and a dog.', 'A dog.'],
    ['There is only one cup.', 'There are only two cups.'],
    ['Exactly one cup sits there.', 'Exactly two cups sit there.'],
    ['A single cup is orange.', 'Two cups are orange.'],
    ['A clown and three dogs are there.', 'A clown and a dog are there.'],
    ['A clown stands there and three dogs are brown.', 'A clown stands there and a dog is brown.'],
    ['A clown watches two dogs run.', 'A clown watches a dog run.'],
    ['On the table are three dogs.', 'On the table is a dog.'],
    ['Two dogs and a cat are there. Two cups are there.', 'A dog is there. Two cups are there.'],
  ])('%s', (text, want) => expect(corrected(text)).toBe(want));
  test('an article fits the word that is left behind it', () => {
    const verdicts = extractClaims('An orange dog.', coco).map((claim) => ({
      claim,
      verdict: claim.type === 'attribute' ? ('false' as const) : ('true' as const),
    }));
    expect(correctText('An orange dog.', verdicts, en).text).toBe('A dog.');
    expect(['umbrella', 'unicycle', 'hour', 'orange', 'one-eyed', 'uninvited', 'cup', 'European'].map(indefinite)).toEqual([
      ...['an', 'a', 'an', 'an', 'a', 'an', 'a', 'a'],
    ]);
  });
  test.each([
    ['图中有一只狗、一只猫和两个杯子。', '图中有一只狗和两个杯子。'],
    ['一只黑色的狗。', '一只棕色的狗。'],
    ['三个杯子。', '两个杯子。'],
    ['沙发上有一只猫。一只狗。', '一只狗。'],
    ['一只狗和一只猫都在墙边。', '一只狗在墙边。'],
    ['三只狗都在这里。', '一只狗在这里。'],
    ['三个杯子都在这里。', '两个杯子都在这里。'],
  ])('%s', (text, want) => expect(corrected(text, zh)).toBe(want));
  test('what is found keeps its boxes, at the places of the new text', () => {
    const text = 'A cat, a black dog and three cups.';
    const result = correctText(
      text,
      extractClaims(text, coco).map((claim) => judgeByTruth(claim, truth)),
      en,
    );
    expect(result.text).toBe('A brown dog and two cups.');
    expect(result.corrections.map(({ before, after }) => [before, after])).toContainEqual([text.slice(0, -1), 'a brown dog and two cups']);
    expect(withEvidence(result, [100, 100])).toBe(
      'A brown dog [0.000,0.000,0.100,0.100] and two cups [0.200,0.000,0.300,0.100][0.400,0.000,0.500,0.100].',
    );
  });
});

/** A detector that sees the truth of one scene; real ones are measured elsewhere. */
const exactDetector = (scene: Scene): Detector => ({
  labels: CATEGORIES.map(({ id }) => id),
  detect: async () => scene.objects.map(({ category, box }) => ({ label: CATEGORIES[category]?.id ?? '', box, score: 0.9 })),
});
/** A model that answers questions about colors and existence exactly, and nothing else. */
const exactModel = (scene: Scene): Responder => ({
  replies: async (conversations) =>
    conversations.map((messages) => {
      const question = questionOf(messages);
      const group = groupsOf(scene).find(({ category }) => new RegExp(`\\b${nameOf(category, 'en')}\\b`).test(question));
      if (/^Is there/.test(question)) return group ? 'yes' : 'no';
      return /color/.test(question) && group ? (TINTS[group.tint]?.en as string) : "I can't tell.";
    }),
});

describe('Woodpecker', () => {
  const naming = namingOf(worldVocabulary(), 'en');
  const pixels = image({ width: 1, height: 1, data: new Uint8Array(3) });
  test('mends captions of other scenes until nothing false is left that it can see', async () => {
    for (let i = 0; i < 40; i++) {
      const scene = makeScene(i, { split: 'test', seed: 9 });
      const reply = caption(makeScene(i + 500, { split: 'test', seed: 9 }), {
        language: 'en',
        detail: i % 2 ? 'long' : 'short',
        rng: new Rng(i),
      });
      const result = await woodpecker(reply, { image: pixels }, { naming, detector: exactDetector(scene), vqa: exactModel(scene) });
      const left = extractClaims(result.text, naming.vocabulary)
        .map((claim) => judgeByTruth(claim, worldTruth(scene)))
        .filter(
          ({ claim, verdict }) =>
            verdict === 'false' && (claim.type === 'existence' || claim.type === 'count' || claim.type === 'attribute'),
        );
      expect([reply, result.text, left]).toEqual([reply, result.text, []]);
    }
  });
  test('leaves a true caption as it is, and keeps the evidence of it', async () => {
    for (let i = 0; i < 40; i++) {
      const scene = makeScene(i, { split: 'test', seed: 9 });
      const reply = caption(scene, { language: 'en', detail: 'short', rng: new Rng(i) });
      const result = await woodpecker(reply, { image: pixels }, { naming, detector: exactDetector(scene), vqa: exactModel(scene) });
      expect(result.text).toBe(reply);
      expect(result.corrections).toEqual([]);
      expect(result.evidence.map(({ object }) => object).sort()).toEqual(
        groupsOf(scene)
          .map(({ category }) => CATEGORIES[category]?.id)
          .sort(),
      );
      expect(result.facts.map(({ count }) => count).sort()).toEqual(
        groupsOf(scene)
          .map(({ objects }) => objects.length)
          .sort(),
      );
    }
  });
  test('asks what the detector does not know, each question once', async () => {
    const scene = makeScene(1, { split: 'test', seed: 9 });
    const name = nameOf(scene.objects[0]?.category as number, 'en');
    const reply = `A red ${name}. The ${name} is red.`;
    const result = await woodpecker(reply, { image: pixels }, { naming, detector: exactDetector(scene), vqa: exactModel(scene) });
    expect(result.questions).toEqual([`What color is the ${name}?`]);
    expect(result.asked).toBe(2);
    expect(result.concepts).toEqual([CATEGORIES[scene.objects[0]?.category as number]?.id]);
    const alone = await woodpecker(reply, { image: pixels }, { naming, vqa: exactModel(scene) });
    expect(alone.questions).toHaveLength(2);
    expect(factSentences(result.facts, naming)[1]).toBe(`The ${name} is ${TINTS[scene.objects[0]?.tint as number]?.en}.`);
  });
  test('needs an image and something to look with', async () => {
    await expect(woodpecker('A dog.', {}, { naming, vqa: exactModel(makeScene(1)) })).rejects.toMatchObject({ code: 'trust.image' });
    await expect(woodpecker('A dog.', { image: pixels }, { naming })).rejects.toMatchObject({ code: 'trust.verifier' });
  });
});

describe('verifiers', () => {
  const naming = namingOf(worldVocabulary(), 'en');
  const pixels = image({ width: 1, height: 1, data: new Uint8Array(3) });
  const says = (reply: string): Responder => ({ replies: async (asked) => asked.map(() => reply) });
  test('an answer that commits to nothing is unknown; a denied claim is turned round', async () => {
    const claims = extractClaims('A dog. No cat. Two cups.', naming.vocabulary);
    const verdicts = async (reply: string) => (await modelVerifier(says(reply), { naming }).verify(claims, { image: pixels })).verdicts;
    expect((await verdicts('I am not sure.')).map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    expect((await verdicts('no')).map(({ verdict }) => verdict)).toEqual(['false', 'true', 'moot', 'false']);
    expect((await verdicts('2'))[2]).toMatchObject({ verdict: 'true' });
    expect((await verdicts('3'))[2]).toMatchObject({ verdict: 'false', instead: '3' });
  });
  test('a model that answers too little is an error', async () => {
    const claims = extractClaims('A dog.', naming.vocabulary);
    const silent: Responder = { replies: async () => [] };
    await expect(modelVerifier(silent, { naming }).verify(claims, { image: pixels })).rejects.toMatchObject({ code: 'evaluate.replies' });
    await expect(truthVerifier().verify(claims, {})).rejects.toMatchObject({ code: 'trust.truth' });
  });
  test('a judge reads the reference', async () => {
    const claims = extractClaims('A dog. A cat.', naming.vocabulary);
    const seen: string[] = [];
    const judge: Judge = {
      name: 'judge',
      async replies(prompts) {
        return prompts.map((prompt) => {
          seen.push(prompt);
          return prompt.includes('Statement about the image: a dog') ? 'Yes.' : 'No.';
        });
      },
    };
    const verifier = judgeVerifier(judge, { statement: (claim) => (claim.type === 'text' ? claim.words : `a ${claim.object}`) });
    const { verdicts, asked } = await verifier.verify(claims, { reference: 'a dog in a park' });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['true', 'false']);
    expect([asked, seen.every((prompt) => prompt.includes('a dog in a park'))]).toEqual([2, true]);
    await expect(verifier.verify(claims, {})).rejects.toMatchObject({ code: 'trust.reference' });
  });
});
