// The policy of a decoder-only model: rows of one key-value cache, images encoded where a prompt begins.
import { SensoriumError } from '../util/errors.js';
import { checkSwitch } from './methods/halle.js';
import { commonPrefix, firstRead, scoreSequences, } from './policy.js';
import { SlotRows } from './slot-rows.js';
/** Tokens of a given sequence that are computed at once. */
const CHUNK = 128;
/** A decoder as a policy. `encode` gives the rows of media; without it prompts bring theirs as `features`. */
export function decoderPolicy(decoder, { encode } = {}) {
    const { capacity } = decoder;
    const vocabSize = decoder.language.config.vocab_size;
    const memory = {
        capacity,
        vocabSize,
        step: (cache, ids) => decoder.step(cache, { ids }),
        larger: (_, batch) => decoder.cache(batch),
        copy: copyRow,
    };
    /** Rows by key; equal media are encoded once. */
    const rowsOf = async (media) => {
        const each = new Map(media.map((m) => [m.key, m]));
        if (each.size === 0)
            return new Map();
        if (!encode)
            throw new SensoriumError('generate.input', 'this policy cannot encode media', {
                expected: 'prompts of ids, or with image rows that are encoded already',
                got: 'an image',
                hint: 'Make the policy with an encoder of media',
            });
        const rows = await encode([...each.values()]);
        return new Map([...each.keys()].map((key, i) => [key, rows[i]]));
    };
    const placed = (media, rows) => joined(media.map(({ key, at }) => ({ features: rows.get(key), at })));
    const epsilonOf = (of) => {
        checkSwitch(decoder.language, of);
        return of.epsilon ?? 0;
    };
    const policy = {
        capacity,
        vocabSize,
        room: ({ ids }) => capacity - ids.length,
        async start(prompts) {
            const rows = new SlotRows(decoder.cache(prompts.length), memory);
            const longest = prompts.reduce((n, p) => Math.max(n, p.ids.length), 0);
            const images = [];
            const encoded = await rowsOf(prompts.flatMap((p) => (p.features ? [] : (p.media ?? []))));
            for (const [b, p] of prompts.entries()) {
                rows.memory.epsilons[b] = epsilonOf(p);
                const own = p.features && p.imagePositions ? { features: p.features, at: p.imagePositions } : placed(p.media ?? [], encoded);
                if (own)
                    images.push(b === 0 ? own : { ...own, at: own.at.map((at) => b * longest + at) });
            }
            const all = joined(images);
            rows.take(await decoder.step(rows.memory, {
                ids: prompts.map((p) => p.ids),
                positions: prompts.map((p) => p.positions),
                features: all?.features,
                imagePositions: all?.at,
            }));
            return rows;
        },
        step: (rows, ids) => rows.step(ids),
        select: (rows, parents, reserve) => rows.select(parents, reserve),
        async *read(sequences) {
            const cache = decoder.cache(1);
            let images;
            for (const [s, sequence] of sequences.entries()) {
                const { ids, positions, media } = sequence;
                if (ids.length > capacity)
                    tooLong(ids.length, capacity);
                const before = sequences[s - 1];
                const from = firstRead(sequence);
                // Logits of what is in common are those of the other one only where the switch is turned alike.
                const alike = before && before.epsilon === sequence.epsilon && firstRead(before) <= from;
                const shared = alike ? commonPrefix(before, sequence) : 0;
                cache.epsilons[0] = epsilonOf(sequence);
                // The last position in common again: what follows it is read from its logits.
                const start = Math.max(0, Math.min(shared, ids.length) - 1);
                if (!(before && sameMedia(before, sequence)))
                    images = placed(media, await rowsOf(media));
                cache.truncate(start);
                if (start === 0)
                    cache.offsets.fill(0);
                for (let at = start; at < ids.length; at += CHUNK) {
                    const n = Math.min(CHUNK, ids.length - at);
                    const wanted = Math.max(0, Math.min(n, at + n - from));
                    const x = {
                        ids: [ids.subarray(at, at + n)],
                        positions: [positions && positionsWithin(positions, ids.length, at, n)],
                        ...imagesWithin(images, at, n),
                    };
                    const { logits, logSums } = await decoder.read(cache, x, wanted);
                    if (wanted === 0)
                        continue;
                    const part = {
                        at: (i) => logits.data.subarray(i * vocabSize, (i + 1) * vocabSize),
                        logSum: (i) => logSums.data[i],
                    };
                    yield { sequence: s, start: at + n - wanted, count: wanted, logits: part };
                }
            }
        },
        score: (sequences) => scoreSequences(policy, sequences),
    };
    return policy;
}
/** Image rows one after the other. */
function joined(parts) {
    const [first] = parts;
    if (!first || parts.length === 1)
        return first;
    const width = first.features.shape[1];
    const count = parts.reduce((n, { at }) => n + at.length, 0);
    const data = new Float32Array(count * width);
    const places = new Int32Array(count);
    let row = 0;
    for (const { features, at } of parts) {
        data.set(features.data, row * width);
        places.set(at, row);
        row += at.length;
    }
    return { features: { dtype: 'float32', shape: [count, width], data }, at: places };
}
/** Image rows at positions [start, start + n), in the form of a step's input. */
function imagesWithin(images, start, n) {
    if (!images)
        return {};
    const { features, at } = images;
    const width = features.shape[1];
    const rows = [...at.keys()].filter((i) => at[i] >= start && at[i] < start + n);
    if (rows.length === 0)
        return {};
    const data = new Float32Array(rows.length * width);
    for (const [k, i] of rows.entries())
        data.set(features.data.subarray(i * width, (i + 1) * width), k * width);
    return {
        features: { dtype: 'float32', shape: [rows.length, width], data },
        imagePositions: Int32Array.from(rows, (i) => at[i] - start),
    };
}
/** Positions [kinds, n] of the tokens [start, start + n) of [kinds, length]. */
function positionsWithin(positions, length, start, n) {
    const kinds = positions.length / length;
    const out = new Int32Array(kinds * n);
    for (let k = 0; k < kinds; k++)
        out.set(positions.subarray(k * length + start, k * length + start + n), k * n);
    return out;
}
const sameMedia = (a, b) => a.media.length === b.media.length &&
    a.media.every((m, i) => m.key === b.media[i]?.key && m.at.length === b.media[i]?.at.length && m.at.every((p, k) => p === b.media[i]?.at[k]));
/** Copies the filled positions of a row: buffers are [batch, heads, capacity, headDim]. */
function copyRow(from, source, to, target) {
    const length = from.lengths[source];
    for (const [name, buffer] of Object.entries(from.buffers)) {
        const other = to.buffers[name];
        const [, heads, capacity, size] = buffer.shape;
        const otherCapacity = other.shape[2];
        for (let h = 0; h < heads; h++) {
            const at = (source * heads + h) * capacity * size;
            other.data.set(buffer.data.subarray(at, at + length * size), (target * heads + h) * otherCapacity * size);
        }
    }
    if (from.media)
        to.media?.copyRow(from.media, source, target);
    to.lengths[target] = length;
    to.epsilons[target] = from.epsilons[source];
    to.offsets[target] = from.offsets[source];
}
function tooLong(length, capacity) {
    throw new SensoriumError('generate.context', 'the sequence is longer than the context', {
        expected: `at most ${capacity} tokens`,
        got: String(length),
        hint: 'Shorten it, or load the model with a larger capacity',
    });
}
//# sourceMappingURL=decoder-policy.js.map