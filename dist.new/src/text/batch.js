// Packs samples into the rectangular arrays that a training step takes: inputs, shifted targets, weights, segments and image positions.
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
/** Packs samples. Throws `text.length` for a sample longer than a row: samples are never cut here. */
export function packBatch(samples, options) {
    const { length, rows: fixed, pad, pack = true } = options;
    if (!Number.isInteger(length) || length < 1 || (fixed !== undefined && (!Number.isInteger(fixed) || fixed < 1)))
        throw new SensoriumError('text.batch', 'a batch needs positive sizes', { got: `rows ${fixed}, length ${length}` });
    const placements = [];
    const rest = [];
    const used = [];
    samples.forEach((sample, s) => {
        const need = sample.ids.length;
        if (need > length)
            throw new SensoriumError('text.length', 'a sample is longer than a row', {
                place: `sample ${s}`,
                expected: `at most ${length} tokens`,
                got: String(need),
                hint: 'Encode with maxLength, or take a longer bucket',
            });
        let row = pack ? used.findIndex((n) => n + need <= length) : -1;
        if (row < 0) {
            if (used.length === fixed) {
                rest.push(s);
                return;
            }
            row = used.push(0) - 1;
        }
        placements.push({ sample: s, row, start: used[row] });
        used[row] = used[row] + need;
    });
    placements.sort((a, b) => a.row - b.row || a.start - b.start);
    const rows = fixed ?? used.length;
    const shape = [rows, length];
    const inputIds = hostTensor('int32', shape);
    const targets = hostTensor('int32', shape);
    const weights = hostTensor('float32', shape);
    const positionIds = hostTensor('int32', shape);
    const segmentIds = hostTensor('int32', shape);
    inputIds.data.fill(pad);
    const positions = Array.from({ length: rows }, () => []);
    const images = [];
    const segments = new Array(rows).fill(0);
    let lossTokens = 0;
    for (const { sample: s, row, start } of placements) {
        const { ids, mask, imageRuns, ends = [] } = samples[s];
        const base = row * length + start;
        const segment = segments[row] + 1;
        segments[row] = segment;
        inputIds.data.set(ids, base);
        for (let t = 0; t < ids.length; t++) {
            positionIds.data[base + t] = t;
            segmentIds.data[base + t] = segment;
            if (t + 1 < ids.length && mask[t + 1] === 1) {
                targets.data[base + t] = ids[t + 1];
                weights.data[base + t] = 1;
                lossTokens++;
            }
        }
        for (const [at, id] of ends) {
            targets.data[base + at] = id;
            weights.data[base + at] = 1;
            lossTokens++;
        }
        imageRuns.forEach(([at, tokens], image) => {
            images.push({ sample: s, image, tokens });
            for (let k = 0; k < tokens; k++)
                positions[row].push(base + at + k);
        });
    }
    return {
        inputIds,
        targets,
        weights,
        positionIds,
        segmentIds,
        imagePositions: positions.map((p) => Int32Array.from(p)),
        images,
        placements,
        rest,
        lossTokens,
    };
}
/** The smallest bucket that holds `length`. Throws `text.length` when none does. */
export function bucketFor(length, buckets) {
    let best = Number.POSITIVE_INFINITY;
    for (const bucket of buckets)
        if (bucket >= length && bucket < best)
            best = bucket;
    if (best === Number.POSITIVE_INFINITY)
        throw new SensoriumError('text.length', 'longer than the largest bucket', {
            expected: `at most ${Math.max(...buckets)}`,
            got: String(length),
        });
    return best;
}
//# sourceMappingURL=batch.js.map