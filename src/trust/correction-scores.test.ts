// Scores of corrections by hand-made verdicts, and the committed labels beside the claims that are read in their captions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Vocabulary } from '../evaluate/mentions.js';
import { packageRoot } from '../util/package.js';
import { extractClaims } from './claims.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { type ClaimLabel, correctionScores, type LabeledText } from './correction-scores.js';
import { labelOf, measurePhotographs, type Photograph } from './photographs.js';
import type { ClaimVerdict } from './truth.js';
import type { Detection } from './verifier.js';

const vocabulary = new Vocabulary(cocoObjects, cocoOther);
const text = (image: string, said: string, verdicts: readonly ClaimVerdict[], labels: readonly ClaimLabel[]): LabeledText => ({
  image,
  verdicts: extractClaims(said, vocabulary).map((claim, i) => ({ claim, verdict: verdicts[i] as ClaimVerdict })),
  labels,
});

describe('correctionScores', () => {
  it('counts what is called false, what is false, and what is left alone', () => {
    const { all, byType } = correctionScores([
      text('a', 'A dog, a cat and a cup.', ['false', 'false', 'true'], ['false', 'true', 'true']),
      text('b', 'Two dogs and a car.', ['false', 'true', 'unknown'], ['false', 'true', 'false']),
      text('c', 'A bus.', ['false'], ['skip']),
    ]);
    expect(all.counts).toEqual({ false: 3, called: 3, right: 2, true: 3 });
    expect(all.precision).toMatchObject({ value: 2 / 3, n: 3 });
    expect(all.recall).toMatchObject({ value: 2 / 3, n: 3 });
    expect(all.kept).toMatchObject({ value: 2 / 3, n: 3 });
    expect(all.decided).toMatchObject({ value: 5 / 6, n: 6 });
    expect(byType.count?.counts).toEqual({ false: 1, called: 1, right: 1, true: 0 });
    expect(Object.keys(byType)).toEqual(['existence', 'count']);
  });

  it('is 0 of nothing, and refuses labels that do not fit', () => {
    expect(correctionScores([]).all.precision).toMatchObject({ value: 0, n: 0 });
    expect(() => correctionScores([text('a', 'A dog.', ['true'], [])])).toThrowError(expect.objectContaining({ code: 'trust.truth' }));
  });
});

describe('the photographs', () => {
  const { photographs } = JSON.parse(readFileSync(join(packageRoot(), 'examples/photographs/captions.json'), 'utf8')) as {
    photographs: Photograph[];
  };

  it('have a label for each claim of their captions, a source, a license and a checksum', () => {
    expect(photographs.length).toBeGreaterThanOrEqual(20);
    expect(new Set(photographs.map(({ sha256 }) => sha256)).size).toBe(photographs.length);
    for (const { name, source, license, sha256, captions } of photographs) {
      expect([source, license, sha256].every(Boolean), name).toBe(true);
      for (const { text: said, labels } of captions) {
        expect(labels, said).toMatch(/^[TF-]+$/);
        expect(labels.length, said).toBe(extractClaims(said, vocabulary).length);
      }
    }
  });

  it('are measured by any detector', async () => {
    const found: Detection[] = [{ label: 'dog', score: 0.9, box: [0, 0, 9, 9] }];
    const open = async () => ({
      name: 'seeing dogs',
      labels: [...vocabulary.ids],
      detect: async () => found,
      dispose: () => {},
      verdicts: { threshold: 0.5, doubt: 0.5 },
    });
    const reader = async () => ({ read: async () => ({ lines: [], unread: 0 }), dispose: () => {} });
    const photo: Photograph = {
      name: 'one',
      source: 'here',
      file: 'one.png',
      license: 'ours',
      sha256: '',
      bytes: new Uint8Array(),
      captions: [
        { text: 'A dog and a cat.', labels: 'TF' },
        { text: 'There is no dog.', labels: 'F' },
      ],
    };
    const told: string[] = [];
    const result = await measurePhotographs([photo], { open: [open], reader, onText: (_, { corrected }) => told.push(corrected) });
    expect(result.detectors['seeing dogs']?.all.counts).toEqual({ false: 2, called: 2, right: 2, true: 1 });
    expect(result.detectors['seeing dogs']?.publicDomain).toEqual(result.detectors['seeing dogs']?.all);
    expect(told).toEqual(['A dog.', '']);
    expect(['T', 'F', '-'].map(labelOf)).toEqual(['true', 'false', 'skip']);
  });
});
