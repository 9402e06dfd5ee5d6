// A record of any kind as a conversation: by its keys, a dialogue, a prompt with its completion, pairs of texts, a question with its answer, a caption or a label.
import { columnsKind, readColumns } from './columns.js';
import { DIALOGUE_KEYS, readDialogue } from './dialogue.js';
import { isPrompt, readPrompt } from './prompts.js';
import { pairColumns, pairLayoutOf } from './published-pairs.js';
import { RowError } from './row.js';
import { readTexts } from './texts.js';
import { hasContent } from './turns.js';
/** Reads a record by its keys. Throws `RowError` with file, row and key. Files are not looked up. */
export function readRecord(record, context, options = {}) {
    const wrong = (key, problem, details) => new RowError(context.at, key, problem, details);
    const layout = pairLayoutOf(record);
    if (layout)
        return readPrompt(pairColumns(layout, record, { axis: options.axis, wrong }), context);
    if (options.axis !== undefined)
        throw wrong('axis', 'the row has no ratings on axes', {
            expected: 'a data set whose replies are rated on axes, such as VLFeedback or PKU-SafeRLHF',
            got: options.axis,
            hint: 'Leave --axis out',
        });
    if (isPrompt(record))
        return readPrompt(record, context);
    if (DIALOGUE_KEYS.some((key) => hasContent(record[key])))
        return readDialogue(record, context);
    if (Array.isArray(record.texts))
        return readTexts(record, context);
    // A column of dialogues may be empty where others hold the row; an empty list of turns is a fault.
    const isEmpty = DIALOGUE_KEYS.every((key) => record[key] === undefined || record[key] === null || record[key] === '');
    if (isEmpty && columnsKind(record))
        return readColumns(record, context, options);
    return readDialogue(record, context);
}
//# sourceMappingURL=record.js.map