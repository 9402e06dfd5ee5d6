// HaELM (Wang et al. 2023): a judge reads the captions that people wrote and says of each caption of the model whether it is accurate.
import { dirname } from 'node:path';
import { DISK } from '../bench-files.js';
import { drawRows } from '../file-benchmark.js';
import { haelmPrompt, readHaelm } from '../judge-prompts.js';
import { judgeControls } from '../judged.js';
import { captionTokens } from '../metrics/caption-tokens.js';
import { withoutThinking } from '../reply.js';
import { meanScore, shareOf, unanswered } from '../scores.js';
import { captionRows } from './captions.js';
/** Yes as 1, no as 0; undefined where a verdict commits to neither. */
const read = (reply) => {
    const said = readHaelm(reply);
    return said === 'unknown' ? undefined : said === 'yes' ? 1 : 0;
};
/**
 * HaELM over the files of captions that `coco-caption` reads, with a judge that says yes or no. A caption without a word
 * is neither accurate nor made up, and counts as unparsed. Verdicts of several rounds are taken by majority. Errors: those of the rows.
 */
export const haelm = ({ data, images, files = DISK }) => ({
    name: 'haelm',
    title: 'HaELM',
    about: 'captions that a judge calls accurate beside those that people wrote',
    reads: 'annotations in the form of COCO or of Karpathy',
    maxTokens: 128,
    constants: null,
    yesNo: true,
    rows: (options) => drawRows(data, options, (file) => captionRows(files, file, images ?? dirname(file))),
    judge: ({ references, reply }) => [haelmPrompt(references, reply)],
    score(done) {
        const rows = done.map((row) => ({ ...row, verdict: accurate(row) }));
        const known = rows.filter(({ verdict }) => verdict !== undefined);
        const words = done.map(({ reply }) => captionTokens(withoutThinking(reply)).length);
        return [
            shareOf('accurate', known, ({ verdict }) => verdict === true, { note: 'captions that the judge calls accurate' }),
            meanScore('words', words, [0, Math.max(1, ...words)], { better: 'neither', note: 'of a caption: who says less is wrong less' }),
            ...judgeControls(done, read),
            unanswered(done),
        ];
    },
    right: (row) => accurate(row) === true,
});
/** Whether a caption is called accurate; undefined for one without a word, and where the verdicts do not say. */
const accurate = ({ reply, verdicts = [] }) => withoutThinking(reply).trim() === '' ? undefined : majority(verdicts[0] ?? []);
/** What most of the readable verdicts say; undefined for a tie, or none. */
function majority(verdicts) {
    const votes = verdicts.map(read).filter((vote) => vote !== undefined);
    const yes = votes.filter((vote) => vote === 1).length;
    return 2 * yes === votes.length ? undefined : 2 * yes > votes.length;
}
//# sourceMappingURL=haelm.js.map