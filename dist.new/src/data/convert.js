// From one format to another, row by row: every row is checked on the way, and nothing is left out without a word.
import { SensoriumError } from '../util/errors.js';
import { conversations, nothingUsable } from './conversations.js';
import { mediaOf } from './dataset.js';
import { formatNamed } from './formats/index.js';
import { badRow } from './row.js';
import { scanRows } from './scan.js';
/** The error of bad rows, with all of them. */
export class BadRowsError extends SensoriumError {
    bad;
    constructor(place, bad, rows) {
        const count = (n, what) => `${n} ${what} row${n === 1 ? '' : 's'}`;
        super('data.bad', 'some rows of the data set cannot be used', {
            place,
            expected: count(rows.all, 'good'),
            got: count(rows.bad, 'bad'),
            hint: 'Correct them, or leave them out with --skip-bad; --json lists all',
        });
        this.bad = bad;
    }
}
/**
 * Reads a data set of any format and writes it in another, streaming. Every image is decoded on the way. Atomic: with a bad row and without
 * `skipBad` nothing is written, after all of them have been found. Errors: `data.read`, `data.format`, `data.exists`, `data.bad`.
 */
export async function convertData(input, output, options) {
    const { to, skipBad, force, onRow, signal, ...reading } = options;
    const format = formatNamed(to);
    if (!format.write)
        throw new SensoriumError('data.format', 'this format is not written', { got: to });
    const set = await conversations(input, reading).open(signal);
    const bad = [];
    const badRows = new Set();
    let media = 0;
    const leaveOut = (faults) => {
        bad.push(...faults);
        for (const { file, row } of faults)
            badRows.add(`${file}:${row}`);
    };
    async function* good() {
        let written = 0;
        for await (const { row, conversation, faults } of scanRows(set, { signal })) {
            if (faults)
                leaveOut(faults);
            else {
                const before = badRows.size;
                yield conversation;
                if (badRows.size === before) {
                    written++;
                    media += mediaOf(conversation).length;
                }
            }
            onRow?.(row + 1, set.rows, bad.length);
        }
        // Thrown here, so that the target is left as it was.
        if (written === 0)
            throw nothingUsable(input, bad, badRows.size);
        if (bad.length > 0 && !skipBad)
            throw new BadRowsError(input, bad, { bad: badRows.size, all: set.rows });
    }
    try {
        const onBad = (error, { at }) => leaveOut([badRow(error, at.file, at.row)]);
        const written = await format.write(output, good(), { force, signal, onBad });
        return { ...written, from: set.format, to, media, bad, badRows: badRows.size };
    }
    finally {
        set.dispose();
    }
}
//# sourceMappingURL=convert.js.map