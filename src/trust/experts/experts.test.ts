// Decoding of both detectors, agreement, doubt in verdicts, text regions, CTC and claims of printed words: by hand-made tensors, without the networks.

import { describe, expect, it } from 'vitest';
import { Vocabulary } from '../../evaluate/mentions.js';
import { hostTensor } from '../../util/host.js';
import { namingOf } from '../claim-question.js';
import { extractClaims } from '../claims.js';
import { cocoObjects, cocoOther } from '../coco-objects.js';
import { judgeByReading, nearestStretch, type Reading, readerVerifier } from '../reader.js';
import { type Detection, type Detector, detectorVerifier } from '../verifier.js';
import { woodpecker } from '../woodpecker.js';
import { agree, agreeingDetector } from './agreement.js';
import { blazeface, decodeBlazeface } from './blazeface.js';
import { clipBox } from './boxes.js';
import { decodeCenternet } from './centernet.js';
import { decodeNanodet } from './nanodet.js';
import { COCO_LABELS, placed } from './network.js';
import { decodeCtc, findingSize } from './ocr.js';
import { openDetector } from './open.js';
import { quarterTurn, rectify } from './rectify.js';
import { convexHull, type Quad, textRegions } from './text-regions.js';

const vocabulary = new Vocabulary(cocoObjects, cocoOther);
const naming = namingOf(vocabulary, 'en');
const part = { type: 'image', source: { width: 1, height: 1, data: new Uint8Array(3) } } as const;
const seeing = (found: readonly Detection[], labels: readonly string[] = COCO_LABELS): Detector => ({
  labels,
  detect: async () => [...found],
});
const at = (label: string, score: number, x = 0, size = 10): Detection => ({ label, score, box: [x, 0, x + size, size] });

describe('boxes', () => {
  it('are clipped to the image, and go where nothing is left', () => {
    expect(clipBox([-5, -5, 5, 5], [10, 10])).toEqual([0, 0, 5, 5]);
    expect(clipBox([11, 0, 20, 5], [10, 10])).toBeUndefined();
  });
});

describe('decoding', () => {
  it('reads NanoDet: the highest label of a cell, distances as the mean of a softmax', () => {
    const [stride, labels] = [32, 3];
    const cells = 13 * 13;
    const scores = new Float32Array(cells * labels);
    const bins = new Float32Array(cells * 44).fill(-50);
    const cell = 2 * 13 + 4; // center (144, 80)
    scores[cell * labels + 1] = 0.7;
    scores[cell * labels + 2] = 0.6;
    for (const [side, bin] of [1, 2, 3, 0].entries()) bins[cell * 44 + side * 11 + bin] = 50;
    // Half and half between bins 4 and 5 on the last side.
    bins.fill(-50, cell * 44 + 33, cell * 44 + 44);
    bins[cell * 44 + 33 + 4] = bins[cell * 44 + 33 + 5] = 9;
    const [found, ...more] = decodeNanodet(scores, bins, { stride, labels, least: 0.3 });
    expect(more).toEqual([]);
    expect(found?.label).toBe(1);
    expect(found?.score).toBeCloseTo(0.7);
    for (const [i, v] of [144 - 32, 80 - 64, 144 + 96, 80 + 4.5 * 32].entries()) expect(found?.box[i]).toBeCloseTo(v, 3);
  });

  it('reads CenterNet: rows of a box, a score and a label', () => {
    const rows = Float32Array.of(10, 20, 30, 40, 0.9, 15, 0, 0, 5, 5, 0.1, 0, 1, 1, 2, 2, 0.8, 99);
    expect(decodeCenternet(rows, { labels: 80, least: 0.3 })).toEqual([{ label: 15, score: Math.fround(0.9), box: [10, 20, 30, 40] }]);
    expect(COCO_LABELS.length).toBe(80);
    expect([0, 15, 16, 62, 79].map((i) => COCO_LABELS[i])).toEqual(['person', 'cat', 'dog', 'tv', 'toothbrush']);
  });

  it('reads BlazeFace: logits of anchors, places from the middles of their cells', () => {
    const [logits, places] = [new Float32Array(384).fill(-100), new Float32Array(384 * 16)];
    const anchor = (3 * 8 + 5) * 6 + 4; // middle (176, 112): cells of 32 pixels
    logits[anchor] = Math.log(4); // 0.8
    places.set([10, -2, 40, 60], anchor * 16);
    const [found, ...more] = decodeBlazeface(logits, places, { side: 8, anchors: 6, least: 0.3 });
    expect(more).toEqual([]);
    expect(found?.score).toBeCloseTo(0.8, 6);
    expect(found?.box).toEqual([166, 80, 206, 140]);
    // Both grids, told apart by their shapes.
    const grid = (count: number, width: number, data = new Float32Array(count * width).fill(-100)) =>
      hostTensor('float32', [1, count, width], data);
    const fine = new Float32Array(512).fill(-100);
    fine[(2 * 16 + 1) * 2] = 1;
    const outputs = { a: grid(384, 16, places), b: grid(512, 1, fine), c: grid(384, 1, logits), d: grid(512, 16, new Float32Array(8192)) };
    const both = blazeface.read(outputs, { least: 0.3, labels: 1 });
    expect(both.map(({ label, box }) => [label, ...box])).toEqual([
      [0, 24, 40, 24, 40],
      [0, 166, 80, 206, 140],
    ]);
  });

  it('places an image in the shape that a network takes, and finds the way back', () => {
    const white = { width: 40, height: 10, data: new Uint8Array(1200).fill(255) };
    const inside = placed(white, { width: 20, height: 20, fit: 'inside' });
    expect([inside.left, inside.top, inside.across, inside.down]).toEqual([0, 7, 2, 2]);
    const lit = [...inside.part.data.keys()].filter((i) => i % 3 === 0 && inside.part.data[i] === 255).map((i) => Math.floor(i / 60));
    expect([lit.length, Math.min(...lit), Math.max(...lit)]).toEqual([100, 7, 11]);
    const stretched = placed(white, { width: 20, height: 20 });
    expect([stretched.left, stretched.top, stretched.across, stretched.down]).toEqual([0, 0, 2, 0.5]);
    expect(stretched.part.data.every((v) => v === 255)).toBe(true);
    const thin = placed({ width: 4000, height: 1, data: new Uint8Array(12_000) }, { width: 20, height: 20, fit: 'inside' });
    expect([thin.part.height, thin.down]).toEqual([20, 1]);
  });
});

describe('agreement', () => {
  it('takes the mean over all detectors, and counts silence as 0', () => {
    const both = agree([[at('dog', 0.8), at('cup', 0.6, 50)], [at('dog', 0.6, 1)]]);
    expect(both.map(({ label, score }) => [label, Number(score.toFixed(2))])).toEqual([
      ['dog', 0.7],
      ['cup', 0.3],
    ]);
    expect(both[0]?.box).toEqual([0, 0, 10, 10]);
  });

  it('keeps two objects of one label apart, and uses each box once', () => {
    const two = agree([
      [at('dog', 0.9), at('dog', 0.8, 30)],
      [at('dog', 0.7, 31), at('dog', 0.5, 1)],
    ]);
    expect(two.map(({ score }) => Number(score.toFixed(2)))).toEqual([0.75, 0.7]);
  });

  it('marks what another label contests', () => {
    const marked = agree([[at('dog', 0.5)], [at('dog', 0.5), at('cat', 0.45)]]);
    expect(marked.map(({ label, doubt }) => [label, doubt])).toEqual([
      ['dog', true],
      ['cat', true],
    ]);
    const clear = agree([[at('dog', 0.9)], [at('dog', 0.9), at('cat', 0.3)]]);
    expect(clear[0]?.doubt).toBeUndefined();
  });

  it('knows only what all know', async () => {
    const pair = agreeingDetector([seeing([at('dog', 1), at('ufo', 1)], ['dog', 'ufo']), seeing([at('dog', 1)], ['dog'])]);
    expect(pair.labels).toEqual(['dog']);
    expect((await pair.detect(part)).map(({ label }) => label)).toEqual(['dog']);
  });
});

describe('verdicts with doubt', () => {
  const verdicts = async (text: string, found: readonly Detection[]) => {
    const claims = extractClaims(text, vocabulary);
    const verifier = detectorVerifier(seeing(found), { threshold: 0.5, doubt: 0.2 });
    return (await verifier.verify(claims, { image: part })).verdicts.map(({ claim, verdict }) => `${claim.type} ${verdict}`);
  };

  it('are unknown where a weak box says that the object may be there', async () => {
    expect(await verdicts('A dog.', [])).toEqual(['existence false']);
    expect(await verdicts('A dog.', [at('dog', 0.3)])).toEqual(['existence unknown']);
    expect(await verdicts('A dog.', [{ ...at('dog', 0.9), doubt: true }])).toEqual(['existence unknown']);
    expect(await verdicts('A dog.', [at('dog', 0.9)])).toEqual(['existence true']);
    expect(await verdicts('There is no dog.', [at('dog', 0.3)])).toEqual(['existence unknown']);
    expect(await verdicts('There is no dog.', [])).toEqual(['existence true']);
    expect(await verdicts('A dog next to a cat.', [at('dog', 0.9), at('cat', 0.3, 12)])).toEqual([
      'existence true',
      'relation unknown',
      'existence unknown',
    ]);
  });

  it('are read by the thresholds of the detector itself', async () => {
    const claims = extractClaims('A dog.', vocabulary);
    const own = (score: number, verdicts?: object) => ({ ...seeing([at('dog', score)]), ...(verdicts ? { verdicts } : {}) });
    const of = async (detector: Detector, options?: object) =>
      (await detectorVerifier(detector, options).verify(claims, { image: part })).verdicts[0]?.verdict;
    expect(await of(own(0.45))).toBe('false');
    expect(await of(own(0.45, { threshold: 0.4, doubt: 0.25 }))).toBe('true');
    expect(await of(own(0.3, { threshold: 0.4, doubt: 0.25 }))).toBe('unknown');
    expect(await of(own(0.3, { threshold: 0.4, doubt: 0.25 }), { threshold: 0.5 })).toBe('false');
    const { verdicts } = await woodpecker('A dog.', { image: part }, { naming, detector: own(0.45, { threshold: 0.4 }) });
    expect(verdicts[0]?.verdict).toBe('true');
  });

  it('count what is sure, and leave open what may be', async () => {
    const found = [at('dog', 0.9), at('dog', 0.8, 20), at('dog', 0.3, 40)];
    expect(await verdicts('Two dogs.', found)).toEqual(['count unknown', 'existence true']);
    expect(await verdicts('Three dogs.', found)).toEqual(['count unknown', 'existence true']);
    expect(await verdicts('Five dogs.', found)).toEqual(['count false', 'existence true']);
    expect(await verdicts('Five dogs.', [at('dog', 0.3)])).toEqual(['count unknown', 'existence unknown']);
    expect(await verdicts('Two dogs.', found.slice(0, 2))).toEqual(['count true', 'existence true']);
  });
});

describe('text regions', () => {
  const draw = (width: number, height: number, inside: (x: number, y: number) => boolean): Float32Array =>
    Float32Array.from({ length: width * height }, (_, i) => (inside(i % width, Math.floor(i / width)) ? 0.9 : 0.02));

  it('are found, grown and read from top to bottom and left to right', () => {
    const map = draw(
      120,
      60,
      (x, y) => (y >= 10 && y < 18 && ((x >= 70 && x < 110) || (x >= 10 && x < 50))) || (y >= 40 && y < 48 && x >= 10 && x < 90),
    );
    const found = textRegions(map, { width: 120, height: 60 });
    expect(found.map(({ quad }) => quad[0].map(Math.round))).toEqual([
      [5, 5],
      [65, 5],
      [5, 35],
    ]);
    expect(found.every(({ score }) => score > 0.85)).toBe(true);
  });

  it('follow the direction of the line', () => {
    // A bar of 60 x 10 that rises by 30 degrees.
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const map = draw(100, 100, (x, y) => {
      const [u, v] = [(x - 50) * cos - (y - 50) * sin, (x - 50) * sin + (y - 50) * cos];
      return Math.abs(u) <= 30 && Math.abs(v) <= 5;
    });
    const [region, ...more] = textRegions(map, { width: 100, height: 100 });
    expect(more).toEqual([]);
    const [a, b] = (region as { quad: Quad }).quad;
    expect((Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI).toBeCloseTo(-30, -0.5);
    expect(a[0]).toBeLessThan(b[0]);
  });

  it('leave out what is small or weak', () => {
    expect(
      textRegions(
        draw(50, 50, (x, y) => x === 5 && y === 5),
        { width: 50, height: 50 },
      ),
    ).toEqual([]);
    const weak = draw(50, 50, (x, y) => y > 20 && y < 30 && x > 5 && x < 45).map((v) => v / 2);
    expect(textRegions(weak, { width: 50, height: 50 })).toEqual([]);
    expect(convexHull([[0, 0], [4, 0], [2, 1], [4, 4], [0, 4], [2, 2]]).length).toBe(4); // biome-ignore format: points
  });

  it('are laid straight', () => {
    const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => i) };
    expect(rectify(image, [[0, 0], [4, 0], [4, 2], [0, 2]])).toEqual(image); // biome-ignore format: corners
    const turned = quarterTurn(image);
    expect([turned.width, turned.height]).toEqual([2, 4]);
    expect([...turned.data.subarray(0, 3)]).toEqual([9, 10, 11]); // what was at the top right
    expect(quarterTurn(quarterTurn(quarterTurn(turned)))).toEqual(image);
  });

  it('have a size that the network takes', () => {
    expect(findingSize({ width: 1920, height: 1080 })).toEqual({ width: 960, height: 544 });
    expect(findingSize({ width: 320, height: 200 })).toEqual({ width: 640, height: 416 });
    expect(findingSize({ width: 5000, height: 10 })).toEqual({ width: 960, height: 32 });
  });
});

describe('reading', () => {
  it('takes the best path: repeats once, blanks between', () => {
    const characters = ['a', 'b', ' '];
    const row = (k: number, p = 0.9): number[] => [0, 1, 2, 3].map((i) => (i === k ? p : (1 - p) / 3));
    const steps = Float32Array.from([row(1), row(1), row(0), row(1, 0.7), row(3), row(2), row(2)].flat());
    const { text, score } = decodeCtc(steps, characters);
    expect(text).toBe('aa b');
    expect(score).toBeCloseTo((0.9 + 0.7 + 0.9 + 0.9) / 4);
    expect(decodeCtc(Float32Array.from(row(0)), characters)).toEqual({ text: '', score: 0 });
  });

  const line = (text: string, y = 0) => ({ text, score: 0.9, box: [0, y, 10, y + 5] as const });
  const reading = (texts: string[], unread = 0): Reading => ({ lines: texts.map((text, i) => line(text, i * 10)), unread });

  it('judges printed words: whole, over lines, misread by a letter, absent, unreadable', () => {
    expect(judgeByReading('STOP', reading(['stop!'])).verdict).toBe('true');
    expect(judgeByReading('New York Times', reading(['NEW YORK', 'TIMES'])).verdict).toBe('true');
    expect(judgeByReading('chocolate', reading(['ch0colate'])).verdict).toBe('true');
    expect(judgeByReading('SHOP', reading(['STOP']))).toMatchObject({ verdict: 'false', instead: 'STOP' });
    expect(judgeByReading('bananas', reading(['STOP']))).toEqual({ verdict: 'false' });
    expect(judgeByReading('bananas', reading(['STOP'], 2))).toEqual({ verdict: 'unknown' });
    expect(judgeByReading('bananas', reading([]))).toEqual({ verdict: 'false' });
    expect(judgeByReading('YAMAHA', reading(['AHA'])).verdict).toBe('unknown');
    expect(judgeByReading('4', reading(['24 h'])).verdict).toBe('false');
    expect(judgeByReading('4', reading(['Gate 4'])).verdict).toBe('true');
    expect(nearestStretch('cat', 'concatenate')).toBe(0);
    expect(nearestStretch('cart', 'concatenate')).toBe(1);
  });

  it('reads only when words are claimed, and corrects by what it read', async () => {
    let reads = 0;
    const reader = {
      read: async () => {
        reads++;
        return reading(['STOP']);
      },
    };
    const silent = await readerVerifier(reader).verify(extractClaims('A dog.', vocabulary), { image: part });
    expect([silent.asked, reads]).toEqual([0, 0]);
    const result = await woodpecker('A sign says "SHOP".', { image: part }, { naming, reader });
    expect(result.text).toBe('A sign says "STOP".');
    expect(reads).toBe(1);
  });
});

it('detectors are opened by name, from the cache alone', async () => {
  const cacheDir = '/nonexistent/cache';
  await expect(openDetector('nanodot', { cacheDir })).rejects.toMatchObject({
    code: 'trust.detector',
    hint: expect.stringContaining('nanodet'),
  });
  await expect(openDetector('', { cacheDir })).rejects.toMatchObject({ code: 'trust.detector' });
  await expect(openDetector('toString', { cacheDir })).rejects.toMatchObject({ code: 'trust.detector' });
  // No object is of both, so that they could never agree; several in turn are another thing, which agents have.
  await expect(openDetector('nanodet,blazeface', { cacheDir })).rejects.toMatchObject({
    code: 'trust.detector',
    got: 'nanodet: 80 objects; blazeface: face',
  });
  await expect(openDetector('nanodet,centernet', { cacheDir })).rejects.toMatchObject({
    code: 'trust.asset',
    hint: expect.stringContaining('assets get'),
  });
});
