// What an engine is asked: options of the engine, one request, and the checks that both pass before anything runs.
import { SensoriumError } from '../../util/errors.js';
const MIB = 2 ** 20;
/** Measured: `npm run bench -- serve` and the table in docs/generate.md. */
const MANY_ROWS = 4;
/** Options with their defaults. Throws `generate.option` for numbers out of range. */
export function settle(o, products) {
    const strict = products !== 'float' && (o.exact ?? true);
    const lookup = strict ? false : o.lookup;
    const prefillChunk = whole('prefillChunk', o.prefillChunk ?? 64, 1);
    const prefixBlock = whole('prefixBlock', o.prefixBlock ?? 16, 1);
    return {
        slots: whole('slots', o.slots ?? 8, 1),
        kvBytes: whole('kvBytes', o.kvBytes ?? 2048 * MIB, 1),
        prefillChunk,
        maxQueue: whole('maxQueue', o.maxQueue ?? 64, 0),
        prefixBytes: whole('prefixBytes', o.prefixBytes ?? 256 * MIB, 0),
        prefixBlock: strict ? prefillChunk : prefixBlock,
        featureBytes: whole('featureBytes', o.featureBytes ?? 64 * MIB, 0),
        tile: strict && products === 'blocks' ? 2 : 1,
        together: strict && products === 'mixture' ? 1 : Number.POSITIVE_INFINITY,
        manyRows: !strict ? MANY_ROWS : products === 'rowwise' ? 1 : Number.POSITIVE_INFINITY,
        keepReplies: !strict,
        buffer: whole('buffer', o.buffer ?? 1024, 1),
        readerTimeout: whole('readerTimeout', o.readerTimeout ?? 30_000, 1),
        lookup: lookup === false
            ? undefined
            : {
                ngram: whole('lookup.ngram', lookup?.ngram ?? 3, 1),
                least: whole('lookup.least', lookup?.least ?? 2, 1),
                tokens: whole('lookup.tokens', lookup?.tokens ?? 12, 1),
                rows: whole('lookup.rows', lookup?.rows ?? 2, 0),
            },
    };
}
function whole(place, value, least) {
    if (Number.isSafeInteger(value) && value >= least)
        return value;
    throw new SensoriumError('generate.option', `${place} is out of range`, {
        place,
        expected: `a whole number from ${least}`,
        got: String(value),
    });
}
/** Throws `generate.option` or `generate.input` for what no engine could do, whatever its state. */
export function checkRequest(r, vocab) {
    const given = [r.messages, r.ids, r.encode].filter((one) => one !== undefined).length;
    if (given !== 1)
        throw new SensoriumError('generate.input', 'a request has either messages or ids', { got: given > 1 ? 'both' : 'neither' });
    if (r.maxTokens !== undefined)
        whole('maxTokens', r.maxTokens, 1);
    const stops = typeof r.stop === 'string' ? [r.stop] : (r.stop ?? []);
    if (stops.some((s) => s === ''))
        throw new SensoriumError('generate.option', 'a stop string is empty', { place: 'stop' });
    if (!r.ids)
        return;
    if (r.ids.length === 0)
        throw new SensoriumError('generate.input', 'the prompt is empty', { place: 'ids', expected: 'at least one token' });
    for (const id of r.ids)
        if (!(Number.isInteger(id) && id >= 0 && id < vocab))
            throw new SensoriumError('generate.input', 'not a token', { place: 'ids', expected: `0 to ${vocab - 1}`, got: String(id) });
    const rows = r.features?.shape[0] ?? 0;
    if (rows !== (r.imagePositions?.length ?? 0))
        throw new SensoriumError('generate.input', 'image rows and their positions differ in number', {
            expected: `${rows} positions`,
            got: String(r.imagePositions?.length ?? 0),
        });
    for (const at of r.imagePositions ?? [])
        if (at < 0 || at >= r.ids.length)
            throw new SensoriumError('generate.input', 'an image position lies outside the prompt', {
                place: 'imagePositions',
                expected: `0 to ${r.ids.length - 1}`,
                got: String(at),
            });
}
//# sourceMappingURL=request.js.map