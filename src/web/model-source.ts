// Where a tab's models come from: a URL, or files that were chosen. Either way a folder of the tab's disk comes of it.

import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/io.js';
import { DiskFile, disk } from './disk.js';
import { hashOf, removeVolume, Volume, volumeNames } from './volume.js';

/** A file as a page has it: with its path below the folder that was chosen. */
export interface GivenFile {
  path: string;
  blob: Blob;
}

/** Where a model is. */
export type ModelSource = { url: string } | { files: readonly GivenFile[] };

/** How far loading is. */
export interface LoadEvent {
  type: 'fetch';
  file: string;
  /** Bytes that have come, and how many there are where the server says so. */
  done: number;
  total?: number;
}

/** `sensorium-browser.json`, which `sensorium export --to browser` writes: all files with their checksums. */
export const MANIFEST_FILE = 'sensorium-browser.json';

interface Listed {
  name: string;
  size?: number;
  sha256?: string;
}

/** What a folder in Hugging Face layout may hold beside the weights; it has config.json. */
const PLAIN = [
  'config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
];
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

interface FetchOptions {
  signal?: AbortSignal;
  onEvent?: (event: LoadEvent) => void;
}

/** A model folder on the disk, and what of it was fetched. `volume` keeps it. */
export interface OpenedSource {
  dir: string;
  fetched: string[];
  /** Files that were kept and were broken. */
  broken: string[];
  volume?: Volume;
}

/**
 * Puts a model's folder on the disk: of a URL what is not kept already, or is broken there. Errors: `web.model`, `web.fetch`, `util.full`,
 * `util.locked`.
 */
export async function openSource(
  source: ModelSource,
  kept: FileSystemDirectoryHandle | undefined,
  options: FetchOptions = {},
): Promise<OpenedSource> {
  if ('files' in source) return { dir: await givenFolder(source.files), fetched: [], broken: [] };
  const url = source.url.replace(/[^/]*\.json$/, '').replace(/\/?$/, '/');
  const listed = await listing(url, options);
  const ofUrl = `model-${await textHash(url)}-`;
  const key = `${ofUrl}${await textHash(JSON.stringify(listed.files))}`;
  const dir = `/models/${key}`;
  disk.makeFolder(dir);
  const opened = kept && (await Volume.open(disk, { kept, name: key, path: dir, shared: true }));
  try {
    const fetched: string[] = [];
    for (const file of listed.files) {
      const there = disk.find(`${dir}/${file.name}`);
      if (there?.kind === 'file') continue;
      disk.put(`${dir}/${file.name}`, await fetchFile(url, file, options));
      fetched.push(file.name);
    }
    await opened?.volume.commit().catch((error: unknown) => {
      throw mapIoError(error, dir);
    });
    await opened?.volume.share();
    if (kept && fetched.length > 0) await removeOlder(kept, ofUrl, key);
    return { dir, fetched, broken: opened?.broken ?? [], volume: opened?.volume };
  } catch (error) {
    await opened?.volume.close();
    throw error;
  }
}

/** Other versions of the same URL, unless another tab has them open. */
async function removeOlder(kept: FileSystemDirectoryHandle, ofUrl: string, key: string): Promise<void> {
  for (const name of await volumeNames(kept)) {
    if (!name.startsWith(ofUrl) || name === key) continue;
    await removeVolume(kept, name).catch((error: unknown) => {
      if (!(error instanceof SensoriumError && error.code === 'util.locked')) throw error;
    });
  }
}

const textHash = async (text: string): Promise<string> => (await hashOf(new DiskFile(new TextEncoder().encode(text)))).slice(0, 24);

/** Files that were chosen, as a folder: those beside config.json. Its name is that of the same files another time, by which runs are found. */
async function givenFolder(files: readonly GivenFile[]): Promise<string> {
  const config = files.map(({ path }) => path).filter((path) => /(^|\/)(config|adapter_config)\.json$/.test(path));
  const [nearest] = config.sort((a, b) => a.split('/').length - b.split('/').length);
  if (nearest === undefined)
    throw new SensoriumError('web.model', 'these files are not a model', {
      expected: 'the files of a model folder: config.json, model.safetensors, tokenizer.json …',
      got:
        files
          .map(({ path }) => path)
          .slice(0, 5)
          .join(', ') || 'no files',
      hint: 'Choose the whole folder',
    });
  const root = nearest.slice(0, nearest.lastIndexOf('/') + 1);
  const chosen = files.filter(({ path }) => path.startsWith(root)).sort((a, b) => (a.path < b.path ? -1 : 1));
  const text = await chosen.find(({ path }) => path === nearest)?.blob.text();
  const dir = `/given/${await textHash(JSON.stringify([text, ...chosen.map(({ path, blob }) => [path.slice(root.length), blob.size])]))}`;
  for (const { path, blob } of chosen) {
    const full = `${dir}/${path.slice(root.length)}`;
    disk.makeFolder(full.slice(0, full.lastIndexOf('/')));
    disk.put(full, new DiskFile(blob));
  }
  return dir;
}

/** The files of a model at a URL: by its manifest, else those of the layout that are there. */
async function listing(url: string, options: FetchOptions): Promise<{ files: Listed[] }> {
  const manifest = await fetchJson<{ files?: Listed[] }>(`${url}${MANIFEST_FILE}`, options);
  if (manifest) {
    const good = Array.isArray(manifest.files) && manifest.files.every(({ name }) => typeof name === 'string' && isInside(name));
    if (good) return { files: manifest.files as Listed[] };
    throw new SensoriumError('web.model', "the list of the model's files cannot be read", {
      place: `${url}${MANIFEST_FILE}`,
      expected: '{ "files": [{ "name", "size", "sha256" }] }',
      hint: 'Write it again: sensorium export MODEL --to browser --out FOLDER',
    });
  }
  if (!(await isThere(`${url}config.json`, options)))
    throw new SensoriumError('web.model', 'there is no model at this URL', {
      place: url,
      expected: `${MANIFEST_FILE}, or config.json and the files beside it`,
      hint: 'Name the folder of the model; for the hub https://huggingface.co/ORG/NAME/resolve/main',
    });
  const files: string[] = [];
  for (const name of PLAIN) if (await isThere(url + name, options)) files.push(name);
  if (await isThere(url + WEIGHTS, options)) return { files: [...files, WEIGHTS].map((name) => ({ name })) };
  const index = await fetchJson<{ weight_map?: Record<string, string> }>(url + INDEX, options);
  const shards = [...new Set(Object.values(index?.weight_map ?? {}))].filter(isInside);
  if (shards.length === 0)
    throw new SensoriumError('web.model', 'the model has no weights', { place: url, expected: `${WEIGHTS}, or ${INDEX}` });
  return { files: [...files, INDEX, ...shards].map((name) => ({ name })) };
}

/** A name that does not lead out of the folder. */
const isInside = (name: string): boolean => /^[\w.-]+(\/[\w.-]+)*$/.test(name) && !name.split('/').includes('..');

async function request(url: string, { signal }: FetchOptions, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new SensoriumError('web.fetch', 'the server does not answer', {
      place: url,
      got: (cause as Error).message,
      hint: 'Check the URL and the network; a server of another origin must allow this page (CORS)',
      cause,
    });
  });
}

/** Pages that servers give in place of what is not there are not taken for it. */
const isPage = (response: Response): boolean => (response.headers.get('content-type') ?? '').includes('text/html');

async function isThere(url: string, options: FetchOptions): Promise<boolean> {
  const response = await request(url, options, { method: 'HEAD' });
  return response.ok && !isPage(response);
}

async function fetchJson<T>(url: string, options: FetchOptions): Promise<T | undefined> {
  const response = await request(url, options, { cache: 'no-cache' });
  if (!response.ok || isPage(response)) return undefined;
  return (await response.json().catch((cause: unknown) => {
    throw new SensoriumError('web.fetch', 'a file is not valid JSON', { place: url, got: (cause as Error).message, cause });
  })) as T;
}

/** Fetches a file and holds it against its checksum. Errors: `web.fetch`. */
async function fetchFile(base: string, { name, size, sha256 }: Listed, options: FetchOptions): Promise<DiskFile> {
  const url = base + name;
  const response = await request(url, options, { cache: 'no-store' });
  if (!response.ok || !response.body)
    throw new SensoriumError('web.fetch', 'a file of the model is not there', { place: url, got: `status ${response.status}` });
  const stated = Number(response.headers.get('content-length')) || undefined;
  const total = size ?? (response.headers.get('content-encoding') ? undefined : stated);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const read = await reader.read().catch((cause: unknown) => {
      options.signal?.throwIfAborted();
      throw new SensoriumError('web.fetch', 'the connection broke off', {
        place: url,
        got: `${done} bytes`,
        hint: 'Load again: whole files are kept',
        cause,
      });
    });
    if (read.done) break;
    parts.push(read.value);
    done += read.value.length;
    options.onEvent?.({ type: 'fetch', file: name, done, ...(total ? { total } : {}) });
  }
  const file = new DiskFile(new Blob(parts));
  const wrong = (expected: string, got: string): SensoriumError =>
    new SensoriumError('web.fetch', 'a file of the model is not what it should be', {
      place: url,
      expected,
      got,
      hint: 'The server has another version, or the download was cut: load again',
    });
  if (size !== undefined && file.size !== size) throw wrong(`${size} bytes`, `${file.size}`);
  const hash = sha256 === undefined ? undefined : await hashOf(file);
  if (hash !== sha256) throw wrong(`SHA-256 ${sha256?.slice(0, 12)}…`, `${hash?.slice(0, 12)}…`);
  return file;
}
