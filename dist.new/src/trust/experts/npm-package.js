// A package of the user's npm registry: npm itself fetches it (registry, proxy, tokens and certificates are npm's), here its bytes are checked and single files are taken out.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { io } from '../../util/io.js';
import { findProgram } from '../../util/programs.js';
const HINTS = [
    [/ENOTCACHED/, 'npm is set to work offline and has not fetched the package before: allow the network once'],
    [
        /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR/,
        'The registry cannot be reached: check the connection and npm’s settings (npm config get registry, proxy, https-proxy), or copy the folder of `sensorium assets path` from a machine that has it',
    ],
    [/E404|ETARGET/, 'This registry does not have the package: set another one (npm config set registry URL)'],
    [/E401|E403|ENEEDAUTH/, 'The registry refuses access: log in with npm login'],
    [/ENOSPC/, 'The disk is full'],
];
/** Fetches with `npm pack`. Errors: `trust.package`, an abort. */
export const npmPack = async (spec, dir, signal) => {
    throwIfAborted(signal);
    const npm = findProgram('npm');
    if (!npm)
        throw new SensoriumError('trust.package', 'npm is needed to fetch a package', {
            place: spec,
            expected: 'npm in PATH',
            got: 'none',
            hint: 'Install npm (it comes with Node.js), or copy the folder of `sensorium assets path` from another machine',
        });
    const windows = process.platform === 'win32'; // there npm is a script of the shell
    const args = ['pack', spec, '--ignore-scripts', '--loglevel=error', '--pack-destination', windows ? `"${dir}"` : dir];
    const child = spawn(windows ? `"${npm}"` : npm, args, { shell: windows, stdio: ['ignore', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.on('data', (chunk) => {
        said = (said + chunk.toString('utf8')).slice(-4000);
    });
    const code = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
    }).catch((error) => {
        throwIfAborted(signal);
        throw new SensoriumError('trust.package', 'npm cannot be run', { place: npm, got: error.message, cause: error });
    });
    throwIfAborted(signal);
    if (code === 0)
        return;
    const lines = said
        .split('\n')
        .map((line) => line.replace(/^npm (?:error|ERR!)\s*/, '').trim())
        .filter((line) => line && !/complete log of this run/i.test(line));
    throw new SensoriumError('trust.package', 'npm could not fetch the package', {
        place: spec,
        got: lines.slice(0, 3).join('; ') || `exit code ${code}`,
        hint: HINTS.find(([pattern]) => pattern.test(said))?.[1],
    });
};
async function isFile(path) {
    return stat(path).then((found) => found.isFile(), () => false);
}
async function digest(path, algorithm) {
    const hash = createHash(algorithm);
    await io(path, () => pipeline(createReadStream(path), hash));
    return hash.digest('base64');
}
/**
 * The archive of a package in `dir`: one that is there with the right checksum is not fetched again. Errors: `trust.package`, also for
 * bytes that are not those that are pinned.
 */
export async function fetchPackage(pinned, dir, { pack = npmPack, signal } = {}) {
    const spec = `${pinned.name}@${pinned.version}`;
    const archive = join(dir, `${spec.replace(/^@/, '').replace(/\//g, '-')}.tgz`);
    const [algorithm, expected] = [pinned.integrity.slice(0, 6), pinned.integrity.slice(7)];
    if (await isFile(archive)) {
        if ((await digest(archive, algorithm)) === expected)
            return { archive, fetched: false };
        await rm(archive);
    }
    const into = `${archive}.part`;
    await io(into, async () => {
        await rm(into, { recursive: true, force: true });
        await mkdir(into, { recursive: true });
    });
    try {
        await pack(spec, into, signal);
        const names = await io(into, () => readdir(into));
        const name = names.find((entry) => entry.endsWith('.tgz'));
        if (name === undefined)
            throw new SensoriumError('trust.package', 'npm brought no archive', { place: spec, expected: 'a .tgz file', got: names.join(', ') });
        const got = await digest(join(into, name), algorithm);
        if (got !== expected)
            throw new SensoriumError('trust.package', 'the package is not the one that is pinned; nothing of it was used', {
                place: spec,
                expected: `${algorithm}-${expected}`,
                got: `${algorithm}-${got}`,
                hint: 'The registry or a proxy gives other bytes: try another registry (npm config get registry)',
            });
        await io(archive, () => rename(join(into, name), archive));
    }
    finally {
        await rm(into, { recursive: true, force: true });
    }
    return { archive, fetched: true };
}
/**
 * Single files of an archive, in memory. What else it holds is neither read nor written, whatever its paths are. Errors: `trust.package`
 * for a damaged archive and for files that are missing or not those that are pinned.
 */
export async function filesOfPackage(archive, wanted) {
    const byPath = new Map(wanted.map((file) => [file.path, file]));
    const found = new Map();
    const fail = (summary, details = {}) => new SensoriumError('trust.package', summary, { place: archive, ...details });
    try {
        const stream = createReadStream(archive);
        const plain = createGunzip();
        const copied = pipeline(stream, plain);
        copied.catch(() => { }); // told by the reader below
        const entries = await unpackTar(Readable.toWeb(plain), {
            filter: ({ name, size }) => byPath.get(name)?.bytes === size,
        });
        await copied;
        for (const { header, data } of entries)
            if (header.type === 'file' && data)
                found.set(header.name, data);
    }
    catch (cause) {
        throw fail('the archive cannot be read', { got: cause.message, cause });
    }
    for (const { path, sha256, bytes } of wanted) {
        const data = found.get(path);
        if (!data)
            throw fail('a file is missing from the archive', { place: `${archive}: ${path}`, expected: `${bytes} bytes`, got: 'none' });
        const got = createHash('sha256').update(data).digest('hex');
        if (got !== sha256)
            throw fail('a file of the archive is not the one that is pinned', { place: `${archive}: ${path}`, expected: sha256, got });
    }
    return found;
}
//# sourceMappingURL=npm-package.js.map