// Woodpecker measured on photographs whose captions were written and labeled by hand: each detector alone, both together, a reader for printed words.
import { Vocabulary } from '../evaluate/mentions.js';
import { namingOf } from './claim-question.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { correctionScores } from './correction-scores.js';
import { openDetector, openReader } from './experts/open.js';
import { woodpecker } from './woodpecker.js';
/** A letter of `labels`. */
export const labelOf = (letter) => (letter === 'T' ? 'true' : letter === 'F' ? 'false' : 'skip');
const LETTERS = { true: 'T', false: 'F', unknown: '?', moot: '-' };
const DEFAULT_OPEN = ['nanodet', 'centernet', 'nanodet,centernet'].map((name) => () => openDetector(name));
/** Corrects every text by every detector and scores the corrections. Errors: `trust.asset`, `trust.truth` for labels that are missing. */
export async function measurePhotographs(photos, options = {}) {
    const { open = DEFAULT_OPEN, reader: openText = openReader, signal, onText } = options;
    const naming = namingOf(new Vocabulary(cocoObjects, cocoOther), 'en');
    const result = {
        photographs: photos.length,
        texts: photos.reduce((n, { captions }) => n + captions.length, 0),
        detectors: {},
    };
    const reader = await openText();
    try {
        for (const opener of open) {
            const detector = await opener();
            try {
                const texts = [];
                const checked = [];
                for (const { name, license, captions, bytes } of photos) {
                    const image = { type: 'image', source: bytes };
                    let found;
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
            }
            finally {
                detector.dispose();
            }
        }
    }
    finally {
        reader.dispose();
    }
    return result;
}
/** The table of a result: a row for each detector, and for each type of claim that is false somewhere. */
export function photographTable({ detectors }) {
    const cell = ({ value, low, high, n }) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${n}`;
    const line = (name, { precision, recall, kept, decided }) => `| ${[name, cell(precision), cell(recall), cell(kept), decided.value.toFixed(3)].join(' | ')} |`;
    const rows = Object.entries(detectors).flatMap(([name, { all, byType, publicDomain }]) => [
        line(`**${name}**`, all),
        ...Object.entries(byType).flatMap(([type, scores]) => (scores.counts.false > 0 ? [line(type, scores)] : [])),
        line('public domain alone', publicDomain),
    ]);
    return ['| | precision | recall | true claims kept | decided |', '|---|---|---|---|---|', ...rows].join('\n');
}
//# sourceMappingURL=photographs.js.map