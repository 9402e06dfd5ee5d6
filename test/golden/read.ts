// Reads a folder of test/golden/families: a checkpoint as transformers saved it, and what transformers computed from it (make.py).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAll, SafetensorsFile } from '../../src/weights/index.js';
import type { HostTensor } from '../../src/util/host.js';

/** The folders of all families. */
export const FAMILIES = join(import.meta.dirname, 'families');

export interface Golden {
  /** The model folder. */
  dir: string;
  floats(name: string): HostTensor<'float32'>;
  bytes(name: string): HostTensor<'uint8'>;
  /** golden.json: what no tensor holds. */
  json<T>(): T;
  ints(name: string): HostTensor<'int32'>;
  /** Rows of a two-dimensional integer tensor. */
  rows(name: string): number[][];
}

/** Names of the folders of one family: `llama/untied`. */
export function goldenNames(family: string): string[] {
  return readdirSync(join(FAMILIES, family))
    .sort()
    .map((name) => `${family}/${name}`);
}

/** One folder with its tensors read. */
export async function golden(name: string, file = 'golden.safetensors'): Promise<Golden> {
  const dir = join(FAMILIES, name);
  const tensors = await readAll(await SafetensorsFile.open(join(dir, file)));
  const get = (key: string): HostTensor => {
    const tensor = tensors[key];
    if (!tensor) throw new Error(`${name} has no ${key}, but ${Object.keys(tensors).join(', ')}`);
    return tensor;
  };
  const ints = (key: string): HostTensor<'int32'> => get(key) as HostTensor<'int32'>;
  return {
    dir,
    floats: (key) => get(key) as HostTensor<'float32'>,
    bytes: (key) => get(key) as HostTensor<'uint8'>,
    json: <T>() => JSON.parse(readFileSync(join(dir, 'golden.json'), 'utf8')) as T,
    ints,
    rows: (key) => {
      const { shape, data } = ints(key);
      const [count, width] = shape as [number, number];
      return Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
    },
  };
}

/** The largest absolute difference; NaN when there is one, and an error for other sizes. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs((a[i] as number) - (b[i] as number));
    if (!(d <= most)) most = d;
  }
  return most;
}
