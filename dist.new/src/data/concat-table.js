// Several tables as one: the shards of a data set in the order of their names.
import { basename } from 'node:path';
/** Rows of several tables, one after the other. */
export class ConcatTable {
    tables;
    length;
    root;
    fingerprint;
    starts = [0];
    constructor(tables) {
        this.tables = tables;
        for (const table of tables)
            this.starts.push(this.starts.at(-1) + table.length);
        this.length = this.starts.at(-1);
        this.root = tables[0]?.root ?? '.';
        this.fingerprint = { shards: tables.map((table) => ({ name: basename(table.file), ...table.fingerprint })) };
    }
    find(index) {
        const k = this.starts.findLastIndex((start) => start <= index);
        return [this.tables[k], index - this.starts[k]];
    }
    record(index) {
        const [table, row] = this.find(index);
        return table.record(row);
    }
    at(index) {
        const [table, row] = this.find(index);
        return table.at(row);
    }
    dispose() {
        for (const table of this.tables)
            table.dispose();
    }
}
//# sourceMappingURL=concat-table.js.map