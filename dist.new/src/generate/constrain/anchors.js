// Anchors inside groups: a branch that is one group, as in (^a$)|(^b$), is written as the branches inside of it.
/** Deeper groups than this stay as they are. */
const MOST_GROUPS = 8;
const MOST_BRANCHES = 200;
/** Looking for the ends of classes that never end takes the square of this. */
const MOST_CHARACTERS = 2000;
/** The same pattern with its anchors at the ends of its branches, where it can be written so by leaving out groups. */
export function outerAnchors(pattern) {
    if (pattern.length > MOST_CHARACTERS || !pattern.includes('('))
        return pattern;
    const branches = split(pattern).flatMap((branch) => branchesOf(branch, MOST_GROUPS));
    return branches.length > MOST_BRANCHES ? pattern : branches.join('|');
}
function branchesOf(branch, depth) {
    const [whole, start = '', inner = '', end = ''] = /^(\^?)\((?:\?:|\?<\w+>|(?!\?))(.*)\)(\$?)$/su.exec(branch) ?? [];
    if (whole === undefined || depth === 0 || !isGroup(branch.slice(start.length, branch.length - end.length)) || !hasAnchor(inner))
        return [branch];
    return split(inner)
        .map((part) => `${part.startsWith('^') ? '' : start}${part}${hasEnd(part) ? '' : end}`)
        .flatMap((part) => branchesOf(part, depth - 1));
}
/** Escapes, classes and single characters. */
const parts = (pattern) => pattern.match(/\\.|\[(?:\\.|[^\]\\])*\]|./gsu) ?? [];
const hasAnchor = (pattern) => parts(pattern).some((part) => part === '^' || part === '$');
const hasEnd = (pattern) => parts(pattern).at(-1) === '$';
/** Whether the bracket at the beginning is closed at the end, and not before. */
function isGroup(pattern) {
    let depth = 0;
    const all = parts(pattern);
    return all.every((part, i) => {
        depth += part === '(' ? 1 : part === ')' ? -1 : 0;
        return depth > 0 || i === all.length - 1;
    });
}
/** Branches of a pattern that are in no group. */
function split(pattern) {
    const out = [''];
    let depth = 0;
    for (const part of parts(pattern)) {
        depth += part === '(' ? 1 : part === ')' ? -1 : 0;
        if (part === '|' && depth === 0)
            out.push('');
        else
            out[out.length - 1] += part;
    }
    return out;
}
//# sourceMappingURL=anchors.js.map