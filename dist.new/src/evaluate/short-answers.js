// What benchmarks of short answers share: the request, rows with several true answers, exact and consensus scores.
import { questionOf } from './benchmark.js';
import { ask } from './file-benchmark.js';
import { once } from './memo.js';
import { exactMatch, vqaConsensus } from './metrics/vqa.js';
import { vqaConsensusOfficial } from './metrics/vqa-official.js';
import { withoutThinking } from './reply.js';
import { meanShare, shareOf, unanswered } from './scores.js';
/** Ends a question in LLaVA's form, which most models know. */
export const SHORT = 'Answer the question using a single word or phrase.';
/** A question that wants a short answer. */
export const askShort = (question, image) => ask(`${question}\n${SHORT}`, image);
/** The question of a row without the request. */
const bare = (row) => questionOf(row.messages).replace(`\n${SHORT}`, '');
/** Whether a reply is one of the true answers. */
export const shortRight = once((row) => row.answers.some((answer) => exactMatch(row.reply, answer, bare(row))));
/** Share of replies that are one of the true answers. */
export const exactScore = (rows, name = 'accuracy') => shareOf(name, rows, shortRight, { note: 'after normalization' });
/** VQA accuracy over rows with the answers of several people, in the mended form and as the published script gives it. */
export function consensusScores(rows) {
    return [
        meanShare('VQA accuracy', rows.map(({ reply, answers }) => vqaConsensus(reply, answers)), { note: 'agreement with several answers' }),
        meanShare('VQA accuracy by the official script', rows.map(({ reply, answers }) => vqaConsensusOfficial(withoutThinking(reply), answers)), {
            detail: true,
            note: 'whole replies, official normalization',
        }),
        unanswered(rows),
    ];
}
//# sourceMappingURL=short-answers.js.map