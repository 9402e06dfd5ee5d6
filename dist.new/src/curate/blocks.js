// The rows of a data set in blocks of a fixed size: what is computed together never depends on how many are computed at once.
import { resolve } from 'node:path';
/** Rows of a block. Vectors of a CLIP are computed for the rows of one together. */
export const BLOCK_ROWS = 64;
/** Blocks in order. Tables are opened one after the other and closed when their last block has been released. */
export async function* blocksOf(units, options = {}) {
    const { from = { unit: 0, row: 0, ordinal: 0 }, share = { index: 0, count: 1 }, limit = Number.POSITIVE_INFINITY } = options;
    let { ordinal } = from;
    for (let u = from.unit; u < units.length && ordinal < limit; u++) {
        const unit = units[u];
        const table = await unit.open();
        options.onTable?.(table, u);
        let [open, isLast] = [0, false];
        const close = () => {
            if (isLast && open === 0)
                table.dispose();
        };
        const root = resolve(options.images ?? table.root);
        try {
            for (let row = u === from.unit ? from.row : 0; row < table.length && ordinal < limit;) {
                const end = Math.min(table.length, row + BLOCK_ROWS, row + limit - ordinal);
                const next = end < table.length ? { unit: u, row: end, ordinal: ordinal + end - row } : { unit: u + 1, row: 0, ordinal: ordinal + end - row };
                const isMine = (Math.floor(row / BLOCK_ROWS) + u) % share.count === share.index;
                if (isMine) {
                    open++;
                    const release = () => {
                        open--;
                        close();
                    };
                    yield { unit, table, root, start: row, end, ordinal, next, release };
                }
                ordinal = next.ordinal;
                row = end;
            }
        }
        finally {
            isLast = true;
            close();
        }
    }
}
/** Estimates the number of all rows: of files that are not open yet by their bytes. */
export class RowEstimate {
    units;
    limit;
    known = new Map();
    constructor(units, limit = Number.POSITIVE_INFINITY) {
        this.units = units;
        this.limit = limit;
    }
    opened(unit, rows) {
        this.known.set(unit, rows);
    }
    get total() {
        let [rows, bytes, rest] = [0, 0, 0];
        for (const [i, unit] of this.units.entries()) {
            const found = this.known.get(i);
            if (found === undefined)
                rest += unit.bytes;
            else {
                rows += found;
                bytes += unit.bytes;
            }
        }
        return Math.min(this.limit, rows + (bytes > 0 ? Math.round((rest * rows) / bytes) : 0));
    }
}
/** Items that are worked on `ahead` at a time, results in their order. The first fault ends it. */
export async function* inOrder(items, ahead, work) {
    const waiting = [];
    for await (const item of items) {
        const next = work(item);
        // One that fails while an earlier one is waited for is thrown in its turn.
        next.catch(() => { });
        waiting.push(next);
        if (waiting.length >= ahead)
            yield await waiting.shift();
    }
    for (const next of waiting)
        yield await next;
}
//# sourceMappingURL=blocks.js.map