// Names of the rows of a benchmark: the same row has the same name in every run, which is how two runs and a file of replies find each other.
/**
 * The name of each row: its kind and its id, or its number within the kind where rows have no ids. A name that is taken gets the number of
 * its use, so that all differ.
 */
export function rowKeys(rows) {
    const numbers = new Map();
    const next = (name) => {
        const n = numbers.get(name) ?? 0;
        numbers.set(name, n + 1);
        return n;
    };
    return rows.map(({ kind, id }) => {
        if (id === undefined)
            return `${kind} ${next(`number ${kind}`)}`;
        const name = `${kind} ${id}`;
        const uses = next(`id ${name}`);
        return uses === 0 ? name : `${name} #${uses + 1}`;
    });
}
//# sourceMappingURL=row-keys.js.map