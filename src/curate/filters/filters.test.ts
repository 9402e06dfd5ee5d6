// Each filter on rows at and beside its thresholds, the recipes by their numbers, transforms of captions, the threshold by ROC.

import { describe, expect, it } from 'vitest';
import type { Candidate, FilterContext, Settings } from '../filter.js';
import { languageDetector } from '../language.js';
import { CURATE_RECIPES, curateRecipe } from '../recipes.js';
import { rocThreshold } from '../roc.js';
import { cleanCaption, wordsOf } from '../text.js';
import { transformNamed } from '../transforms.js';
import { OWN_LEXICON } from '../wordnet.js';
import { repetitionOf } from './caption.js';
import { chosenFilters, FILTERS, filterNamed, parseFilters, settingsOf } from './index.js';

const context: FilterContext = {
  repeats: (caption) => caption === 'often',
  languageOf: await languageDetector(),
  isNoun: OWN_LEXICON.isNoun,
};

function row(text: string, more: Partial<Candidate> = {}): Candidate {
  const caption = cleanCaption(text);
  return { pair: { id: '1', rest: {}, at: { file: 'f', row: 0 } }, caption, words: wordsOf(caption), ...more };
}
const picture = (width: number, height: number, bytes = 9000, format = 'jpeg'): Partial<Candidate> => ({
  header: { width, height, bytes, format },
});
const drops = (name: string, candidate: Candidate, settings: Settings = {}): boolean =>
  filterNamed(name)
    .make(settingsOf(filterNamed(name), settings), context)
    .why(candidate) !== undefined;

describe('filters', () => {
  it.each<[name: string, stays: Candidate, falls: Candidate, settings?: Settings]>([
    ['length', row('abcde'), row('abcd')],
    ['length', row('五个字的话'), row('四个字的')],
    ['length', row('x'.repeat(1000)), row('x'.repeat(1001))],
    ['words', row('a red dog'), row('red dog')],
    ['words', row('一只狗'), row('狗狗')],
    ['repetition', row('the dog and the cat and the house and the boat'), row('sale sale sale dog')],
    ['repetition', row('a b c a b d'), row('a b c a b c a b c'), { n: 3 }],
    ['grammar', row('the dog'), row('the of with')],
    ['grammar', row('the dog'), row('dog'), { determiner: true }],
    ['grammar', row('the dog in a boat'), row('the dog'), { determiner: true, preposition: true }],
    ['spatial', row('dog under the table'), row('dog and table')],
    ['spatial', row('dog under the table'), row('dog under it')],
    ['banned', row('a dog loading a truck of'), row('Click to Enlarge')],
    ['banned', row('a dog'), row('IMG_2034')],
    ['banned', row('a dog'), row('dogs.jpg')],
    ['banned', row('a dog'), row('see https://example.com')],
    ['banned', row('a dog'), row('a dog for sale'), { words: 'for sale|offer' }],
    ['language', row('a red dog on the green grass of the garden'), row('Ein roter Hund liegt im Garten unter dem Baum')],
    ['language', row('一只红色的狗在花园里'), row('Ein roter Hund liegt im Garten'), { allow: 'en|zh' }],
    ['language', row('dog'), row('dog'), undefined],
    ['frequency', row('seldom'), row('often')],
    ['size', row('', picture(200, 300)), row('', picture(199, 300))],
    ['size', row('', picture(200, 300, 5000)), row('', picture(200, 300, 4999)), { bytes: 5000 }],
    ['size', row('', picture(200, 300)), row('', picture(200, 301)), { max: 300 }],
    ['aspect', row('', picture(300, 100)), row('', picture(100, 301))],
    ['format', row('', picture(9, 9)), row('', picture(9, 9, 9, 'png'))],
    ['labels', row('two dogs running', { labels: ['dog'] }), row('two dogs running', { labels: ['cat'] })],
    ['labels', row('a traffic light', { labels: ['traffic_light'] }), row('a light', { labels: ['traffic_light'] })],
    ['labels', row('a dog', { labels: ['dog'] }), row('a dog')],
    ['clip', row('a dog', { clip: 0.28 }), row('a dog', { clip: 0.2799 })],
    ['clip', row('Ein roter Hund liegt im Garten', { clip: 0.26 }), row('a red dog lies in the garden', { clip: 0.26 }), { other: 0.26 }],
  ])('%s', (name, stays, falls, settings) => {
    expect(drops(name, stays, settings)).toBe(false);
    if (!(name === 'language' && settings === undefined && falls.caption === 'dog')) expect(drops(name, falls, settings)).toBe(true);
  });

  it('leave captions whose language cannot be told, unless they should not', () => {
    expect(drops('language', row('dog'), { doubt: true })).toBe(false);
    expect(drops('language', row('dog'), { doubt: false })).toBe(true);
  });

  it('remember rows that were kept only', () => {
    const test = filterNamed('duplicate').make({ by: 'pair' }, context);
    const one = row('A dog!', { pHash: { high: 1, low: 2 } });
    expect(test.why(one)).toBeUndefined();
    expect(test.why(one)).toBeUndefined();
    test.kept?.(one);
    expect(test.why(row('a dog', { pHash: { high: 1, low: 2 } }))).toBeDefined();
    expect(test.why(row('a dog', { pHash: { high: 1, low: 3 } }))).toBeUndefined();
    expect(test.why(row('a cat', { pHash: { high: 1, low: 2 } }))).toBeUndefined();
  });

  it('count repeated n-grams', () => {
    expect(repetitionOf(['dog', 'cat', 'Dog', 'cat', 'the', 'the'], 1)).toBe(0.5);
    expect(repetitionOf(['a', 'b', 'a', 'b'], 2)).toBeCloseTo(1 / 3, 12);
    expect(repetitionOf(['a'], 1)).toBe(0);
  });

  it('run cheapest first, each once, with the last settings', () => {
    const chosen = chosenFilters([
      { name: 'clip' },
      { name: 'size', settings: { min: 5 } },
      ...parseFilters('size:bytes=7,words:min=2,grammar:noun=false'),
    ]);
    expect(chosen.map(({ row: { name } }) => name)).toEqual(['words', 'grammar', 'size', 'clip']);
    expect(chosen[2]?.settings).toEqual({ min: 5, bytes: 7, max: 0 });
    expect(chosen[1]?.settings.noun).toBe(false);
    expect(() => parseFilters('size:mim=3')).toThrow(expect.objectContaining({ code: 'curate.option' }));
    expect(() => parseFilters('size:min=big')).toThrow(expect.objectContaining({ code: 'curate.option' }));
    expect(() => parseFilters('clipp')).toThrow(expect.objectContaining({ code: 'curate.option', hint: 'Did you mean clip?' }));
  });

  it('of recipes have the published numbers', () => {
    const of = (recipe: string, name: string): Settings | undefined =>
      chosenFilters(curateRecipe(recipe).filters).find(({ row: { name: own } }) => own === name)?.settings;
    expect(of('cc3m', 'aspect')).toMatchObject({ max: 2 });
    expect(of('cc3m', 'grammar')).toEqual({ noun: true, determiner: true, preposition: true });
    expect(of('cc12m', 'aspect')).toMatchObject({ max: 2.5 });
    expect(of('cc12m', 'repetition')).toMatchObject({ max: 0.2 });
    expect(of('cc12m', 'words')).toEqual({ min: 3, max: 256 });
    expect(of('laion', 'clip')).toEqual({ min: 0.28, other: 0.26 });
    expect(of('laion', 'length')).toMatchObject({ min: 5 });
    expect(of('coyo', 'size')).toMatchObject({ min: 200, bytes: 5000 });
    expect(of('coyo', 'frequency')).toEqual({ max: 10 });
    expect(of('coyo', 'length')).toMatchObject({ min: 6 });
    expect(of('sbu', 'spatial')).toEqual({ terms: 2 });
    for (const { filters } of CURATE_RECIPES) expect(chosenFilters(filters).length).toBe(filters.length);
    expect(new Set(FILTERS.map(({ name }) => name)).size).toBe(FILTERS.length);
    expect(() => curateRecipe('cc4m')).toThrow(expect.objectContaining({ code: 'curate.option' }));
  });
});

describe('transforms', () => {
  it('replace names by what they are names of', () => {
    const change = transformNamed('hypernyms', OWN_LEXICON);
    expect(change('Harrison Ford walks in Paris, in May 2014')).toBe('person walks in city,');
    expect(change('the streets of New York and London at night')).toBe('the streets of city at night');
    expect(change('a dog in the garden')).toBe('a dog in the garden');
    expect(transformNamed('persons', OWN_LEXICON)('Emma Watson and a dog in Paris')).toBe('<PERSON> and a dog in Paris');
    expect(transformNamed('digits', OWN_LEXICON)('12 dogs')).toBe('## dogs');
    expect(() => transformNamed('none', OWN_LEXICON)).toThrow(expect.objectContaining({ code: 'curate.option' }));
  });
});

describe('rocThreshold', () => {
  it('is worked by hand', () => {
    const { auc, threshold, keep, pass } = rocThreshold([0.9, 0.8, 0.4, 0.7], [0.1, 0.5, 0.3, 0.2]);
    expect(auc).toBeCloseTo(15 / 16, 12);
    expect({ threshold, keep, pass }).toEqual({ threshold: 0.7, keep: 0.75, pass: 0 });
    expect(rocThreshold([0.9, 0.8, 0.4, 0.7], [0.1, 0.5, 0.3, 0.2], 0.25)).toMatchObject({ threshold: 0.4, keep: 1, pass: 0.25 });
    expect(rocThreshold([1, 1], [1, 1]).auc).toBe(0.5);
  });
});
