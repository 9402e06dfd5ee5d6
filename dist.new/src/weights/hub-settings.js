// How the Hugging Face hub is reached: ids such as `org/name@revision`, and the environment variables of the official clients.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { errno, io } from '../util/io.js';
/** What a repository is in messages. */
export const nounOf = ({ kind }) => (kind === 'dataset' ? 'data set' : 'model');
/** Where a repository has its page and its files: below the endpoint. */
export const repoPath = ({ kind, repo }) => (kind === 'dataset' ? `datasets/${repo}` : repo);
/** Full name of a commit. */
export const COMMIT = /^[0-9a-f]{40}$/;
const PART = /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/;
const REVISION = /^[A-Za-z0-9_][\w.+/-]*$/;
/** Reads `org/name` or `org/name@revision`; undefined for anything else, such as a path. Errors: `weights.revision`. */
export function parseHubId(text) {
    const at = text.indexOf('@');
    const repo = at < 0 ? text : text.slice(0, at);
    const parts = repo.split('/');
    const valid = parts.length === 2 && repo.length <= 96 && parts.every((part) => PART.test(part)) && !/--|\.\./.test(repo);
    if (!valid)
        return undefined;
    return { repo, revision: checkRevision(at < 0 ? 'main' : text.slice(at + 1), text) };
}
/** A revision becomes a path below `refs/` and part of a URL. Errors: `weights.revision`. */
export function checkRevision(revision, place) {
    if (REVISION.test(revision) && !/\.\.|\/\/|[./]$/.test(revision))
        return revision;
    throw new SensoriumError('weights.revision', 'this is not a revision', {
        place,
        expected: 'a branch, a tag or a commit',
        got: JSON.stringify(revision),
    });
}
/** Options over environment over defaults. Errors: `weights.endpoint`, `weights.token`, `util.*` for a token file that cannot be read. */
export async function hubSettings(options = {}, env = process.env) {
    const home = path(env.HF_HOME) ?? join(path(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'huggingface');
    return {
        endpoint: checkEndpoint(options.endpoint ?? (env.HF_ENDPOINT || 'https://huggingface.co')),
        token: await findToken(options.token, home, env),
        cacheDir: options.cacheDir ?? path(env.HF_HUB_CACHE) ?? path(env.HUGGINGFACE_HUB_CACHE) ?? join(home, 'hub'),
        offline: options.offline ?? (isOn(env.HF_HUB_OFFLINE) || isOn(env.TRANSFORMERS_OFFLINE)),
        symlinks: options.symlinks ?? !isOn(env.HF_HUB_DISABLE_SYMLINKS),
    };
}
const isOn = (value) => /^(1|on|yes|true)$/i.test(value ?? '');
/** A path from the environment; empty is not set, and `~` is the home folder. */
function path(value) {
    return value ? value.replace(/^~(?=$|[\\/])/, () => homedir()) : undefined;
}
function checkEndpoint(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search)
        return url.href.replace(/\/+$/, '');
    throw new SensoriumError('weights.endpoint', 'this is not the address of a hub', {
        place: 'HF_ENDPOINT',
        expected: 'an http or https URL, such as https://huggingface.co',
        got: JSON.stringify(text),
    });
}
async function findToken(given, home, env) {
    if (given === false)
        return undefined;
    if (given !== undefined)
        return checkToken(given, 'token');
    if (isOn(env.HF_HUB_DISABLE_IMPLICIT_TOKEN))
        return undefined;
    for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
        const token = checkToken(env[name] ?? '', name);
        if (token)
            return token;
    }
    const file = path(env.HF_TOKEN_PATH) ?? join(home, 'token');
    const text = await io(file, () => readFile(file, 'utf8').catch((error) => {
        if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR')
            return ''; // nobody has logged in
        throw error;
    }));
    return checkToken(text, file);
}
/** Errors never show the token. */
function checkToken(text, place) {
    const token = text.trim();
    if (/^[\x21-\x7e]*$/.test(token))
        return token || undefined;
    throw new SensoriumError('weights.token', 'this is not an access token', {
        place,
        expected: 'one word, such as hf_…',
        hint: 'Copy it again from the settings of your account on the hub',
    });
}
//# sourceMappingURL=hub-settings.js.map