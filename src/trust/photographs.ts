// Woodpecker measured on photographs whose captions were written and labeled by hand: each detector alone, both together, a reader for printed words.

import { Vocabulary } from '../evaluate/mentions.js';
import type { Interval } from '../evaluate/metrics/resample.js';
import { namingOf } from './claim-question.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { type ClaimLabel, type CorrectionScores, correctionScores, type LabeledText } from './correction-scores.js';
import { type NamedDetector, openDetector, openReader } from './experts/open.js';
import type { TextReader } from './reader.js';
import type { ClaimVerdict } from './truth.js';
import type { Detection } from './verifier.js';
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

/** One text as one detector left it; `verdicts`: T true, F false, ? unknown, - about an object that is not there. */
export interface CheckedText {
  image: string;
  text: string;
  corrected: string;
  labels: string;
  verdicts: string;
}

const LETTERS: Record<ClaimVerdict, string> = { true: 'T', false: 'F', unknown: '?', moot: '-' };

/** The result, as `results/woodpecker-photographs.json` has it. */
export interface PhotographResult {
  photographs: number;
  texts: number;
  detectors: Record<
    string,
    ReturnType<typeof correctionScores> & { threshold: number; doubt: number; publicDomain: CorrectionScores; checked: CheckedText[] }
  >;
}

export interface PhotographOptions {
  /** Default: each alone and both. */
  open?: readonly (() => Promise<NamedDetector>)[];
  reader?: () => Promise<TextReader & { dispose(): void }>;
  signal?: AbortSignal;
  /** Told each text. */
  onText?: (detector: string, text: CheckedText) => void;
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
        const checked: CheckedText[] = [];
        for (const { name, license, captions, bytes } of photos) {
          const image = { type: 'image', source: bytes } as const;
          let found: Promise<Detection[]> | undefined;
          const once = { ...detector, detect: () => (found ??= detector.detect(image, { signal })) };
          for (const { text, labels } of captions) {
            const done = await woodpecker(text, { image }, { naming, detector: once, reader, signal });
            texts.push({ image: name, free: !/not stated/.test(license), verdicts: done.verdicts, labels: [...labels].map(labelOf) });
            const verdicts = done.verdicts.map(({ verdict }) => LETTERS[verdict]).join('');
            const row = { image: name, text, corrected: done.text, labels, verdicts };
            checked.push(row);
            onText?.(detector.name, row);
          }
        }
        const publicDomain = correctionScores(texts.filter(({ free }) => free)).all;
        result.detectors[detector.name] = { ...detector.verdicts, ...correctionScores(texts), publicDomain, checked };
      } finally {
        detector.dispose();
      }
    }
  } finally {
    reader.dispose();
  }
  return result;
}

/** The table of a result: a row for each detector, and for each type of claim that is false somewhere. */
export function photographTable({ detectors }: PhotographResult): string {
  const cell = ({ value, low, high, n }: Interval): string => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${n}`;
  const line = (name: string, { precision, recall, kept, decided }: CorrectionScores): string =>
    `| ${[name, cell(precision), cell(recall), cell(kept), decided.value.toFixed(3)].join(' | ')} |`;
  const rows = Object.entries(detectors).flatMap(([name, { all, byType, publicDomain }]) => [
    line(`**${name}**`, all),
    ...Object.entries(byType).flatMap(([type, scores]) => (scores.counts.false > 0 ? [line(type, scores)] : [])),
    line('public domain alone', publicDomain),
  ]);
  return ['| | precision | recall | true claims kept | decided |', '|---|---|---|---|---|', ...rows].join('\n');
}
