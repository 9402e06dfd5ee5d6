// What all ranks must have alike, compared; and the moments of all shards, brought together.
import { createHash } from 'node:crypto';
import { SensoriumError } from '../../util/errors.js';
/** Throws `train.differs` on all ranks unless the values under each name are the same on all of them. */
export async function assertSame(ranks, values, place) {
    if (ranks.size === 1)
        return;
    const all = await ranks.all(() => values);
    const [first = {}] = all;
    await ranks.first(() => {
        for (const [rank, other] of all.entries())
            for (const key of new Set([...Object.keys(first), ...Object.keys(other)]))
                if (first[key] !== other[key])
                    throw new SensoriumError('train.differs', `rank ${rank} does not have the same ${key} as rank 0`, {
                        place,
                        expected: shown(first[key]),
                        got: shown(other[key]),
                        hint: 'Give all ranks the same files, versions and options, on machines of one kind',
                    });
    });
}
const shown = (value) => value === undefined ? 'nothing' : value.length > 60 ? `${value.slice(0, 60)}…` : value;
/** SHA-256 of the trained values; '' for one rank, which has nobody to be compared with. */
export function valuesHash({ values }, { size }) {
    if (size === 1)
        return '';
    return createHash('sha256')
        .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        .digest('hex');
}
/** The moments of the whole blocks: on rank 0, for a file. Elsewhere they are those of the shard. */
export async function gatherMoments(buffers, { communicator, isFirst }) {
    if (!buffers.isSharded)
        return buffers;
    const whole = async (own) => {
        const all = isFirst ? new Float32Array(buffers.length) : undefined;
        await communicator.gather(own, buffers.bounds, all);
        return all ?? own;
    };
    return { m: await whole(buffers.m), v: await whole(buffers.v) };
}
//# sourceMappingURL=same.js.map