// Paths that lead nowhere: the existing one that is spelled most alike, for the hint of an error. Node only.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, parse, resolve, sep } from 'node:path';
import { editDistance } from './nearest.js';
/** Names of a folder that are compared: an error must not take long where folders are large. */
const COMPARED = 2000;
/** The existing path that is spelled most like one that does not exist; undefined where nothing is close. Never throws. */
export function nearestPath(path) {
    const { found, missing } = follow(path);
    return missing === undefined ? found : undefined;
}
/** What to do about a path that does not exist, in one sentence. Never throws. */
export function pathHint(path) {
    const { found, missing } = follow(path);
    if (missing === undefined)
        return `Did you mean ${found}?`;
    return `Check the path: ${found === '.' ? resolve('.') : found} holds nothing called ${missing}`;
}
/** Follows a path as far as it exists, and over names that are close; `missing` is the first that is neither. */
function follow(path) {
    const spelled = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path; // in quotes, a shell leaves ~ as it is
    const { root } = parse(spelled);
    const parts = spelled
        .slice(root.length)
        .split(sep === '\\' || !spelled.includes('/') ? /[\\/]/ : '/')
        .filter((part) => part !== '' && part !== '.');
    let found = root || '.';
    for (const part of parts) {
        const name = existsSync(join(found, part)) ? part : closest(part, found);
        if (name === undefined)
            return { found, missing: part };
        found = join(found, name);
    }
    return { found };
}
/** The name in a folder that is spelled most like another: one with another case or an ending more, or a few letters apart. */
function closest(name, folder) {
    let names;
    try {
        names = readdirSync(folder).slice(0, COMPARED);
    }
    catch {
        return undefined; // not a folder, or one that may not be read
    }
    const lower = name.toLowerCase();
    const limit = Math.max(1, Math.floor(name.length / 3));
    const distance = (other) => other.toLowerCase().startsWith(`${lower}.`)
        ? 0.5
        : Math.abs(other.length - name.length) > limit
            ? Infinity
            : editDistance(lower, other.toLowerCase());
    const [best] = names.map((other) => ({ other, far: distance(other) })).sort((a, b) => a.far - b.far);
    return best && best.far <= limit ? best.other : undefined;
}
//# sourceMappingURL=near-path.js.map