// `sensorium check IMAGE --text "…"`: what a text claims of a photograph, what of it is so, and the text corrected.
import { defineCommand } from 'citty';
import { Vocabulary } from '../evaluate/mentions.js';
import { openImage } from '../media/image.js';
import { namingOf } from '../trust/claim-question.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { withEvidence } from '../trust/correct.js';
import { openDetector, openReader } from '../trust/experts/open.js';
import { woodpecker } from '../trust/woodpecker.js';
import { readText } from '../util/fs.js';
import { shownBox } from './detect.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
/** A claim in a few words: `count of person: 2`. */
export function claimWords(claim) {
    const not = claim.denied ? 'no ' : '';
    switch (claim.type) {
        case 'existence':
            return `${not}${claim.object}`;
        case 'attribute':
            return `${not}${claim.object}: ${claim.value}`;
        case 'count':
            return `${not}${claim.object}: ${claim.count}`;
        case 'text':
            return `${not}"${claim.words}"`;
        case 'relation': {
            if (claim.relation !== 'place')
                return `${not}${claim.object} ${claim.relation} ${claim.other}`;
            return `${not}${claim.object} at the ${[claim.place.row, claim.place.column].filter(Boolean).join(' ')}`;
        }
    }
}
/** The claims with their verdicts, then the text as it is after them. */
export function checkLines({ verdicts, text }) {
    const row = ({ claim, verdict, instead, boxes = [] }) => [
        claim.type,
        claimWords(claim),
        verdict,
        [
            instead === undefined ? '' : `rather ${instead}`,
            boxes.slice(0, 4).map(shownBox).join(' '),
            boxes.length > 4 ? `and ${boxes.length - 4} more` : '',
        ]
            .filter(Boolean)
            .join('; '),
    ];
    const table = verdicts.length > 0 ? alignLeft(verdicts.map(row)) : 'the text claims nothing that can be checked';
    return `${table}\n\n${text || '(nothing of the text is left)'}`;
}
/** Columns all to the left. */
function alignLeft(rows) {
    const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    return alignColumns(rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]))));
}
const checkArgs = {
    image: { type: 'positional', description: 'an image file', required: false, valueHint: 'IMAGE' },
    text: { type: 'string', description: 'what is said of the image; @FILE reads it from a file', valueHint: 'TEXT' },
    detector: { type: 'string', description: 'nanodet, centernet or both (default: both)', valueHint: 'NAME' },
    ocr: { type: 'boolean', description: 'check printed words too' },
    evidence: { type: 'boolean', description: 'write the boxes behind their nouns' },
    json: { type: 'boolean', description: 'print one JSON object with every stage' },
};
export default defineCommand({
    meta: { name: 'check', description: 'Check a text about a photograph by detectors, and correct it (first: sensorium assets get)' },
    args: checkArgs,
    async run({ args }) {
        const [source, ...more] = args._;
        if (source === undefined || more.length > 0)
            throw usageError(source === undefined ? 'no image is named' : 'one image at a time', {
                expected: 'sensorium check IMAGE --text "…"',
            });
        const { text: given } = args;
        if (!given?.trim())
            throw usageError('no text to check', { expected: '--text "A dog and two cats on a couch."' });
        await withInterrupt(async (signal) => {
            const said = given.startsWith('@') ? await readText(given.slice(1)) : given;
            const image = await openImage(source, {}, signal);
            const part = { type: 'image', source: image };
            const detector = await openDetector(args.detector ?? 'both');
            const reader = args.ocr ? await openReader() : undefined;
            try {
                const naming = namingOf(new Vocabulary(cocoObjects, cocoOther), /\p{Script=Han}/u.test(said) ? 'zh' : 'en');
                const result = await woodpecker(said, { image: part }, { naming, detector, reader, signal });
                const text = args.evidence ? withEvidence(result, [image.width, image.height]) : result.text;
                process.stdout.write(args.json
                    ? `${JSON.stringify({ image: source, detector: detector.name, said, ...result, text })}\n`
                    : `${checkLines({ verdicts: result.verdicts, text })}\n`);
            }
            finally {
                detector.dispose();
                reader?.dispose();
            }
        });
    },
});
//# sourceMappingURL=check.js.map