// Letters of real fonts: outlines of every kind are filled, sizes scale, damaged files are refused; sheets hold what their items say.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { documents } from './documents.js';
import { drawSheet, FACES, Fonts } from './print.js';
import { screens } from './screens.js';
import { Face } from './true-type.js';

const file = createRequire(import.meta.url).resolve('@fontsource/lora/files/lora-latin-500-normal.woff');
const ink = (alpha: Uint8Array): number => alpha.reduce((a, b) => a + b, 0) / 255;

describe('fonts', () => {
  it('fill their letters: an o has a hole, an accent is made of two parts, size scales the area', () => {
    const face = Face.fromFile(file);
    const o = face.glyph('o', 60);
    const middle = o.alpha[Math.floor(o.height / 2) * o.width + Math.floor(o.width / 2)];
    expect(middle).toBe(0);
    expect(Math.max(...o.alpha)).toBe(255);
    expect(ink(face.glyph('é', 60).alpha)).toBeGreaterThan(ink(face.glyph('e', 60).alpha));
    expect(ink(face.glyph('H', 80).alpha) / ink(face.glyph('H', 40).alpha)).toBeCloseTo(4, 0);
    expect(face.glyph(' ', 40)).toMatchObject({ width: 0, height: 0 });
    expect(face.glyph('W', 40).advance).toBeGreaterThan(face.glyph('i', 40).advance);
    // Below the baseline and above it.
    expect(face.glyph('p', 40).height).toBeGreaterThan(face.glyph('p', 40).top);
    expect([face.has('A'), face.has('姓')]).toEqual([true, false]);
  });

  it('have Chinese letters from a face of their own', () => {
    const fonts = new Fonts();
    for (const face of FACES) for (const letter of '姓名日期合计8A') expect(fonts.faceOf(letter, face).has(letter), letter).toBe(true);
  });

  it.each([
    ['not a font', (bytes: Uint8Array) => bytes.fill(0, 0, 4)],
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, 200)],
  ])('are refused where they are %s', (_, harm) => {
    expect(() => new Face(harm(Uint8Array.from(readFileSync(file))), 'font.woff').glyph('A', 20)).toThrow(
      expect.objectContaining({ code: 'world.asset' }),
    );
  });
});

describe('sheets', () => {
  it('print every field, inside the paper', () => {
    const fonts = new Fonts();
    for (const language of ['en', 'zh'] as const)
      for (let i = 0; i < 12; i++) {
        const { item } = documents({ seed: 2, language }).get(i);
        const printed = item.sheet.marks.flatMap((mark) => (mark.kind === 'text' ? [mark] : []));
        for (const { value } of item.fields)
          expect(
            printed.some(({ text }) => text === value),
            value,
          ).toBe(true);
        for (const { text, x, size, face } of printed) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + fonts.width(text, size, face)).toBeLessThanOrEqual(item.sheet.width + 1);
        }
        const pixels = drawSheet(item.sheet, fonts);
        expect(pixels.length).toBe(item.sheet.width * item.sheet.height * 3);
        expect(new Set(pixels).size).toBeGreaterThan(8);
      }
  });

  it('have the total of a receipt as the sum of its lines', () => {
    let seen = 0;
    for (let i = 0; i < 40; i++) {
      const { kind, fields } = documents({ seed: 3, fields: 4 }).get(i).item;
      if (kind !== 'receipt') continue;
      seen++;
      const cents = fields.map(({ value }) => Math.round(100 * Number(value)));
      expect(cents.at(-1)).toBe(cents.slice(0, -1).reduce((a, b) => a + b, 0));
    }
    expect(seen).toBeGreaterThan(3);
  });

  it('have controls of screens in places of their own', () => {
    for (let i = 0; i < 20; i++) {
      const { controls } = screens({ seed: 4, controls: 6 }).get(i).item;
      expect(new Set(controls.map(({ cell }) => cell.join())).size).toBe(controls.length);
      expect(new Set(controls.map(({ label }) => label)).size).toBe(controls.length);
    }
  });
});
