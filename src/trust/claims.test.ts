// Claims of texts, and their verdicts by truth: captions of the world, hand-made texts in two languages, boxes.

import { describe, expect, test } from 'vitest';
import { Vocabulary } from '../evaluate/mentions.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { Rng } from '../util/rng.js';
import { CATEGORIES, caption, groupsOf, makeScene } from '../world/index.js';
import type { Claim } from './claim.js';
import { extractClaims } from './claims.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { claimKey } from './flags.js';
import { boxesRelate, boxTruth, judgeByTruth, labelTruth, type TruthBox, worldTruth } from './truth.js';

const world = worldVocabulary();
const coco = new Vocabulary(cocoObjects, cocoOther);
const keys = (text: string, vocabulary = coco): string[] =>
  extractClaims(text, vocabulary)
    .map((claim) => `${claim.type === 'existence' ? '' : `${claim.type}: `}${claimKey(claim)}`)
    .sort();

describe('captions of the world', () => {
  test.each(['en', 'zh'] as const)('%s: every claim is found, is where it says, and is true', (language) => {
    for (let i = 0; i < 120; i++) {
      const scene = makeScene(i, { split: 'test', seed: 3 });
      const text = caption(scene, { language, detail: i % 2 ? 'long' : 'short', rng: new Rng(i) });
      const claims = extractClaims(text, world);
      const groups = groupsOf(scene);
      const count = (type: Claim['type']): number => claims.filter((claim) => claim.type === type).length;
      expect([text, count('attribute')]).toEqual([text, groups.length]);
      expect([text, count('count')]).toEqual([text, groups.filter((g) => g.objects.length > 1).length]);
      expect([text, count('text')]).toEqual([text, i % 2 && scene.text ? 1 : 0]);
      const truth = worldTruth(scene);
      for (const claim of claims) {
        expect(text.slice(claim.start, claim.end)).toBe(claim.text);
        expect([text, claim.type, claim.text, judgeByTruth(claim, truth).verdict]).toEqual([text, claim.type, claim.text, 'true']);
      }
    }
  });
  test('of another scene: objects that are not there are false, and what is said of them is moot', () => {
    const said = { false: 0, moot: 0 };
    for (let i = 0; i < 60; i++) {
      const scene = makeScene(i, { split: 'test', seed: 3 });
      const other = worldTruth(makeScene(i + 1000, { split: 'test', seed: 3 }));
      const there = new Set(other.objects.map(({ id }) => id));
      for (const claim of extractClaims(caption(scene, { language: 'en', detail: 'long' }), world)) {
        if (claim.type === 'text') continue;
        const { verdict } = judgeByTruth(claim, other);
        if (claim.type === 'existence') expect(verdict).toBe(there.has(claim.object) ? 'true' : 'false');
        else if (!there.has(claim.object)) expect(verdict).toBe('moot');
        if (verdict === 'false' || verdict === 'moot') said[verdict]++;
      }
    }
    expect(said.false).toBeGreaterThan(50);
    expect(said.moot).toBeGreaterThan(20);
  });
  test('what is so instead', () => {
    const scene = makeScene(4, { split: 'test', seed: 3, maxObjects: 6 });
    const truth = worldTruth(scene);
    const [group] = groupsOf(scene);
    const id = CATEGORIES[group?.category ?? 0]?.en as string;
    const wrong = truth.objects[0]?.attributes?.color?.[0] === 'red' ? 'blue' : 'red';
    const [claim] = extractClaims(`A ${wrong} ${id}.`, world).filter(({ type }) => type === 'attribute');
    expect(judgeByTruth(claim as Claim, truth)).toMatchObject({ verdict: 'false', instead: truth.objects[0]?.attributes?.color?.[0] });
  });
});

describe('claims of a text', () => {
  test.each<[string, string[]]>([
    ['A dog.', ['dog']],
    ['Two small white cats', ['attribute: cat color white', 'attribute: cat size small', 'cat', 'count: cat x2']],
    ['A red, white and blue kite', ['attribute: kite color blue', 'attribute: kite color red', 'attribute: kite color white', 'kite']],
    ['a pair of dogs', ['count: dog x2', 'dog']],
    ['at least two dogs', ['dog']],
    ['only one dog', ['count: dog x1', 'dog']],
    ['The dog is black and white.', ['attribute: dog color black', 'attribute: dog color white', 'dog']],
    ['The dog in the bowl is brown.', ['attribute: dog color brown', 'bowl', 'dog', 'relation: dog inside bowl']],
    ['The bus is not red.', ['attribute: not bus color red', 'bus']],
    ['There are no cats or dogs.', ['not cat', 'not dog']],
    ['A dog without a cat', ['dog', 'not cat']],
    ['There is no doubt that a dog is there.', ['dog']],
    ['There is a bench, but no dog.', ['bench', 'not dog']],
    ['The dog is not on the couch.', ['couch', 'dog', 'relation: not dog on couch']],
    [
      'A cat is sitting on top of a wooden table.',
      ['attribute: dining table material wood', 'cat', 'dining table', 'relation: cat on dining table'],
    ],
    ['a dog and a cat', ['cat', 'dog']],
    ['The cup is to the left of the laptop.', ['cup', 'laptop', 'relation: cup left laptop']],
    ['An orange cat and an orange', ['attribute: cat color orange', 'cat', 'orange']],
    ['The cat is orange and white.', ['attribute: cat color orange', 'attribute: cat color white', 'cat']],
    ['The clock is at the top left of the image.', ['clock', 'relation: clock at top left']],
    ['A sign that says "BUS STOP" near a car', ['car', 'text: says busstop']],
    ['The sign reads taxi.', ['text: says taxi']],
    ['<think>A dog?</think>A cat.', ['cat']],
    ['两只黑色的猫', ['attribute: cat color black', 'cat', 'count: cat x2']],
    ['一只猫', ['cat']],
    ['没有猫和狗。', ['not cat', 'not dog']],
    ['狗在沙发上，猫不在沙发上。', ['cat', 'couch', 'couch', 'dog', 'relation: dog on couch', 'relation: not cat on couch']],
    ['桌子的左边有一把红色的椅子', ['attribute: chair color red', 'chair', 'dining table', 'relation: chair left dining table']],
    ['杯子是蓝色的，不是红色的', ['attribute: cup color blue', 'cup']],
    ['钟位于图片的右下方。', ['clock', 'relation: clock at bottom right']],
    ['牌子上写着“出口”', ['text: says 出口']],
    ['', []],
  ])('%s', (text, want) => expect(keys(text)).toEqual(want));
  test('a sentence has its number, and a noun its own', () => {
    const claims = extractClaims('A dog. Two red cups.', coco);
    expect(claims.map(({ type, sentence, noun }) => [type, sentence, noun])).toEqual([
      ['existence', 0, 0],
      ['count', 1, 1],
      ['attribute', 1, 1],
      ['existence', 1, 1],
    ]);
  });
  test('of any text, in bounded time', () => {
    for (const filler of ['a red ', 'the dog is on the ', '红色的', 'says "', '没有', 'no ', 'one of the '])
      expect(extractClaims(filler.repeat(20_000), coco).length).toBeGreaterThanOrEqual(0);
  });
});

describe('verdicts by truth', () => {
  const truth = boxTruth(
    [
      { label: 'dog', box: [0, 60, 20, 80] },
      { label: 'couch', box: [0, 70, 60, 100] },
      { label: 'cup', box: [70, 0, 80, 10] },
      { label: 'cup', box: [85, 0, 95, 10] },
    ],
    { ids: ['dog', 'couch', 'cup', 'cat'], size: [100, 100] },
  );
  test.each([
    ['A dog', ['true']],
    ['A cat', ['false']],
    ['No cat', ['true']],
    ['No dog', ['false']],
    ['A zebra', ['unknown']],
    ['two cups', ['true', 'true']],
    ['three cups', ['false', 'true']],
    ['three cats', ['moot', 'false']],
    ['a red dog', ['unknown', 'true']],
    ['a dog on a couch', ['true', 'true', 'true']],
    ['a cup on a couch', ['true', 'false', 'true']],
    ['a dog near a cat', ['true', 'moot', 'false']],
    ['The cup is at the top right of the image.', ['true', 'true']],
    ['The cup is at the bottom left of the image.', ['true', 'false']],
    ['The sign says STOP.', ['unknown']],
  ])('%s', (text, want) => expect(extractClaims(text, coco).map((claim) => judgeByTruth(claim, truth).verdict)).toEqual(want));
  test('labels know what is there, not how often', () => {
    const labels = labelTruth(['dog', 'cup'], ['dog', 'cup', 'cat']);
    const verdicts = extractClaims('two dogs, a cat and a zebra', coco).map((claim) => judgeByTruth(claim, labels).verdict);
    expect(verdicts).toEqual(['unknown', 'true', 'false', 'unknown']);
  });
  test.each<[TruthBox, string, TruthBox, string]>([
    [[0, 0, 10, 10], 'left', [50, 0, 60, 10], 'yes'],
    [[0, 0, 10, 10], 'right', [50, 0, 60, 10], 'no'],
    [[0, 0, 10, 10], 'above', [9, 10, 19, 20], 'unclear'],
    [[0, 0, 10, 10], 'near', [12, 0, 22, 10], 'yes'],
    [[0, 0, 10, 10], 'near', [90, 0, 99, 10], 'no'],
    [[2, 2, 8, 8], 'inside', [0, 0, 10, 10], 'yes'],
    [[20, 20, 30, 30], 'inside', [0, 0, 10, 10], 'no'],
    [[0, 0, 10, 10], 'behind', [0, 0, 10, 10], 'unclear'],
  ])('%j %s %j: %s', (a, relation, b, want) => expect(boxesRelate(a, relation as 'left', b)).toBe(want));
});
