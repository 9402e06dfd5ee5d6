// Every convention writes a box that it reads back, within the error that its row states.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from './boxes.js';
import {
  CONVENTIONS,
  type ConventionName,
  type ConventionSpec,
  conventionOf,
  conventionOfVocabulary,
  readBoxes,
  rewriteBoxes,
} from './coordinates.js';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const boxes = fc.tuple(unit, unit, unit, unit).map(([a, b, c, d]): Box => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]);
const specs: ConventionSpec[] = [
  ...(Object.keys(CONVENTIONS) as ConventionName[]).map((name) => ({ name, ...(name === 'pixels' ? { width: 640, height: 480 } : {}) })),
  { name: 'shikra', digits: 2 },
  { name: 'ofa', bins: 64 },
  { name: 'kosmos-2', side: 16 },
  { name: 'qwen-vl', bins: 100 },
];

describe('conventions', () => {
  it.each(specs)('$name: boxes and points survive the round trip within the stated error', (spec) => {
    const own = conventionOf(spec);
    fc.assert(
      fc.property(boxes, (box) => {
        const read = own.parse(`It is ${own.write(box)}.`);
        expect(read).toHaveLength(1);
        for (const [i, v] of (read[0] as Box).entries()) expect(Math.abs(v - (box[i] as number))).toBeLessThanOrEqual(own.error + 1e-12);
      }),
    );
    fc.assert(
      fc.property(unit, unit, (x, y) => {
        if (!own.points) return;
        const [point] = own.points.parse(own.points.write([x, y]));
        expect(Math.max(Math.abs((point?.[0] ?? 9) - x), Math.abs((point?.[1] ?? 9) - y))).toBeLessThanOrEqual(own.error + 1e-12);
      }),
    );
  });

  it('writes what the systems write', () => {
    const box: Box = [0.25, 0.5, 0.75, 1];
    expect(conventionOf({ name: 'shikra' }).write(box)).toBe('[0.250,0.500,0.750,1.000]');
    expect(conventionOf({ name: 'qwen-vl' }).write(box)).toBe('<box>(250,500),(750,999)</box>');
    expect(conventionOf({ name: 'cogvlm' }).write([0.012, 0.034, 0.5, 1])).toBe('[[012,034,500,999]]');
    expect(conventionOf({ name: 'kosmos-2' }).write(box)).toBe('<object><patch_index_0520><patch_index_1015></object>');
    expect(conventionOf({ name: 'ofa' }).write(box)).toBe('<bin_250><bin_500><bin_749><bin_999>');
    expect(conventionOf({ name: 'paligemma' }).write(box)).toBe('<loc0512><loc0256><loc1023><loc0768>');
    expect(conventionOf({ name: 'pixels', width: 64 }).write(box)).toBe('[16,32,48,64]');
    expect(conventionOf({ name: 'shikra' }).points?.write([0.5, 0.25])).toBe('[0.500,0.250]');
  });

  it('finds the boxes of a reply in whatever form they are written', () => {
    for (const spec of specs.filter(({ name }) => name !== 'pixels' && name !== 'kosmos-2')) {
      const own = conventionOf(spec);
      const near = spec.bins || spec.digits ? own : undefined;
      expect(readBoxes(`a ${own.write([0.1, 0.2, 0.3, 0.4])} b ${own.write([0.5, 0.5, 0.6, 0.7])}`, near)).toHaveLength(2);
    }
    expect(readBoxes('no box [1,2] [0.9,0.9,0.1,0.1] <bin_1><bin_2>')).toEqual([]);
    expect(readBoxes('[0.1,0.2,0.3,0.4]'.repeat(5000))).toHaveLength(1000);
  });

  it('has tokens at places in 0..1, a single one among them', () => {
    for (const spec of [
      { name: 'ofa', bins: 1 },
      { name: 'ofa', bins: 5 },
      { name: 'kosmos-2', side: 1 },
      { name: 'kosmos-2', side: 3 },
    ] as const)
      for (const v of conventionOf(spec).tokens.flatMap(({ at = [] }) => at)) expect(v >= 0 && v <= 1, JSON.stringify(spec)).toBe(true);
    expect(conventionOf({ name: 'kosmos-2', side: 3 }).tokens.at(-1)?.at).toEqual([1, 1]);
  });

  it('knows the convention of a vocabulary, and writes its boxes in another', () => {
    for (const spec of [{ name: 'ofa', bins: 64 }, { name: 'kosmos-2', side: 16 }, { name: 'paligemma' }] as const) {
      const own = conventionOf(spec);
      const known = new Set(own.tokens.map(({ content }) => content));
      const found = conventionOfVocabulary({ tokenId: (token) => (known.has(token) ? 1 : undefined) });
      expect(found?.tokens).toEqual(own.tokens);
      const text = rewriteBoxes(`a ${own.write([0.25, 0.5, 0.75, 1])} b`, own, conventionOf({ name: 'shikra', digits: 1 }));
      expect(text).toMatch(/^a \[0\.[23],0\.5,0\.[78],1\.0\] b$/);
    }
    expect(conventionOfVocabulary({ tokenId: () => undefined })).toBeUndefined();
  });

  it('refuses what is no box, and conventions that are not there', () => {
    const own = conventionOf({ name: 'shikra' });
    for (const wrong of [
      [0, 0, 2, 1],
      [0.5, 0, 0.4, 1],
      [Number.NaN, 0, 1, 1],
      [0, 0, 1],
    ] as unknown as Box[])
      expect(() => own.write(wrong)).toThrow(expect.objectContaining({ code: 'text.box' }));
    for (const wrong of [{ name: 'x' }, { name: 'ofa', bins: 0 }, { name: 'ofa', bins: 1.5 }, { name: 'shikra', what: 1 }])
      expect(() => conventionOf(wrong as never)).toThrow(expect.objectContaining({ code: 'text.box' }));
  });
});
