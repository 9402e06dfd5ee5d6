// Fetching what a user's URL names, without lending the user our place in the network: a name is resolved once, every address it has is
// checked, and the connection goes to a checked address; the same again after every redirect.
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { packageVersion } from '../util/package.js';
import { isPublicAddress } from './addresses.js';
import { ApiError } from './errors.js';
/** Bytes behind an http(s) URL. Throws `ApiError` 400 that says what was refused, never what an inner network looks like. */
export async function safeFetch(url, options) {
    const { timeoutMs = 10_000, maxRedirects = 3 } = options;
    const time = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, time]) : time;
    try {
        let target = parseUrl(url);
        for (let hop = 0;; hop++) {
            const response = await ask(target, options, signal);
            const { statusCode: status = 0 } = response;
            if (![301, 302, 303, 307, 308].includes(status))
                return await readBody(response, status, options, signal);
            response.destroy();
            if (hop === maxRedirects)
                throw refused(`The image URL redirects more than ${maxRedirects} times`);
            const { location } = response.headers;
            if (!location)
                throw refused('The image URL redirects to nowhere');
            target = parseUrl(location, target);
        }
    }
    catch (error) {
        if (error instanceof ApiError)
            throw error;
        if (options.signal?.aborted)
            throw options.signal.reason;
        if (time.aborted)
            throw refused(`The image URL took longer than ${timeoutMs} ms`);
        throw refused('The image could not be fetched', error);
    }
}
function refused(summary, cause) {
    return new ApiError(400, summary, { code: 'invalid_image_url', cause });
}
function parseUrl(text, base) {
    let url;
    try {
        url = new URL(text, base); // also makes 0x7f.1 and 2130706433 what they are: 127.0.0.1
    }
    catch (cause) {
        throw refused('The image URL is not valid', cause);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
        throw refused('Only http and https URLs are fetched');
    if (url.username !== '' || url.password !== '')
        throw refused('URLs with a user name or password are not fetched');
    return url;
}
/** True when a pattern of the allow-list covers host and port. */
export function hostAllowed(url, patterns) {
    const host = url.hostname.toLowerCase().replace(/\.$/, '');
    const port = url.port === '' ? undefined : Number(url.port);
    return patterns.some((pattern) => {
        const match = /^(.*?)(?::(\d+))?$/.exec(pattern.trim().toLowerCase());
        const [, name = '', allowedPort] = match;
        if (allowedPort === undefined ? port !== undefined && port !== 80 && port !== 443 : port !== Number(allowedPort))
            return false;
        if (name === '*')
            return true;
        return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
    });
}
/** Addresses of one name that are tried, and 1xx answers that are read before the real one. */
const MAX_ADDRESSES = 8;
const MAX_INTERIM = 16;
/** Sends the request to a checked address of the URL's host. */
async function ask(url, options, signal) {
    if (!hostAllowed(url, options.allowHosts))
        throw refused(`Images are not fetched from ${url.host}`);
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    const addresses = await checkedAddresses(url, options, signal);
    let failure;
    for (const address of addresses) {
        signal.throwIfAborted();
        const raw = (options.connect ?? ((host, p) => connectTcp({ host, port: p })))(address, port);
        try {
            return await askThrough(raw, url, { secure, signal, ca: options.ca });
        }
        catch (error) {
            raw.destroy();
            if (signal.aborted)
                throw error;
            failure = error; // the next address may answer
        }
    }
    throw failure;
}
async function checkedAddresses(url, options, signal) {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const resolve = options.resolve ?? (async (name) => (await lookup(name, { all: true })).map((found) => found.address));
    const addresses = isIP(host) ? [host] : await unlessAborted(resolve(host), signal);
    // One private address among public ones is an attack or a mistake; neither is worth a connection.
    if (addresses.length === 0 || !addresses.every(isPublicAddress))
        throw refused(`Images are not fetched from ${url.host}`);
    return addresses.slice(0, MAX_ADDRESSES);
}
/** The promise's outcome, or the signal's reason when that comes first: a resolver cannot be stopped, but it need not be waited for. */
function unlessAborted(promise, signal) {
    return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted)
            abort();
        signal.addEventListener('abort', abort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
}
function askThrough(raw, url, { secure, signal, ca }) {
    return new Promise((resolve, reject) => {
        const servername = isIP(url.hostname.replace(/^\[|\]$/g, '')) ? undefined : url.hostname;
        const socket = secure ? connectTls({ socket: raw, servername, ca, ALPNProtocols: ['http/1.1'] }) : raw;
        raw.on('error', reject);
        const request = (secure ? requestHttps : requestHttp)(url, {
            createConnection: () => socket, // only without an agent: with one, it would connect by itself, to whatever the name says then
            signal,
            headers: {
                host: url.host,
                accept: 'image/*',
                'accept-encoding': 'identity',
                'user-agent': `sensorium/${packageVersion()}`,
                connection: 'close',
            },
        });
        let interim = 0;
        request.on('response', resolve);
        request.on('information', () => {
            if (++interim > MAX_INTERIM)
                request.destroy(refused('The image URL answered with nothing but interim answers'));
        });
        request.on('upgrade', (_, upgraded) => {
            upgraded.destroy();
            reject(refused('The image URL answered with another protocol'));
        });
        request.on('error', reject);
        request.on('close', () => reject(refused('The image URL answered with nothing'))); // however it came to that
        request.end();
    });
}
async function readBody(response, status, options, signal) {
    const { maxBytes = 20 * 2 ** 20 } = options;
    try {
        if (status !== 200)
            throw refused(`The image URL answered with status ${status}`);
        const encoding = response.headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity')
            throw refused('The image URL answered with a compressed body');
        if (Number(response.headers['content-length'] ?? 0) > maxBytes)
            throw refused(`The image is larger than ${maxBytes} bytes`);
        const chunks = [];
        let size = 0;
        for await (const chunk of response) {
            signal.throwIfAborted();
            size += chunk.length;
            options.onBytes?.(chunk.length);
            if (size > maxBytes)
                throw refused(`The image is larger than ${maxBytes} bytes`);
            chunks.push(chunk);
        }
        if (size === 0)
            throw refused('The image URL answered with nothing');
        return Buffer.concat(chunks);
    }
    finally {
        response.destroy();
    }
}
//# sourceMappingURL=safe-fetch.js.map