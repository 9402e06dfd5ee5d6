// Woodpecker measured on photographs whose captions were written and labeled by hand: each detector alone, both together, a reader for printed words.

import { Vocabulary } from '../evaluate/mentions.js';
import { namingOf } from './claim-question.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { type ClaimLabel, type CorrectionScores, correctionScores, type LabeledText } from './correction-scores.js';
import { type NamedDetector, openDetector, openReader } from './experts/open.js';
import type { TextReader } from './reader.js';
import { woodpecker } from './woodpecker.js';

/** A photograph with texts about it. */
export interface Photograph {
  name: string;
  /** Where it is from, and under what terms. */
  source: string;
  file: string;
  license: string;
  sha256: string;
  captions: readonly LabeledCaption[];
  /** The image file. */
  bytes: Uint8Array;
}

/** A text with a letter for each of its claims in order: T true, F false, - neither. */
export interface LabeledCaption {
  text: string;
  labels: string;
}

/** A letter of `labels`. */
export const labelOf = (letter: string): ClaimLabel => (letter === 'T' ? 'true' : letter === 'F' ? 'false' : 'skip');

/** The result, as `results/woodpecker-photographs.json` has it. */
export interface PhotographResult {
  photographs: number;
  texts: number;
  detectors: Record<string, ReturnType<typeof correctionScores> & { threshold: number; doubt: number; publicDomain: CorrectionScores }>;
}

export interface PhotographOptions {
  /** Default: each alone and both. */
  open?: readonly (() => Promise<NamedDetector>)[];
  reader?: () => Promise<TextReader & { dispose(): void }>;
  signal?: AbortSignal;
  /** Told each text with what became of it. */
  onText?: (detector: string, text: { image: string; text: string; corrected: string; lines: string[] }) => void;
}

const DEFAULT_OPEN = ['nanodet', 'centernet', 'nanodet,centernet'].map((name) => () => openDetector(name));

/** Corrects every text by every detector and scores the corrections. Errors: `trust.asset`, `trust.truth` for labels that are missing. */
export async function measurePhotographs(photos: readonly Photograph[], options: PhotographOptions = {}): Promise<PhotographResult> {
  const { open = DEFAULT_OPEN, reader: openText = openReader, signal, onText } = options;
  const naming = namingOf(new Vocabulary(cocoObjects, cocoOther), 'en');
  const result: PhotographResult = {
    photographs: photos.length,
    texts: photos.reduce((n, { captions }) => n + captions.length, 0),
    detectors: {},
  };
  const reader = await openText();
  try {
    for (const opener of open) {
      const detector = await opener();
      try {
        const texts: (LabeledText & { free: boolean })[] = [];
        for (const { name, license, captions, bytes } of photos) {
          const image = { type: 'image', source: bytes } as const;
          for (const { text, labels } of captions) {
            const done = await woodpecker(text, { image }, { naming, detector, reader, ...detector.verdicts, signal });
            texts.push({ image: name, free: !/not stated/.test(license), verdicts: done.verdicts, labels: [...labels].map(labelOf) });
            const lines = done.verdicts.map(
              ({ claim, verdict }, i) => `${labels[i] ?? '?'} ${verdict.padEnd(8)} ${claim.type} ${claim.text.replaceAll('\n', ' ')}`,
            );
            onText?.(detector.name, { image: name, text, corrected: done.text, lines });
          }
        }
        const publicDomain = correctionScores(texts.filter(({ free }) => free)).all;
        result.detectors[detector.name] = { ...detector.verdicts, ...correctionScores(texts), publicDomain };
      } finally {
        detector.dispose();
      }
    }
  } finally {
    reader.dispose();
  }
  return result;
}
