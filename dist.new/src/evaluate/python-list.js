// Lists of texts as Python prints them, which tables of benchmarks carry in their cells: ['a cat', "the dog's"].
const item = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?))\s*(,|$)/y;
/** The texts of a list in Python's or JSON's notation; undefined for anything else. */
export function pythonList(text) {
    const inside = /^\s*\[([\s\S]*)\]\s*$/.exec(text)?.[1];
    if (inside === undefined)
        return undefined;
    const out = [];
    item.lastIndex = 0;
    while (inside.slice(item.lastIndex).trim() !== '') {
        const found = item.exec(inside);
        if (!found)
            return undefined;
        const [, single, double, number] = found;
        out.push(number ?? (single ?? double ?? '').replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code) => escapedCharacter(code)));
    }
    return out;
}
function escapedCharacter(code) {
    if (/^[ux]./.test(code))
        return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r' }[code] ?? code;
}
//# sourceMappingURL=python-list.js.map