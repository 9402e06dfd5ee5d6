// Packs sequences into the rectangular arrays of a training step: inputs, positions, segments, what is predicted, and places of media.
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
/** Packs sequences. Throws `text.length` for one that is longer than a row: sequences are never cut here. */
export function packSequences(sequences, options) {
    const { length, pad, positionKinds: kinds = 0, multiple = 1 } = options;
    const { places, rows: used } = place(sequences, options);
    const { rowMultiple = 1 } = options;
    const rows = Math.ceil(used / rowMultiple) * rowMultiple;
    const shape = [rows, length];
    const ids = hostTensor('int32', shape);
    const segments = hostTensor('int32', shape);
    const positions = hostTensor('int32', kinds > 0 ? [kinds, ...shape] : shape);
    ids.data.fill(pad);
    const [asked, targets, owners] = [[], [], []];
    const weights = [];
    const media = [];
    const inRow = new Array(rows).fill(0);
    for (const { sequence: s, row, start } of places) {
        const sequence = sequences[s];
        const n = sequence.ids.length;
        const base = row * length + start;
        inRow[row] = inRow[row] + 1;
        ids.data.set(sequence.ids, base);
        segments.data.fill(inRow[row], base, base + n);
        for (let kind = 0; kind < Math.max(kinds, 1); kind++)
            for (let t = 0; t < n; t++)
                positions.data[kind * rows * length + base + t] =
                    kinds > 0 && sequence.positions ? sequence.positions[kind * n + t] : t;
        for (const [at, id, weight] of predictions(sequence)) {
            asked.push(base + at);
            targets.push(id);
            weights.push(weight);
            owners.push(s);
        }
        for (const item of sequence.media)
            media.push({ sequence: s, media: item, at: item.at.map((t) => base + t) });
    }
    const count = asked.length;
    const filled = Math.max(multiple, Math.ceil(count / multiple) * multiple);
    const padded = (dtype, from) => {
        const tensor = hostTensor(dtype, [filled]);
        tensor.data.set(from);
        return tensor;
    };
    return {
        rows,
        ids,
        segments,
        positions,
        asked: padded('int32', asked),
        targets: padded('int32', targets),
        weights: padded('float32', weights),
        owners: padded('int32', owners),
        media,
        weight: weights.reduce((sum, w) => sum + w, 0),
        predictions: count,
    };
}
/** Where each sequence goes, from top left to bottom right. */
function place(sequences, { length, share = true }) {
    const places = [];
    const used = [];
    for (const [s, { ids }] of sequences.entries()) {
        const need = ids.length;
        if (need > length)
            throw new SensoriumError('text.length', 'a sequence is longer than a row', {
                place: `sequence ${s}`,
                expected: `at most ${length} tokens`,
                got: String(need),
                hint: 'Encode with maxLength, or take longer rows',
            });
        let row = share ? used.findIndex((n) => n + need <= length) : -1;
        if (row < 0)
            row = used.push(0) - 1;
        places.push({ sequence: s, row, start: used[row] });
        used[row] = used[row] + need;
    }
    places.sort((a, b) => a.row - b.row || a.start - b.start);
    return { places, rows: used.length };
}
/** What a sequence predicts: after which place which id, with what weight, in order of places. */
function* predictions({ ids, weights, ends = [] }) {
    const after = new Map(ends);
    for (let t = 0; t < ids.length; t++) {
        const end = after.get(t);
        if (end !== undefined)
            yield [t, end, 1];
        else if (weights && t + 1 < ids.length && weights[t + 1] !== 0)
            yield [t, ids[t + 1], weights[t + 1]];
    }
}
//# sourceMappingURL=pack.js.map