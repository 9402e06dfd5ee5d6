// Published data sets of preferences, each in columns of its own, as TRL's columns: prompt, chosen, rejected.
import { hasContent } from './turns.js';
/** Axes on which a row has a preference of its own. */
export const AXES = ['mean', 'helpful', 'faithful', 'ethical', 'safe'];
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** What a text holds as JSON, where it does. */
function parsed(value) {
    if (typeof value !== 'string' || !/^\s*[[{]/.test(value))
        return value;
    try {
        return JSON.parse(value);
    }
    catch {
        return value; // what stands there is named as it is
    }
}
const without = (row, ...keys) => Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)));
/** RLHF-V (openbmb/RLHF-V-Dataset): question and both replies are one JSON text; what people corrected are the parts that differ. */
const rlhfV = {
    name: 'rlhf-v',
    axes: [],
    is: (row) => {
        if (!('text' in row) || 'chosen' in row)
            return false;
        const text = parsed(row.text);
        return isObject(text) && 'question' in text && 'chosen' in text && 'rejected' in text;
    },
    columns(row) {
        const { question, chosen, rejected } = parsed(row.text);
        const { idx, origin_split: split } = row;
        return {
            ...without(row, 'text', 'idx', 'origin_split', ...(hasContent(row.image) ? ['image_path'] : [])),
            ...(row.id === undefined && hasContent(idx) ? { id: idx } : {}),
            ...(hasContent(split) ? { origin_split: parsed(split) } : {}),
            ...{ prompt: question, chosen, rejected },
        };
    },
};
/** The columns of VLFeedback's ratings, by axis. */
const RATED = {
    helpful: 'Helpfulness',
    faithful: 'Visual Faithfulness',
    ethical: 'Ethical Considerations',
};
/** Completions as a list, from a list of them or from lists of their columns, which tables have. */
function completionsOf(value) {
    const given = parsed(value);
    if (Array.isArray(given))
        return given.every(isObject) ? given : undefined;
    if (!isObject(given) || !Array.isArray(given.response))
        return undefined;
    const keys = Object.keys(given).filter((key) => Array.isArray(given[key]));
    return given.response.map((_, i) => Object.fromEntries(keys.map((key) => [key, given[key][i]])));
}
/** The ratings of a completion; undefined where one of them is not a number. */
function ratingOf({ annotations }, axis) {
    const all = parsed(annotations);
    if (!isObject(all))
        return undefined;
    const names = axis === 'mean' ? Object.values(RATED) : [RATED[axis]];
    const values = names.map((name) => {
        const { Rating: rating } = (all[name] ?? {});
        return hasContent(rating) ? Number(rating) : Number.NaN;
    });
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Number.isFinite(mean) ? mean : undefined;
}
/** VLFeedback (Silkie): several completions of one prompt, rated 1 to 5 on three axes; the best is preferred to the worst. */
const vlFeedback = {
    name: 'vlfeedback',
    axes: ['mean', 'helpful', 'faithful', 'ethical'],
    is: (row) => hasContent(row.prompt) && (completionsOf(row.completions)?.some((one) => 'annotations' in one) ?? false),
    columns(row, { axis, wrong }) {
        const rated = completionsOf(row.completions).flatMap((one) => {
            const { response } = one;
            const rating = ratingOf(one, axis);
            return rating !== undefined && typeof response === 'string' && response.trim() !== '' ? [{ response, rating }] : [];
        });
        const best = rated.reduce((a, b) => (a && a.rating >= b.rating ? a : b), undefined);
        const worst = rated.reduce((a, b) => (a && a.rating <= b.rating ? a : b), undefined);
        if (!best || !worst || best.rating === worst.rating)
            throw wrong('completions', 'no completion is preferred to another', {
                expected: `completions with different ratings (${axis === 'mean' ? 'in the mean of three axes' : RATED[axis]})`,
                got: rated.map(({ rating }) => rating),
                hint: axis === 'mean' ? 'Leave the row out' : 'Leave the row out, or compare on another axis (--axis)',
            });
        const path = row.image_path ?? row.img_path;
        return {
            ...without(row, 'completions', 'models', 'image_path', 'img_path'),
            ...(!hasContent(row.image) && !hasContent(row.images) && hasContent(path) ? { image: path } : {}),
            ...{ chosen: best.response, rejected: worst.response, ratings: [best.rating, worst.rating], axis },
        };
    },
};
/** LLaVA-RLHF (LLaVA-Human-Preference-10K): a conversation whose last reply is one of two outputs. */
const llavaRlhf = {
    name: 'llava-rlhf',
    axes: [],
    is: (row) => 'output_1' in row && 'output_2' in row && 'preference' in row,
    columns(row, { wrong }) {
        const { output_1: one, output_2: two, preference } = row;
        const number = Number(preference);
        if (number !== 1 && number !== 2)
            throw wrong('preference', 'the row has no preference', { expected: '1 or 2', got: preference, hint: 'Leave the row out' });
        const [chosen, rejected] = number === 1 ? [one, two] : [two, one];
        // Versions of the file have the turns in a list of their own.
        const { conversations } = row;
        const turns = Array.isArray(conversations) && Array.isArray(conversations[0]) ? conversations[0] : conversations;
        const isReply = (turn) => isObject(turn) && turn.from === 'gpt';
        const asked = Array.isArray(turns) && isReply(turns.at(-1)) ? turns.slice(0, -1) : turns;
        const textOf = (key, output) => {
            const text = isObject(output) ? output.value : output;
            if (typeof text !== 'string')
                throw wrong(key, 'a reply of the pair is missing', { expected: 'a text, or a turn with one', got: output });
            return [{ from: 'gpt', value: text }];
        };
        const [keyOfChosen, keyOfRejected] = number === 1 ? ['output_1', 'output_2'] : ['output_2', 'output_1'];
        return {
            ...without(row, 'output_1', 'output_2', 'preference', 'conversations'),
            ...{ prompt: asked, chosen: textOf(keyOfChosen, chosen), rejected: textOf(keyOfRejected, rejected) },
        };
    },
};
/** PKU-SafeRLHF: two replies to a prompt, the more helpful and the safer one named apart. */
const safeRlhf = {
    name: 'pku-saferlhf',
    axes: ['helpful', 'safe'],
    is: (row) => 'response_0' in row && 'response_1' in row && ('better_response_id' in row || 'safer_response_id' in row),
    columns(row, { axis, wrong }) {
        const key = axis === 'safe' ? 'safer_response_id' : 'better_response_id';
        const id = hasContent(row[key]) ? Number(row[key]) : Number.NaN;
        if (id !== 0 && id !== 1)
            throw wrong(key, 'the row has no preference', {
                expected: '0 or 1',
                got: row[key],
                hint: 'Leave the row out, or compare on the other axis (--axis)',
            });
        return { ...without(row, 'response_0', 'response_1'), chosen: row[`response_${id}`], rejected: row[`response_${1 - id}`] };
    },
};
const TURN = /\n\n(Human|Assistant):/g;
/** The turns of a transcript. */
function transcript(text) {
    const marks = [...text.matchAll(TURN)];
    return marks.map((mark, i) => ({
        role: mark[1] === 'Human' ? 'user' : 'assistant',
        content: text.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? text.length).trim(),
    }));
}
const isTranscript = (value) => typeof value === 'string' && /^\s*(?:\n\n)?Human:/.test(value) && /\n\nAssistant:/.test(value);
/** Anthropic's HH-RLHF: two transcripts; what they have in common is the prompt. */
const hh = {
    name: 'anthropic-hh',
    axes: [],
    is: (row) => !hasContent(row.prompt) && isTranscript(row.chosen) && isTranscript(row.rejected),
    columns(row, { wrong }) {
        const [chosen, rejected] = [row.chosen, row.rejected].map((text) => transcript(`\n\n${text.trim()}`));
        let shared = 0;
        const same = (i) => chosen[i]?.role === rejected[i]?.role && chosen[i]?.content === rejected[i]?.content;
        while (shared < Math.min(chosen.length, rejected.length) - 1 && same(shared))
            shared++;
        const isReply = (turns) => turns.length === shared + 1 && turns[shared]?.role === 'assistant';
        if (shared === 0 || !isReply(chosen) || !isReply(rejected))
            throw wrong('rejected', 'the two transcripts do not differ in their last replies alone', {
                expected: 'the same turns but for the last reply',
                got: `${chosen.length} and ${rejected.length} turns, the first ${shared} the same`,
                hint: 'Leave the row out',
            });
        return { ...row, prompt: chosen.slice(0, shared), chosen: [chosen[shared]], rejected: [rejected[shared]] };
    },
};
/** The layouts; the first that recognizes a row reads it. */
export const PAIR_LAYOUTS = [rlhfV, vlFeedback, llavaRlhf, safeRlhf, hh];
/** The published layout that a row has. */
export const pairLayoutOf = (row) => PAIR_LAYOUTS.find((layout) => layout.is(row));
/** A row of a published layout in TRL's columns. Throws what `wrong` makes, also for an axis that the layout does not have. */
export function pairColumns(layout, row, { axis, wrong }) {
    const { axes, name } = layout;
    if (axis !== undefined && !axes.includes(axis))
        throw wrong('axis', `rows of ${name} have no such axis`, {
            expected: axes.join(', ') || 'no axis: there is one preference',
            got: axis,
            hint: axes.length > 0 ? `Give one of them with --axis` : 'Leave --axis out',
        });
    return layout.columns(row, { axis: axis ?? axes[0] ?? 'mean', wrong });
}
//# sourceMappingURL=published-pairs.js.map