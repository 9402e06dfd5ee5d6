// A JSON answer of any size: long lists are written in slices, between which everybody else is served.
import { inSlices } from '../util/slices.js';
/** Values that are written in one step. */
const STEP = 64;
/** An answer of 200 with a value, as `c.json` gives it. The writing ends when the client leaves. */
export async function sendJson(c, value) {
    const signal = c.get('signal');
    const text = await inSlices(writeJson(value), () => signal.aborted);
    if (text === undefined)
        throw signal.reason;
    return c.body(typeof text === 'string' ? text : text.value, 200, { 'content-type': 'application/json' });
}
/** The text that `JSON.stringify` gives of plain values. */
export function* writeJson(value) {
    if (sizeOf(value, STEP) < STEP)
        return JSON.stringify(value) ?? 'null'; // in a list, what JSON cannot say is null
    const parts = [];
    if (Array.isArray(value))
        for (let i = 0; i < value.length; yield) {
            const start = i;
            for (let size = 0; i < value.length && size < STEP; i++)
                size += sizeOf(value[i], STEP);
            parts.push(i - start > 1 ? JSON.stringify(value.slice(start, i)).slice(1, -1) : yield* writeJson(value[start]));
        }
    else
        for (const [key, one] of Object.entries(value))
            if (one !== undefined)
                parts.push(`${JSON.stringify(key)}:${yield* writeJson(one)}`);
    return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
/** How many values there are in a value, counted up to `most`. */
function sizeOf(value, most) {
    if (typeof value !== 'object' || value === null)
        return 1;
    let size = 1;
    for (const one of Array.isArray(value) ? value : Object.values(value)) {
        if (size >= most)
            break;
        size += sizeOf(one, most - size);
    }
    return size;
}
//# sourceMappingURL=write-json.js.map