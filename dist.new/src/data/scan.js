// Reads every row of a data set in order, some ahead, and finds those that cannot be used.
import { decodeImage, isVideo } from '../media/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { mediaOf } from './dataset.js';
import { badRow } from './row.js';
/** Rows that are read ahead: sharp decodes on its own threads. */
const AHEAD = 4;
/** Every row of a data set in order, used or not. Throws what is not a fault of a row. */
export async function* scanRows(set, options = {}) {
    const { check = 'images', parallel = AHEAD, signal } = options;
    const ahead = [];
    for (let row = 0; row < set.rows || ahead.length > 0;) {
        throwIfAborted(signal);
        while (ahead.length < parallel && row < set.rows) {
            const next = scanRow(set, row++, check);
            // One that fails while an earlier row is waited for is thrown in its turn.
            next.catch(() => { });
            ahead.push(next);
        }
        yield await ahead.shift();
    }
}
async function scanRow(set, row, check) {
    try {
        const conversation = await set.row(row);
        const faults = check === 'images' ? await mediaFaults(conversation) : [];
        return faults.length > 0 ? { row, faults } : { row, conversation };
    }
    catch (error) {
        if (!(error instanceof SensoriumError))
            throw error;
        const { file, row: number } = set.place(row);
        return { row, faults: [badRow(error, file, number)] };
    }
}
/** Images of a conversation that cannot be decoded as training does, and videos that are something else: these are not decoded. */
async function mediaFaults(conversation) {
    const { at } = conversation;
    const faults = [];
    for (const { type, source, origin } of mediaOf(conversation)) {
        if (type === 'video') {
            if (!(await isVideo(source)))
                faults.push({ file: at.file, row: at.row, key: origin.key, problem: `${origin.name ?? 'the file'}: this is not a video` });
            continue;
        }
        try {
            await decodeImage(source);
        }
        catch (error) {
            if (!(error instanceof SensoriumError))
                throw error;
            const name = origin.name ?? (typeof source === 'string' ? source : 'embedded image');
            const { problem, hint } = badRow(error, at.file, at.row);
            faults.push({ file: at.file, row: at.row, key: origin.key, problem: `${name}: ${problem}`, ...(hint ? { hint } : {}) });
        }
    }
    return faults;
}
//# sourceMappingURL=scan.js.map