// `detect`, `check` and `assets` as far as they need no network: what is printed and drawn, and how wrong calls end.

import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { Vocabulary } from '../evaluate/mentions.js';
import { extractClaims } from '../trust/claims.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { checkLines, claimWords } from './check.js';
import { detectionLines } from './detect.js';
import { boxesSvg, drawBoxes } from './draw-boxes.js';
import { main } from './main.js';

const vocabulary = new Vocabulary(cocoObjects, cocoOther);

describe('what is shown', () => {
  it('lists objects and lines with their boxes', () => {
    const lines = detectionLines(
      [{ label: 'dog', score: 0.912, box: [1.2, 2, 30.7, 40], doubt: true }],
      [{ text: 'STOP', score: 0.9, box: [5, 6, 7, 8] }],
    ).split('\n');
    expect(lines.length).toBe(2);
    expect(lines[0]).toMatch(/^dog +0\.91 +\[1, 2, 31, 40\] +another label/);
    expect(lines[1]).toMatch(/^"STOP" +0\.90 +\[5, 6, 7, 8\]$/);
    expect(detectionLines([], [])).not.toBe('');
  });

  it('says every kind of claim in a few words', () => {
    const said = 'Two red dogs are next to a cat. There is no car. The dog is at the top left of the image. A sign says "STOP".';
    expect(extractClaims(said, vocabulary).map(claimWords)).toEqual(
      expect.arrayContaining(['dog: 2', 'dog: red', 'dog', 'cat', 'no car', 'dog at the top left', '"STOP"']),
    );
    const [claim] = extractClaims('Two dogs.', vocabulary);
    const shown = checkLines({
      verdicts: [{ claim: claim as NonNullable<typeof claim>, verdict: 'false', instead: '1', boxes: [[0, 0, 9, 9]] }],
      text: 'A dog.',
    });
    expect(shown).toMatch(/^count +dog: 2 +false +rather 1; \[0, 0, 9, 9\]\n\nA dog\.$/);
    expect(checkLines({ verdicts: [], text: '' })).toMatch(/\n\n\(/);
  });

  it('draws boxes over the picture and escapes labels', async () => {
    const image = { width: 60, height: 40, data: new Uint8Array(60 * 40 * 3).fill(255) };
    expect(boxesSvg(image, [{ label: '<b> 0.5', box: [1, 2, 3, 4] }])).toContain('&#60;b&#62; 0.5');
    const png = await drawBoxes(image, [{ label: 'x', box: [10, 20, 50, 36] }]);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([60, 40]);
    const at = (x: number, y: number) => [...data.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3)];
    expect(at(30, 36)).not.toEqual([255, 255, 255]);
    expect(at(30, 28)).toEqual([255, 255, 255]);
    expect(at(5, 38)).toEqual([255, 255, 255]);
  });
});

describe('wrong calls', () => {
  const run = async (...args: string[]) => {
    let err = '';
    const code = await main(args, { out: () => {}, err: (text) => (err += text) });
    return { code, err };
  };
  it('end with 2, and a name that is not there or not fetched with 1', async () => {
    vi.stubEnv('SENSORIUM_CACHE', '/nonexistent/cache');
    try {
      for (const args of [
        ['detect'],
        ['detect', 'a', 'b'],
        ['check', 'a.png'],
        ['check', '--text', 'A dog.'],
        ['assets', 'path'],
        ['assets', 'gets'],
      ])
        expect(await run(...args), args.join(' ')).toMatchObject({ code: 2 });
      expect(await run('detect', 'a.png', '--no-objects')).toMatchObject({ code: 2 });
      expect(await run('assets', 'path', 'nanodot')).toMatchObject({ code: 1, err: expect.stringContaining('nanodet') });
      expect(await run('detect', 'docs/nothing.png')).toMatchObject({ code: 1 });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
