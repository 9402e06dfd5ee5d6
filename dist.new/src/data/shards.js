// Shards of a data set: the files of a folder, or those that a pattern such as `data/train-*.parquet` matches.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { isHeldOutSplit, isTrainingSplit } from '../weights/hub-data.js';
import { namesIn } from './open-file.js';
/** True for a path with a wildcard in its last part. */
export const isPattern = (path) => /[*?]/.test(basename(path));
/** Names in a folder that a pattern matches, in order. `*` stands for any letters, `?` for one. */
export async function namesMatching(pattern) {
    const text = basename(pattern).replace(/[.+^${}()|[\]\\]/g, '\\$&');
    const matches = new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`);
    return (await namesIn(dirname(pattern))).filter((name) => matches.test(name));
}
/**
 * Paths of the shards with an ending that a folder or a pattern means, in the order of their names; none where the path is a file. Throws
 * `data.read` for a folder that has shards to train on beside held-out ones: read as one set, both would be trained on.
 */
export async function shardsAt(path, ending) {
    const isThere = await stat(path).then(() => true, () => false);
    const isMatched = !isThere && isPattern(path);
    const names = (isMatched ? await namesMatching(path) : await namesIn(path)).filter((name) => name.endsWith(ending));
    const trained = names.find(isTrainingSplit);
    const held = names.find(isHeldOutSplit);
    if (!isMatched && trained !== undefined && held !== undefined)
        throw new SensoriumError('data.read', 'the folder holds several splits of a data set', {
            place: path,
            expected: 'the shards of one',
            got: `${trained} beside ${held}`,
            hint: `Name those of one with a pattern in quotes: '${join(path, trained.replace(/\d.*$/, '*'))}'`,
        });
    return names.map((name) => join(isMatched ? dirname(path) : path, name));
}
//# sourceMappingURL=shards.js.map