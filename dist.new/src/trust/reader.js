// Readers of printed text, and the verdicts on claims of printed words by what they read.
import { normalizeAnswer } from '../evaluate/metrics/vqa-normalize.js';
import { SensoriumError } from '../util/errors.js';
import { editDistance } from '../util/nearest.js';
/** Share of the letters that may be misread. */
const MISREAD = 0.2;
/** A line is what stands there instead of the words from this likeness on. */
const LIKE = 0.5;
const squeeze = (text) => normalizeAnswer(text).replaceAll(' ', '');
/** Fewest edits between a word and any stretch of a text (Sellers 1980). */
export function nearestStretch(word, text) {
    let row = new Array(text.length + 1).fill(0);
    for (let i = 1; i <= word.length; i++) {
        const next = [i];
        for (let k = 1; k <= text.length; k++) {
            const change = row[k - 1] + (word[i - 1] === text[k - 1] ? 0 : 1);
            next.push(Math.min(change, row[k] + 1, next[k - 1] + 1));
        }
        row = next;
    }
    return Math.min(...row);
}
/** Verdicts on printed words by what was read; other claims are unknown. Letters that are easily misread do not count. */
export function judgeByReading(words, { lines, unread }) {
    const said = squeeze(words);
    if (!said)
        return { verdict: 'unknown' };
    const read = lines.map((line) => ({ line, text: squeeze(line.text) }));
    // Words may run over the end of a line; a short one must be a word of its own.
    const all = read.map(({ text }) => text).join('');
    const found = said.length < 3
        ? lines.some((line) => normalizeAnswer(line.text).split(' ').includes(said))
        : nearestStretch(said, all) <= Math.floor(MISREAD * said.length);
    const by = (text) => nearestStretch(said, text) / said.length;
    const nearest = read.filter(({ text }) => text).sort((a, b) => by(a.text) - by(b.text))[0];
    if (found)
        return { verdict: 'true', ...(nearest ? { boxes: [nearest.line.box] } : {}) };
    // A part of the words may be all that could be read of them.
    if (nearest && nearest.text.length >= 2 && said.includes(nearest.text))
        return { verdict: 'unknown', boxes: [nearest.line.box] };
    const likeness = nearest ? 1 - editDistance(said, nearest.text) / Math.max(said.length, nearest.text.length) : 0;
    if (nearest && likeness >= LIKE)
        return { verdict: 'false', boxes: [nearest.line.box], instead: nearest.line.text };
    return { verdict: unread > 0 ? 'unknown' : 'false' };
}
/** Verdicts by a reader on what is printed. Errors: `trust.image` for a subject without an image. */
export function readerVerifier(reader) {
    return {
        name: 'reader',
        async verify(claims, { image }, options) {
            if (!image)
                throw new SensoriumError('trust.image', 'claims are verified in an image', { expected: 'a subject with an image', got: 'none' });
            if (!claims.some((claim) => claim.type === 'text'))
                return { verdicts: claims.map((claim) => ({ claim, verdict: 'unknown' })), asked: 0 };
            const reading = await reader.read(image, options);
            const verdicts = claims.map((claim) => {
                if (claim.type !== 'text')
                    return { claim, verdict: 'unknown' };
                const { verdict, boxes, instead } = judgeByReading(claim.words, reading);
                if (!claim.denied)
                    return { claim, verdict, ...(boxes ? { boxes } : {}), ...(instead === undefined ? {} : { instead }) };
                return { claim, verdict: verdict === 'unknown' ? 'unknown' : verdict === 'true' ? 'false' : 'true', ...(boxes ? { boxes } : {}) };
            });
            return { verdicts, asked: 1 };
        },
    };
}
//# sourceMappingURL=reader.js.map