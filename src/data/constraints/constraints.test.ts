// Constraints: each kind holds and fails where it should; instructions over scenes come with replies that satisfy them.

import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { makeScene } from '../../world/index.js';
import {
  CONSTRAINED_KINDS,
  CONSTRAINTS,
  type Constraint,
  constrainedRow,
  constrainedScenes,
  constraintSchema,
  constraintText,
  looseForms,
  satisfies,
  satisfiesLoosely,
} from './index.js';

const cases: [Constraint, string, string][] = [
  [{ kind: 'words', most: 3 }, 'one two three', 'one two three four'],
  [{ kind: 'sentences', least: 2, most: 2 }, 'It costs 1.5 coins. Really!', 'Only one. Two? Three.'],
  [{ kind: 'paragraphs', least: 2 }, 'a\n\nb', 'a\nb'],
  [{ kind: 'bullets', least: 2, most: 2 }, '- a\n- b', '- a'],
  [{ kind: 'items', least: 3, most: 3 }, 'a, b, c', 'a, b and c'],
  [{ kind: 'contains', words: ['red cup'] }, 'A Red Cup.', 'a red cupboard'],
  [{ kind: 'contains', words: ['狗'] }, '图中有一只红色的狗。', '图中有猫。'],
  [{ kind: 'forbidden', words: ['dog'] }, 'the doghouse', 'The DOG.'],
  [{ kind: 'times', word: 'a', least: 2, most: 2 }, 'a cat and a dog', 'a cat'],
  [{ kind: 'order', words: ['cat', 'dog'] }, 'cat, then dog', 'dog, cat'],
  [{ kind: 'starts', text: 'I see' }, 'i see it', 'it I see'],
  [{ kind: 'ends', text: 'Done.' }, 'all done.', 'Done. No'],
  [{ kind: 'lowercase' }, 'small', 'Small'],
  [{ kind: 'uppercase' }, 'BIG 1', 'Big'],
  [{ kind: 'without', text: ',' }, 'a b', 'a, b'],
  [{ kind: 'language', is: 'zh' }, '图中有狗。', 'There is a dog.'],
  [{ kind: 'language', is: 'en' }, 'There is a dog.', '图中有 dog。'],
  [{ kind: 'json', keys: ['a'] }, '```json\n{"a": 1}\n```', '{"b": 1}'],
  [{ kind: 'json' }, '[1]', '{a: 1}'],
  [{ kind: 'quotes' }, '"all of it"', '"part" of it'],
];

describe('constraints', () => {
  it.each(cases)('%o', (constraint, right, wrong) => {
    expect([satisfies(right, constraint), satisfies(wrong, constraint), satisfies(' ', constraint)]).toEqual([true, false, false]);
    expect(constraintText(constraint).length).toBeGreaterThan(5);
  });

  it('has a case for every kind', () => {
    expect(new Set(cases.map(([{ kind }]) => kind))).toEqual(new Set(Object.keys(CONSTRAINTS)));
  });

  it('counts loosely without the first or last line or asterisks', () => {
    expect(looseForms('Sure:\n*a*\nBye')).toEqual([
      'Sure:\n*a*\nBye',
      '*a*\nBye',
      'Sure:\n*a*',
      '*a*',
      'Sure:\na\nBye',
      'a\nBye',
      'Sure:\na',
      'a',
    ]);
    const json: Constraint = { kind: 'json' };
    expect([satisfies('Here it is:\n{"a": 1}', json), satisfiesLoosely('Here it is:\n{"a": 1}', json)]).toEqual([false, true]);
  });

  it('refuses rows that name no kind or wrong parameters', () => {
    for (const bad of [
      { kind: 'rhymes' },
      { kind: 'words' },
      { kind: 'words', most: -1 },
      { kind: 'contains', words: [] },
      { kind: 'lowercase', more: 1 },
    ])
      expect(constraintSchema.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    expect(constraintSchema.parse({ kind: 'words', most: 3 })).toEqual({ kind: 'words', most: 3 });
  });

  it('come over scenes with replies that satisfy them', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++)
      for (const kind of CONSTRAINED_KINDS) {
        const made = constrainedRow(makeScene(i, { split: 'train', seed: 3 }), kind, new Rng(`${i}`));
        if (!made) continue;
        seen.add(kind);
        const broken = made.constraints.filter((one) => !satisfies(made.reply, one) || constraintSchema.safeParse(one).success === false);
        expect({ ...made, broken }.broken, `${made.instruction} -> ${made.reply}`).toEqual([]);
      }
    expect(seen.size).toBe(CONSTRAINED_KINDS.length);
    const source = constrainedScenes({ scenes: 3, seed: 1 });
    expect(source.get(1)).toEqual(source.get(1));
    const some = constrainedScenes({ scenes: 9, kinds: ['count', 'order'] });
    const kinds = Array.from({ length: 9 }, (_, i) => some.get(i).rows.map(({ kind }) => kind)).flat();
    expect(new Set(kinds)).toEqual(new Set(['count', 'order']));
    for (const wrong of [[], ['rhymes']])
      expect(() => constrainedScenes({ kinds: wrong as never[] })).toThrowError(expect.objectContaining({ code: 'world.option' }));
    expect(() => source.get(3)).toThrowError(expect.objectContaining({ code: 'world.index' }));
  });
});
