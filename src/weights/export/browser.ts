// Export for a browser tab: the files that loading needs, and a list of them with checksums, by which a tab knows what it has already.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mapIoError, writeAtomic } from '../../util/fs.js';
import type { HostTensor } from '../../util/host.js';
import { castFloat, isFloat } from '../half.js';
import { openNetwork } from '../open-network.js';
import { SafetensorsFile, writeSafetensors } from '../safetensors.js';
import type { ExportReport } from './gguf.js';
import { writeExport } from './output.js';
import { copyFiles } from './source.js';

/** The list of files, which `sensorium/web` reads first. */
export const BROWSER_MANIFEST = 'sensorium-browser.json';

/** Types of weights in the folder. */
export type BrowserWeights = 'f32' | 'f16';

/** A file as the list has it. */
export interface ListedFile {
  name: string;
  size: number;
  sha256: string;
}

const TEXTS = /\.(json|jinja|txt|model)$/;
/** What training leaves in a folder and no reader needs. */
const RECORDS = /^(report|trainer|curve|results)\b/;
const isWeights = (name: string): boolean => /\.safetensors$/.test(name);

/** Those names in a model's folder that a tab needs. */
export const browserFiles = (names: readonly string[]): string[] =>
  names.filter((name) => (TEXTS.test(name) || isWeights(name)) && !RECORDS.test(name) && name !== BROWSER_MANIFEST).sort();

/** Sizes and checksums. */
export async function listFiles(dir: string, names: readonly string[]): Promise<ListedFile[]> {
  const listed: ListedFile[] = [];
  for (const name of names) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const bytes of createReadStream(join(dir, name))) {
      hash.update(bytes as Uint8Array);
      size += (bytes as Uint8Array).length;
    }
    listed.push({ name, size, sha256: hash.digest('hex') });
  }
  return listed;
}

/**
 * Writes a folder that a page loads from any static server. `weights`: the type that float32 weights get; default, what they have.
 * Errors: those of opening a model, `weights.export` for an output that is not empty.
 */
export async function exportBrowser(
  dir: string,
  out: string,
  { weights, signal }: { weights?: BrowserWeights; signal?: AbortSignal } = {},
): Promise<ExportReport> {
  await openNetwork(dir, { signal }); // a folder that does not load is not written
  const names = await readdir(dir).catch((error: unknown) => {
    throw mapIoError(error, dir);
  });
  return writeExport(out, async (folder) => {
    const files = browserFiles(names);
    for (const name of files) {
      signal?.throwIfAborted();
      if (weights === 'f16' && isWeights(name)) await writeSafetensors(join(folder, name), await halved(join(dir, name)));
      else await copyFiles(dir, folder, [name]);
    }
    const listed = await listFiles(folder, files);
    await writeAtomic(join(folder, BROWSER_MANIFEST), `${JSON.stringify({ format: 1, files: listed }, null, 1)}\n`);
    const bytes = listed.reduce((sum, { size }) => sum + size, 0);
    const notes = bytes > MOST ? ['A tab has 4 GB at most for the model and what it computes: this one may not fit'] : [];
    return { files: [...files, BROWSER_MANIFEST], notes };
  });
}

/** Bytes of a model that may be too much for the memory of WebAssembly. */
const MOST = 1.5 * 2 ** 30;

/** All tensors of a file, those of 32 bits in 16. */
async function halved(path: string): Promise<Record<string, HostTensor>> {
  const file = await SafetensorsFile.open(path);
  const out: Record<string, HostTensor> = {};
  for (const [name, { dtype }] of file.tensors) {
    const tensor = await file.read(name);
    out[name] = isFloat(dtype) && dtype === 'float32' ? castFloat(tensor, 'float16', `${path}: ${name}`) : tensor;
  }
  return out;
}
