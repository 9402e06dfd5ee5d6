// Requests to the hub: who asks, what the answers mean, and errors that say what to do. The API's calls are those of @huggingface/hub.
import { setTimeout as sleep } from 'node:timers/promises';
import { SensoriumError } from '../util/errors.js';
import { packageVersion } from '../util/package.js';
import { COMMIT, nounOf, repoPath } from './hub-settings.js';
/** Reads the API and opens files of one model. */
export class HubClient {
    id;
    settings;
    retries;
    retryMs;
    stallMs;
    constructor(id, settings, options = {}) {
        this.id = id;
        this.settings = settings;
        this.retries = options.retries ?? 5;
        this.retryMs = options.retryMs ?? 500;
        this.stallMs = options.stallMs ?? 30_000;
    }
    /** The commit that the revision is now. Errors: `weights.offline`, `weights.repo`, `weights.revision`, `weights.access`, `weights.hub`. */
    async commit(signal) {
        const { datasetInfo, modelInfo } = await import('@huggingface/hub');
        const { repo: name, revision, kind } = this.id;
        const asked = { name, revision, additionalFields: ['sha'], hubUrl: this.settings.endpoint, fetch: this.fetcher(signal) };
        const { sha } = await this.reading(() => (kind === 'dataset' ? datasetInfo(asked) : modelInfo(asked)));
        if (COMMIT.test(sha))
            return sha;
        throw this.strange('a commit as `sha`', sha);
    }
    /** All files of a commit. Errors: as `commit`. */
    async files(commit, signal) {
        const { listFiles } = await import('@huggingface/hub');
        const read = async () => {
            const entries = [];
            const { repo: name, kind: type = 'model' } = this.id;
            const list = { repo: { type, name }, revision: commit, recursive: true, hubUrl: this.settings.endpoint, fetch: this.fetcher(signal) };
            for await (const entry of listFiles(list))
                entries.push(entry);
            return entries;
        };
        const files = (await this.reading(read)).filter((entry) => entry.type === 'file');
        return files.map(({ path, size, oid, lfs }) => {
            const file = { path, size: lfs?.size ?? size, etag: lfs?.oid ?? oid ?? '' };
            // The etag becomes a file name, and the checksum.
            const named = lfs ? /^[0-9a-f]{64}$/.test(file.etag) : COMMIT.test(file.etag);
            if (!named || !Number.isSafeInteger(file.size) || file.size < 0)
                throw this.strange('size and hash of each file', { path, size, oid, lfs });
            return file;
        });
    }
    /** Asks for a file from a byte on, once: 206, 200 when the server begins at the start, 416, or what `refusal` explains. */
    async open(file, signal) {
        const { commit, path, from } = file;
        const url = `${this.settings.endpoint}/${repoPath(this.id)}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
        // Compressed bytes could neither be counted nor resumed.
        const headers = new Headers({ 'accept-encoding': 'identity' });
        if (from > 0)
            headers.set('range', `bytes=${from}-`);
        return this.request(url, { headers, signal });
    }
    /** A `fetch` for the package: whole bodies, refusals as our errors, and repetition where the hub is busy. */
    fetcher(signal) {
        return async (input, init) => {
            const url = input instanceof Request ? input.url : String(input);
            for (let failures = 0;; failures++) {
                const stalled = AbortSignal.timeout(this.stallMs);
                const response = await this.request(url, { ...init, signal: signal ? AbortSignal.any([signal, stalled]) : stalled });
                // The package reads the body at its leisure; read here, a body that stalls is noticed too.
                if (response.ok)
                    return new Response(await this.reading(() => response.arrayBuffer()), response);
                if (!isBusy(response.status) || failures >= this.retries)
                    throw await this.refusal(response);
                await response.body?.cancel();
                await sleep(this.waitMs(failures, response), undefined, { signal });
            }
        };
    }
    /** How long to wait after so many failures in a row, or as long as the server says, in ms. */
    waitMs(failures, response) {
        const said = Number(response?.headers.get('retry-after') ?? Number.NaN) * 1000;
        return Math.min(said >= 0 ? said : this.retryMs * 2 ** failures, 60_000);
    }
    async request(url, init) {
        const headers = new Headers(init.headers);
        headers.set('user-agent', `sensorium/${packageVersion()}; node/${process.versions.node}`);
        // The token is for the hub alone: `fetch` drops it on the way to a content server, and a list's next page must not lead it elsewhere.
        const { endpoint, token } = this.settings;
        if (token && new URL(url).origin === new URL(endpoint).origin)
            headers.set('authorization', `Bearer ${token}`);
        return this.reading(() => fetch(url, { ...init, headers }));
    }
    /** Runs what reads from the network; failures of the connection become `weights.offline`, an abort stays what it is. */
    async reading(work) {
        try {
            return await work();
        }
        catch (error) {
            if (error instanceof SensoriumError || !isConnection(error))
                throw error;
            throw new SensoriumError('weights.offline', 'the hub cannot be reached', {
                place: this.settings.endpoint,
                got: reasonOf(error),
                hint: `Check the connection, or set HF_ENDPOINT to a mirror that can be reached, or copy the cache (${this.settings.cacheDir}) from a machine that has the ${nounOf(this.id)}`,
                cause: error,
            });
        }
    }
    strange(expected, got) {
        return new SensoriumError('weights.hub', 'the hub gave a strange answer', {
            place: `${this.settings.endpoint}/${repoPath(this.id)}`,
            expected,
            got: JSON.stringify(got)?.slice(0, 200),
            hint: 'Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it',
        });
    }
    /** What an answer other than success means. */
    async refusal(response) {
        const { endpoint, token } = this.settings;
        const { repo, revision } = this.id;
        const place = `${endpoint}/${repoPath(this.id)}`;
        const noun = nounOf(this.id);
        const code = response.headers.get('x-error-code') ?? '';
        const said = clean(response.headers.get('x-error-message') ?? (await response.text().catch(() => '')));
        const got = `${response.status}${said ? `: ${said}` : ''}`;
        const { status } = response;
        const login = `set HF_TOKEN to a token from ${endpoint}/settings/tokens`;
        if (code === 'GatedRepo' || (status === 403 && /gated|restricted|awaiting/i.test(said)))
            return new SensoriumError('weights.access', `this ${noun} is given only to who has agreed to its conditions`, {
                place,
                got,
                hint: token ? `Agree at ${place} with the account that the token belongs to` : `Agree at ${place}, then ${login}`,
            });
        if (code === 'RevisionNotFound')
            return new SensoriumError('weights.revision', `the ${noun} has no such revision`, {
                place,
                got: revision,
                hint: `See ${place}/tree/main`,
            });
        if (token && (status === 403 || (status === 401 && code === '')))
            return new SensoriumError('weights.access', 'the hub does not accept the token', {
                place,
                got,
                hint: `It may have expired, or lack the right to read this ${noun}: ${login}`,
            });
        if (code === 'RepoNotFound' || status === 401 || status === 404)
            return new SensoriumError('weights.repo', `the hub has no such ${noun}, or a private one`, {
                place: repo,
                got,
                hint: `Check the spelling of the path or id${token ? '' : `; for a private ${noun}, ${login}`}`,
            });
        return new SensoriumError('weights.hub', 'the hub refused', { place, got, hint: isBusy(status) ? 'Try again later' : undefined });
    }
}
/** Answers that another try may better. */
const isBusy = (status) => status === 429 || status === 408 || status >= 500;
/** Errors that another request may not meet: the connection failed, or the hub was too busy. */
export function isPassing(error) {
    if (!(error instanceof SensoriumError))
        return false;
    return error.code === 'weights.offline' || (error.code === 'weights.hub' && isBusy(Number.parseInt(error.got ?? '', 10)));
}
/** True for errors of `fetch` and of the body that it reads: no name, no route, cut off, timed out. */
function isConnection(error) {
    return (error instanceof Error &&
        (error.name === 'TimeoutError' || (error instanceof TypeError && error.cause !== undefined) || error.message === 'terminated'));
}
function reasonOf(error) {
    if (!(error instanceof Error))
        return String(error);
    const { cause } = error;
    return error.name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? error.message);
}
/** A server's words for a terminal: one line, no control characters, not long. */
function clean(text) {
    const flat = /^\s*</.test(text) ? '' : text; // a page of HTML says nothing
    return flat
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, 200);
}
//# sourceMappingURL=hub-client.js.map