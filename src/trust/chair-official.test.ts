// CHAIR as its script computes it: singular words, words of a text, double words, known mistakes, agreement row by row.

import { describe, expect, test } from 'vitest';
import { Vocabulary } from '../evaluate/mentions.js';
import { type ChairGoldRow, chairAgreement, ownTableAgreement } from './chair-conformance.js';
import { OfficialChair, officialScores } from './chair-official.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { singularize } from './singularize.js';
import { treebankWords } from './treebank.js';

test('singular words as pattern.en has them, its mistakes included', () => {
  const words: Record<string, string> = {
    dogs: 'dog',
    buses: 'bus',
    bus: 'bu',
    glasses: 'glass',
    glass: 'glas',
    knives: 'knife',
    leaves: 'leaf',
    calves: 'calf',
    people: 'person',
    women: 'woman',
    mice: 'mouse',
    slice: 'slouse',
    police: 'polouse',
    ties: 'ty',
    cookies: 'cookies',
    berries: 'berry',
    benches: 'bench',
    potatoes: 'potato',
    scissors: 'scissors',
    luggage: 'luggage',
    as: 'as',
    is: 'is',
    this: 'thi',
    its: 'it',
    four: 'fmy',
    pasta: 'pastum',
    tennis: 'tenni',
    skis: 'ski',
    'side-by-side': 'side-by-side',
    'mothers-in-law': 'mother-in-law',
    "'": "'s",
    "'s": "'",
  };
  expect(Object.fromEntries(Object.keys(words).map((word) => [word, singularize(word)]))).toEqual(words);
});

test('words of a text as the Penn Treebank splits them', () => {
  expect(treebankWords("A man's dog isn't here, at 12:30 (or later). It can't bark; \"really\"...")).toEqual(
    "A man 's dog is n't here , at 12:30 ( or later ) . It ca n't bark ; `` really '' ...".split(' '),
  );
  expect(treebankWords('one. two')).toEqual(['one', '.', 'two']);
  expect(treebankWords('in 2013. the dog')).toEqual(['in', '2013.', 'the', 'dog']);
  expect(treebankWords('washington d.c. is')).toEqual(['washington', 'd.c.', 'is']);
});

const table =
  'person, man, baby\ndog, puppy\nhot dog\nchair, seat\ntoilet\ntie, bow tie\nbus\nelephant\ntrain\nmotorcycle,  motor bike\nwine glass\ntennis racket, racket';

describe('mentions of the script', () => {
  const chair = new OfficialChair(table);
  test.each([
    ['A man with two puppies.', ['person', 'dog']],
    ['Hot dogs and a dog', ['hot dog', 'dog']],
    ['the plate is hot. dogs bark', ['dog']],
    ['a baby elephant', ['elephant']],
    ['a baby', ['person']],
    ['the toilet seat', ['toilet']],
    ['a seat near the toilet', ['toilet']],
    ['a seat', ['chair']],
    ['a bow tie', ['tie']],
    // Mistakes of the script: the singular of bus is bu, a synonym after two spaces is not found, train tracks are no train.
    ['a bus', []],
    ['two buses', ['bus']],
    ['a motor bike', []],
    ['train tracks', []],
    ['a wine glass', ['wine glass']],
    ['a tennis racket', ['tennis racket']],
    ['', []],
  ])('%s', (caption, want) => expect(chair.read(caption).mentioned).toEqual(want));
  test('scores', () => {
    expect(officialScores(['dog', 'dog', 'chair'], ['dog'])).toEqual({
      mentioned: ['dog', 'dog', 'chair'],
      hallucinated: ['chair'],
      CHAIRs: 1,
      CHAIRi: 1 / 3,
    });
    expect(officialScores([], [])).toMatchObject({ CHAIRs: 0, CHAIRi: 0 });
  });
  test('a table without objects is refused', () =>
    expect(() => new OfficialChair('\n')).toThrow(expect.objectContaining({ code: 'trust.synonyms' })));
});

test('agreement counts rows, and says why one differs', () => {
  const row = (caption: string, mentioned: string[], truth: string[], words?: string[]): ChairGoldRow => {
    const hallucinated = mentioned.filter((object) => !truth.includes(object));
    return {
      image_id: 1,
      caption,
      mentioned,
      truth,
      hallucinated,
      CHAIRs: hallucinated.length ? 1 : 0,
      CHAIRi: 0,
      ...(words ? { words } : {}),
    };
  };
  const gold = [
    row('a dog and a man', ['dog', 'person'], ['dog'], ['a', 'dog', 'and', 'a', 'man']),
    row('a puppy', ['dog', 'dog'], ['dog'], ['a', 'puppy']),
    row('two dogs', [], ['dog'], ['two', 'dogs']),
    row('a chair', ['chair'], [], ['a', 'large', 'chair']),
  ];
  const found = chairAgreement(gold, new OfficialChair(table));
  expect(found).toMatchObject({ rows: 4, sets: 4, mentions: 2, words: 2, CHAIRs: [0.5, 0.5], CHAIRi: [2 / 5, 2 / 5] });
  expect(found.differing).toEqual([
    { image: '1', kind: 'objects', missing: ['dog'], extra: [] },
    { image: '1', kind: 'singular', missing: [], extra: ['dog'], at: ['dogs', 'dog'] },
  ]);
  const own = ownTableAgreement(gold);
  expect(own).toMatchObject({ both: 4, official: 1, own: 1 });
  expect(own.precision.value).toBeCloseTo(4 / 5);
  expect(own.objects).toEqual([{ object: 'dog', official: 1, own: 1 }]);
});

test('our own table of COCO', () => {
  const vocabulary = new Vocabulary(cocoObjects, cocoOther);
  expect(vocabulary.ids).toHaveLength(80);
  const ids = (text: string): string[] => vocabulary.mentions(text).map(({ id }) => id);
  expect(ids('Two buses, a hot dog, a baby elephant and train tracks')).toEqual(['bus', 'hot dog', 'elephant']);
  expect(ids('Several people ride motorbikes past a street light')).toEqual(['person', 'motorcycle', 'traffic light']);
  expect(ids('一只猫和两个人在沙发上')).toEqual(['cat', 'person', 'couch']);
  expect(ids('斑马线上的公交车')).toEqual(['bus']);
});
