// Models and adapters of the Hugging Face hub by id: which files they need, fetched into the shared cache once, found there without a network after.
import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { recoverFolder } from '../util/fs.js';
import { pathHint } from '../util/near-path.js';
import { FILES } from './folder.js';
import { cachedSnapshot, repoCache, sizeThere } from './hub-cache.js';
import { HubClient, isPassing } from './hub-client.js';
import { Pull } from './hub-pull.js';
import { COMMIT, checkRevision, hubSettings, parseHubId } from './hub-settings.js';
export { parseHubId } from './hub-settings.js';
/**
 * The folder that a name means: a folder on disk as it is, else `org/name` or `org/name@revision` of the hub, fetched if need be. Anything
 * else comes back unchanged. `content`: `adapter` where an adapter is meant, also of a repository that holds a model too. Errors: those of
 * `pullModel`.
 */
export async function modelFolder(name, options = {}, content = 'model') {
    if (parseHubId(name) === undefined || (await recoverFolder(name)))
        return name;
    try {
        return (await pullModel(name, options, content)).dir;
    }
    catch (error) {
        throw asPath(error, name, 'folder');
    }
}
/** The error of an id that may have been meant as a path: says that it is not one either, with the path nearest to it. Others stay as they are. */
export function asPath(error, name, noun) {
    if (!(error instanceof SensoriumError) || !['weights.offline', 'weights.repo'].includes(error.code))
        return error;
    const { place, expected, got, hint, code } = error;
    const near = pathHint(name);
    const summary = `there is no ${noun} ${name} here, and ${error.summary}`;
    return new SensoriumError(code, summary, {
        place,
        expected,
        got,
        hint: hint ? `${near}${near.endsWith('?') ? '' : '.'} ${hint}` : near,
        cause: error,
    });
}
/**
 * Brings a model of the hub (`org/name` or `org/name@revision`) into the cache, only the files that loading it needs, and says where it is.
 * Of a repository that holds an adapter alone, or where `content` asks for one, those of the adapter. Errors: `weights.id`,
 * `weights.offline`, `weights.repo`, `weights.revision`, `weights.access`, `weights.checksum`, `weights.folder` for what has no
 * safetensors, `util.full`, `util.locked`.
 */
export async function pullModel(name, options = {}, content = 'model') {
    const { signal } = options;
    signal?.throwIfAborted();
    const id = readId(name, options.revision);
    const settings = await hubSettings(options);
    const cache = repoCache(settings.cacheDir, id.repo);
    const cached = await cachedSnapshot(cache, id.revision, content);
    const found = (snapshot) => ({ ...id, commit: snapshot.commit, dir: snapshot.dir, fetched: 0 });
    if (settings.offline) {
        if (cached?.missing.length === 0)
            return found(cached);
        throw notHere(id, settings, cached);
    }
    // A commit does not change: what is whole needs no questions.
    const isWhole = async ({ dir, isAdapter }) => isAdapter ? content === 'adapter' : (await sizeThere(join(dir, FILES.tokenizer))) !== undefined;
    if (cached?.missing.length === 0 && COMMIT.test(id.revision) && (await isWhole(cached)))
        return found(cached);
    const client = new HubClient(id, settings, options);
    try {
        const commit = await client.commit(signal);
        const files = await client.files(commit, signal);
        const fetched = await new Pull({ id, settings, cache, client, commit, files, options }).run(content);
        return { ...id, commit, dir: cache.snapshot(commit), fetched };
    }
    catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error) || cached?.missing.length !== 0)
            throw error;
        options.onEvent?.({ type: 'stale', ...id, commit: cached.commit, reason: error.got ?? error.message });
        return found(cached);
    }
}
function readId(name, revision) {
    const id = parseHubId(name);
    if (id === undefined)
        throw new SensoriumError('weights.id', 'this is not the id of a model on the hub', {
            expected: 'org/name or org/name@revision',
            got: JSON.stringify(name),
        });
    return revision === undefined ? id : { ...id, revision: checkRevision(revision, name) };
}
function notHere(id, { cacheDir }, cached) {
    return new SensoriumError('weights.offline', 'the hub may not be asked (HF_HUB_OFFLINE), and the cache does not have this model', {
        place: cacheDir,
        expected: `${id.repo} at ${id.revision}`,
        got: cached ? `a snapshot without ${cached.missing.join(', ')}` : 'nothing of it',
        hint: `Unset HF_HUB_OFFLINE and run sensorium pull ${id.repo}, or copy the cache from a machine that has it, or give the path of a folder`,
    });
}
//# sourceMappingURL=hub.js.map