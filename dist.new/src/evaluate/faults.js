// Faults in the rows and replies of a run: counted and named, whether it ends the run or is left out of the scores.
/** Kinds of faults, in the order of a report, each in words that follow a number of rows. */
export const FAULT_KINDS = {
    'duplicate id': 'left out, for their ids come twice',
    image: 'left out, for their images cannot be read',
    row: 'left out, for they or their files cannot be read',
    unanswered: 'left out, for they have no reply',
    group: 'left out with another row that is scored together with them',
    'empty reply': 'with an empty reply, scored as it is',
    'long reply': 'with a reply so long that its middle is not read',
};
/** How many rows are left out of the scores. */
export const leftOut = (faults) => faults.reduce((sum, { kind, n }) => sum + (FAULT_KINDS[kind].startsWith('left out') ? n : 0), 0);
/** How many rows are named. */
const NAMED = 20;
/** Collects faults. */
export class Faults {
    found = new Map();
    /** Counts a row. */
    add(kind, row) {
        const fault = this.found.get(kind) ?? { kind, n: 0, rows: [] };
        fault.n++;
        if (fault.rows.length < NAMED)
            fault.rows.push(row);
        this.found.set(kind, fault);
    }
    /** Those there are, in the order of a report. */
    get list() {
        return Object.keys(FAULT_KINDS).flatMap((kind) => this.found.get(kind) ?? []);
    }
}
/** The first of some names as a text; `n` is how many there are, where not all are known. */
export const namesOf = (names, most = 5, n = names.length) => `${names.slice(0, most).join('; ')}${n > most ? `; and ${n - most} more` : ''}`;
//# sourceMappingURL=faults.js.map