// The API keys of `serve`: from its options, a file and the environment, read again on SIGHUP.
import { readFile, stat } from 'node:fs/promises';
import { parseKeys } from '../serve/keys.js';
import { mapIoError } from '../util/fs.js';
import { usageError } from './report.js';
/** Keys from `--api-key`, from a file, and from SENSORIUM_API_KEYS (keys, or the path of a file). */
export async function readKeys(given) {
    const lists = [];
    const fromFile = async (path) => readFile(path, 'utf8').catch((error) => {
        throw mapIoError(error, path);
    });
    if (given.key !== undefined)
        lists.push({ text: given.key.replaceAll(',', '\n'), place: '--api-key' });
    if (given.file !== undefined)
        lists.push({ text: await fromFile(given.file), place: given.file });
    const env = given.env?.trim();
    if (env) {
        const isFile = await stat(env).then((info) => info.isFile(), () => false);
        lists.push({ text: isFile ? await fromFile(env) : env.replace(/[\s,]+/g, '\n'), place: 'SENSORIUM_API_KEYS' });
    }
    const keys = lists.flatMap(({ text, place }) => parseKeys(text, place));
    if (lists.length > 0 && keys.length === 0)
        throw usageError('the list of API keys is empty', {
            place: lists.map((l) => l.place).join(', '),
            hint: 'Leave it out to serve everybody',
        });
    return keys.filter((key, i) => keys.findIndex((k) => k.key === key.key) === i);
}
//# sourceMappingURL=serve-keys.js.map