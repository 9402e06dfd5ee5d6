// Scores of benchmarks with options: accuracy, the share of replies without an option, and what a guess for these would add.
import { once } from './memo.js';
import { chooseOption } from './option-choice.js';
import { meanShare, shareOf, unparsed } from './scores.js';
const chosen = once((row) => chooseOption(row, row.options));
/** Whether a reply chooses the true option. */
export const choiceRight = (row) => chosen(row).letter === row.truth;
/** The options of a row whose reply chooses none, to be ranked. */
export const optionsToRank = (row) => chosen(row).letter === undefined ? row.options : undefined;
/**
 * Accuracy, where a reply without an option is wrong; the same with one in as many options for it, which is what a random option gives on
 * average; the share of replies by how their option was found.
 */
export function choiceScores(rows) {
    const found = rows.map((row) => ({ row, ...chosen(row) }));
    const right = found.map(({ row, letter }) => (letter === row.truth ? 1 : 0));
    const guessed = found.map(({ row, by }, i) => (by === 'none' ? 1 / row.options.length : right[i]));
    const byRule = (by, note) => shareOf(`found by ${by}`, found, (item) => item.by === by, { better: 'neither', note, detail: true });
    return [
        meanShare('accuracy', right),
        meanShare('accuracy with a guess', guessed, { note: 'a random option where the reply has none', detail: true }),
        unparsed(found, ({ by }) => by === 'none', 'replies that choose no option'),
        byRule('similarity', 'options by the likeness of the words'),
        byRule('ranked', 'options by their probability'),
    ];
}
//# sourceMappingURL=choice-scores.js.map