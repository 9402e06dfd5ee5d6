// Mentions, CHAIR and cover: synonyms, plurals, double words, both languages.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chair } from './chair.js';
import { plurals, sentences, Vocabulary } from './mentions.js';

const vocabulary = new Vocabulary(
  [
    { id: 'dog', en: ['dog', 'puppy'], zh: ['狗', '小狗'] },
    { id: 'hotdog', en: ['hot dog'], zh: ['热狗'] },
    { id: 'mouse', en: ['mouse'], zh: ['老鼠', '鼠'] },
    { id: 'glass', en: ['glass'], zh: ['玻璃杯'] },
    { id: 'glasses', en: ['glasses'], zh: ['眼镜'] },
    { id: 'bear', en: ['teddy bear', 'bear'], zh: ['泰迪熊'] },
    { id: 'elephant', en: ['elephant', 'baby elephant'] },
    { id: 'snowman', en: ['snowman'] },
  ],
  ['dog house', '鼠标'],
);
const ids = (text: string): string[] => vocabulary.mentions(text).map((m) => m.id);

describe('mentions', () => {
  test('plurals', () => {
    expect(plurals('dog')).toEqual(['dogs']);
    expect(plurals('fire truck')).toEqual(['fire trucks']);
    expect(plurals('bus')).toEqual(['buses']);
    expect(plurals('butterfly')).toEqual(['butterflies']);
    expect(plurals('key')).toEqual(['keys']);
    expect(plurals('snowman')).toEqual(['snowmen']);
    expect(plurals('mouse')).toEqual(['mice']);
    expect(plurals('maple leaf')).toEqual(['maple leaves']);
    expect(plurals('human')).toEqual(['humans']);
    expect(plurals('fox')).toEqual(['foxes']);
    expect(plurals('ox')).toEqual(['oxen', 'oxes']);
  });
  test.each([
    ['A dog and two puppies.', ['dog', 'dog']],
    ['A hot dog on a plate', ['hotdog']],
    ['Hot dogs! Dogs!', ['hotdog', 'dog']],
    ['A dog house', []],
    ['The plate is hot. Dogs bark.', ['dog']],
    ['The sun is hot, dogs sleep.', ['dog']],
    ['hot\ndog', ['dog']],
    ['a hot  dog', ['hotdog']],
    ['three mice', ['mouse']],
    ['A glass beside glasses', ['glass', 'glasses']],
    ["the dog's Teddy-Bear", ['dog', 'bear']],
    ['a baby elephant', ['elephant']],
    ['dogma bears', ['bear']],
    ['snowmen', ['snowman']],
    ['一只狗和一个热狗', ['dog', 'hotdog']],
    ['鼠标旁边有老鼠', ['mouse']],
    ['小狗dog', ['dog', 'dog']],
    ['', []],
  ])('%s', (text, want) => expect(ids(text)).toEqual(want));
  test('where and in which sentence', () => {
    const text = 'A dog. A bear 🐻 and 狗。';
    const found = vocabulary.mentions(text);
    expect(found.map((m) => [text.slice(m.start, m.end), m.sentence])).toEqual([
      ['dog', 0],
      ['bear', 1],
      ['狗', 1],
    ]);
    expect(sentences(text)).toHaveLength(2);
  });
  test('offsets point at what was matched, in any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('dog', 'hot', 'mice', '狗', '热', '. ', ' ', '-', "'s"), fc.string({ unit: 'grapheme' })), {
          maxLength: 12,
        }),
        (parts) => {
          const text = parts.join('');
          const found = vocabulary.mentions(text);
          let end = 0;
          for (const m of found) {
            expect(text.slice(m.start, m.end)).toBe(m.text);
            expect(m.start).toBeGreaterThanOrEqual(end);
            end = m.end;
          }
        },
      ),
    );
  });
  test('an ambiguous or empty name is refused', () => {
    expect(
      () =>
        new Vocabulary([
          { id: 'a', en: ['cup'] },
          { id: 'b', en: ['Cup'] },
        ]),
    ).toThrow(/two objects share a name.*"Cup".*a and b/);
    expect(() => new Vocabulary([{ id: 'a', en: [' '] }])).toThrow(/empty name/);
  });
});

describe('CHAIR', () => {
  test('by hand', () => {
    const s = chair(['A dog and a bear. Another dog.', 'A mouse.', 'Nothing here'], [['dog', 'glass'], ['mouse'], ['bear']], vocabulary);
    // Mentions: dog, bear*, dog, mouse. Sentences: 4, one of them wrong.
    expect(s).toMatchObject({ chairI: 0.25, chairS: expect.closeTo(1 / 3), chairSentence: 0.25, mentions: 4, sentences: 4, n: 3 });
    expect(s.cover).toBeCloseTo(2 / 4);
    expect(s.coverMacro).toBeCloseTo((0.5 + 1 + 0) / 3);
  });
  test('captions that name exactly the truth, none of it, or nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(['dog', 'mouse', 'glass', 'bear'], { minLength: 1 }), { minLength: 1, maxLength: 8 }), (truth) => {
        const right = chair(
          truth.map((ids) => ids.join(' and ')),
          truth,
          vocabulary,
        );
        expect([right.chairI, right.chairS, right.chairSentence, right.cover, right.coverMacro]).toEqual([0, 0, 0, 1, 1]);
        const wrong = chair(
          truth.map(() => 'an elephant'),
          truth,
          vocabulary,
        );
        expect([wrong.chairI, wrong.chairS, wrong.chairSentence, wrong.cover]).toEqual([1, 1, 1, 0]);
        const silent = chair(
          truth.map(() => ''),
          truth,
          vocabulary,
        );
        expect([silent.chairI, silent.chairS, silent.cover, silent.mentions]).toEqual([0, 0, 0, 0]);
      }),
    );
  });
  test('nothing to score', () => expect(chair([], [], vocabulary)).toMatchObject({ chairI: 0, cover: 0, n: 0 }));
  test('lengths differ', () => expect(() => chair(['a'], [], vocabulary)).toThrow(/expected 1 truth sets, got 0/));
});
