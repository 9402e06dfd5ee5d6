// Who replied: the content of a model's folder and of its adapters, or an address with a name; and the version of this library.

import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { io } from '../../util/io.js';
import { packageVersion } from '../../util/package.js';
import { contentKey, hashFile } from './content.js';

/** Everything about a model that its replies depend on, by name. */
export type ModelIdentity = Readonly<Record<string, unknown>>;

/** Hashes of files, each valid while the file has this size and this time of change. */
export type FileHashes = Record<string, { size: number; changed: number; hash: string }>;

/** Files of a model: its weights, its config, its tokenizer. What tells of its training is none of it. */
const PART = /\.(?:safetensors|json|jinja|txt|model|bin|gguf|onnx|tiktoken)$/;
const ASIDE = new Set(['report.json', 'trainer_state.json']);

async function filesOf(dir: string): Promise<string[]> {
  const entries = await io(dir, () => readdir(dir, { withFileTypes: true }));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) files.push(...(await filesOf(path)));
    else if (PART.test(entry.name) && !ASIDE.has(entry.name)) files.push(path);
  }
  return files.sort();
}

/** A hash over the names and contents of the files of a model. `known` saves reading those that have not changed; new ones are added to it. */
export async function folderHash(dir: string, known: FileHashes = {}): Promise<string> {
  const parts: [string, string][] = [];
  for (const path of await filesOf(dir)) {
    const { size, mtimeMs: changed } = await io(path, () => stat(path));
    const before = known[path];
    const hash = before?.size === size && before.changed === changed ? before.hash : await hashFile(path);
    known[path] = { size, changed, hash };
    parts.push([relative(dir, path).split(sep).join('/'), hash]);
  }
  return contentKey({ parts });
}

/** The identity of a model in a folder with adapters on it. */
export async function folderIdentity(dir: string, adapters: readonly string[] = [], known: FileHashes = {}): Promise<ModelIdentity> {
  const on: string[] = [];
  for (const adapter of adapters) on.push(await folderHash(adapter, known));
  return { folder: await folderHash(dir, known), adapters: on, sensorium: packageVersion() };
}

/** The identity of a model behind an address. Its replies may change with its server, which nobody can see from here. */
export const serverIdentity = (url: string, name: string, options: ModelIdentity = {}): ModelIdentity => ({
  url: url.replace(/\/+$/, ''),
  name,
  ...options,
});
