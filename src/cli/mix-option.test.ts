// `--data a,b --mix …`: what it means, and what is refused.

import { describe, expect, it } from 'vitest';
import { sftRecipe } from '../train/sft.js';
import { mixtureOf } from './mix-option.js';

describe('--mix', () => {
  it('mixes data sets by their names', () => {
    expect(mixtureOf({ data: 'a.jsonl' })).toBeUndefined();
    expect(mixtureOf({ data: 'a.jsonl,b.jsonl' })).toEqual({ files: ['a.jsonl', 'b.jsonl'], how: 'size' });
    expect(mixtureOf({ data: 'a.jsonl, b.jsonl', mix: 'sqrt', 'mix-cap': '9', 'text-share': '0.3' })).toEqual({
      files: ['a.jsonl', 'b.jsonl'],
      how: 'sqrt',
      cap: 9,
      textShare: 0.3,
    });
    expect(mixtureOf({ data: 'a,b', mix: 'weights=2,1' })).toEqual({ files: ['a', 'b'], how: 'weighted', weights: [2, 1] });
  });

  it.each([
    ['a weight too few', { data: 'a,b', mix: 'weights=2' }],
    ['a weight of nothing', { data: 'a,b', mix: 'weights=2,0' }],
    ['a kind', { data: 'a,b', mix: 'even' }],
    ['a data set without a name', { data: 'a,,b' }],
    ['a share', { data: 'a,b', 'text-share': '2' }],
  ])('%s is refused', (_, args) => {
    expect(() => mixtureOf(args)).toThrow(expect.objectContaining({ code: 'cli.usage' }));
  });

  it('stands in the recipe that does the same', () => {
    const options = { model: 'm', lora: 0, epochs: 1, batch: 8, holdout: 0.1, skipBad: false, seed: 3 };
    const mix = { files: ['a', 'b'], how: 'weighted' as const, weights: [2, 1] };
    const text = sftRecipe(options, { path: 'a,b', mix }, { train: ['all'], lr: 1e-4, maxLength: 64 });
    expect(text).toContain(
      `data: mixture({ parts: [{ data: conversations("a"), weight: 2 }, { data: conversations("b"), weight: 1 }], how: "weighted", seed: 3 }),`,
    );
    expect(text).toContain("import { conversations, mixture } from 'sensorium/data';");
  });
});
