// What training will make of a data set: lengths, turns that are cut, rows that cannot be used, rows that are held out and known all the same.
import { badRow, RowError } from '../data/index.js';
import { lossTokens } from '../model/index.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import { conversationSamples } from './conversation-samples.js';
import { splitRows } from './holdout.js';
/** Encodes every row, images included, as training will. Rows with faults are listed, not thrown. */
export async function inspectConversations(data, processor, o) {
    const sample = conversationSamples(data, processor, { maxLength: o.maxLength });
    const unusable = [];
    const usable = [];
    const names = [];
    const lengths = [];
    const perRow = [];
    const distinct = new Set();
    let [learned, shortened, unended, preferences, images] = [0, 0, 0, 0, 0];
    for (let index = 0; index < data.length; index++) {
        o.signal?.throwIfAborted();
        try {
            const { sequence, rejected } = await sample(index);
            await o.check?.(index);
            const count = lossTokens(sequence);
            if (count === 0 && !o.prompts)
                throw new SensoriumError('train.data', 'the row has nothing to learn: no token of a reply', {
                    place: `row ${data.at?.(index).row ?? index}`,
                });
            const media = [...sequence.media, ...(sequence.source?.media ?? [])];
            usable.push(index);
            lengths.push(sequence.ids.length + (sequence.source?.ids.length ?? 0));
            perRow.push(media.length);
            names.push(media.length > 0 ? media.map((m) => m.key) : [sequence.ids.join(' ')]);
            for (const { key } of media)
                distinct.add(key);
            learned += count;
            images += media.length;
            if (sequence.dropped > 0)
                shortened++;
            if (sequence.unended > 0)
                unended++;
            if (rejected)
                preferences++;
        }
        catch (error) {
            if (isAbort(error) || !(error instanceof SensoriumError))
                throw error;
            const { file, row } = error instanceof RowError ? error.at : (await data.get(index)).at;
            unusable.push({ ...badRow(error, file, row), index, code: error.code });
        }
        o.onRow?.(index + 1, data.length);
    }
    return {
        rows: data.length,
        usable: Int32Array.from(usable),
        unusable,
        tokens: spread(lengths),
        lossTokens: learned,
        images: { total: images, distinct: distinct.size, perRow: [least(perRow), most(perRow)] },
        shortened,
        unended,
        rejected: preferences,
        holdout: knownRows(names, o),
    };
}
const least = (numbers) => (numbers.length === 0 ? 0 : numbers.reduce((a, b) => Math.min(a, b)));
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);
function knownRows(names, { holdout, seed }) {
    if (names.length === 0 || holdout === 0)
        return { rows: 0, known: 0 };
    const { train, held } = splitRows(names.length, { share: holdout, seed });
    const trained = new Set([...train].flatMap((i) => names[i]));
    const known = [...held].filter((i) => names[i].some((name) => trained.has(name)));
    return { rows: held.length, known: known.length };
}
function spread(lengths) {
    const sorted = [...lengths].sort((a, b) => a - b);
    const total = lengths.reduce((n, x) => n + x, 0);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { total, mean: sorted.length > 0 ? total / sorted.length : 0, median: at(0.5), p95: at(0.95), longest: sorted.at(-1) ?? 0 };
}
/** Some rows of a data set as a data set. */
export function someRows(data, rows) {
    if (rows.length === data.length)
        return data;
    const of = (index) => rows[index];
    const used = new Set(rows);
    const before = data.describe.leftOut ?? [];
    const leftOut = Array.from({ length: data.length }, (_, i) => i).flatMap((i) => (used.has(i) ? [] : [data.at?.(i).row ?? i]));
    const describe = { ...data.describe, leftOut: [...before, ...leftOut] };
    const places = data.at ? { at: (index) => data.at(of(index)) } : {};
    return { length: rows.length, describe, get: (index) => data.get(of(index)), ...places, dispose: () => data.dispose?.() };
}
//# sourceMappingURL=inspect.js.map