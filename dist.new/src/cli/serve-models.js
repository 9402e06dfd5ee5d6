// The models of `sensorium serve`: words of the command line to folders, each with a name that no other has, and aliases.
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fetchModel } from './fetch-model.js';
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';
import { locateModel } from './root.js';
import { MODEL_NAME } from './serve-adapters.js';
/** Finds models given as DIR, a name, a hub id, or NAME=DIR; those of the hub are fetched. */
export async function locateModels(words, signal) {
    const models = [];
    for (const word of words) {
        const { name, given } = splitName(word);
        const dir = await fetchModel(given, { signal });
        models.push({ name: name ?? nameOf(given, dir), given, dir });
    }
    return models;
}
/** `fast=models/tiny` as name and folder; a path may have a `=` of its own. */
function splitName(word) {
    const at = word.indexOf('=');
    if (at < 0 || existsSync(locateModel(word)))
        return { given: word };
    const [name, given] = [word.slice(0, at), word.slice(at + 1)];
    if (MODEL_NAME.test(name) && given !== '')
        return { name, given };
    throw usageError('not a valid model', { expected: 'a folder, a name, a hub id, or NAME=DIR', got: word });
}
/** What requests call a model: as its folder, or, since a snapshot's folder is called after its commit, as the hub does. */
function nameOf(given, dir) {
    return dir === locateModel(given) ? basename(resolve(dir)) : given;
}
/** Throws a usage error where two of all names are the same. `others`: more names by what they are. */
export function checkNames(models, others) {
    const seen = new Map();
    const all = [
        ...models.map(({ name, given }) => [name, given]),
        ...Object.entries(others).flatMap(([what, names]) => names.map((name) => [name, `an ${what}`])),
    ];
    for (const [name, of] of all) {
        const first = seen.get(name);
        if (first !== undefined)
            throw usageError('two models would have the same name', {
                expected: 'a name of its own for each',
                got: `${name} for ${first} and ${of}`,
                hint: 'Give one of them another name: NAME=DIR',
            });
        seen.set(name, of);
    }
}
/** Aliases by name: each leads to the name of a model, which may be written as on the command line. Throws a usage error for one that leads nowhere. */
export function resolveAliases(pairs, models, adapters) {
    const names = [...models.map(({ name }) => name), ...adapters];
    return Object.fromEntries(pairs.map(([alias, target]) => {
        const name = models.find(({ given }) => given === target)?.name ?? target;
        if (names.includes(name))
            return [alias, name];
        throw usageError('the alias names no model of this server', {
            place: `--alias ${alias}=${target}`,
            expected: names.join(', '),
            got: target,
            hint: didYouMean(target, names),
        });
    }));
}
//# sourceMappingURL=serve-models.js.map