// What `sensorium doctor` found wrong on an adapter, kept in the cache folder: programs then keep nodes of these kinds on the CPU.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PLUGIN_VARIABLE } from './provider-plugin.js';

/** A kernel that gave other numbers than the CPU, and the ops of the graph whose nodes it is in. */
export interface WrongKernel {
  readonly kernel: string;
  readonly ops: readonly string[];
  /** Relative to the largest number of the output; absent where it failed. */
  readonly difference?: number;
}

/** The record of one adapter with one driver. */
interface KernelRecord {
  readonly adapter: string;
  readonly wrong: readonly WrongKernel[];
}

/** Where Sensorium keeps what it found out about this machine: `SENSORIUM_CACHE`, else `sensorium` in the user's folder of caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.SENSORIUM_CACHE || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'sensorium');
}

/** A file's text, or nothing. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Adapters of this machine by their identifiers, as Linux shows them. */
function adapters(): string[] {
  try {
    const cards = readdirSync('/sys/class/drm').filter((name) => /^(card|renderD)\d+$/.test(name));
    const ids = cards.map((card) => ['vendor', 'device'].map((what) => textOf(`/sys/class/drm/${card}/device/${what}`)).join(':'));
    return [...new Set(ids)].sort();
  } catch {
    return [];
  }
}

/**
 * What kernels depend on, in words: ONNX Runtime's version, the system, adapters, driver and the options that choose among them. WebGPU tells nothing of
 * its adapter through the C API, so another driver is another record, at the price of one more check.
 */
export function describeAdapter(version: string, env: NodeJS.ProcessEnv = process.env): string {
  const chosen = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'SENSORIUM_WEBGPU_POWER', 'SENSORIUM_WEBGPU_BACKEND', PLUGIN_VARIABLE].map(
    (name) => env[name] ?? '',
  );
  const nvidia = textOf('/proc/driver/nvidia/version').split('\n')[0] ?? '';
  return JSON.stringify([
    version,
    process.platform,
    process.arch,
    process.platform === 'linux' ? '' : os.release(),
    adapters(),
    nvidia,
    chosen,
  ]);
}

const fileOf = (adapter: string, env?: NodeJS.ProcessEnv): string =>
  path.join(cacheFolder(env), 'kernels', `${createHash('sha256').update(adapter).digest('hex').slice(0, 16)}.json`);

/** What is known to be wrong on an adapter. A record that cannot be read is none. */
export function readWrongKernels(adapter: string, env?: NodeJS.ProcessEnv): readonly WrongKernel[] {
  try {
    const record = JSON.parse(readFileSync(fileOf(adapter, env), 'utf8')) as Partial<KernelRecord>;
    if (record.adapter !== adapter || !Array.isArray(record.wrong)) return [];
    return record.wrong.filter(
      ({ kernel, ops }) => typeof kernel === 'string' && Array.isArray(ops) && ops.every((op) => typeof op === 'string'),
    );
  } catch {
    return [];
  }
}

/** Keeps what a check found, in place of what was known; nothing wrong leaves no file. Returns the file, or undefined where there is none. */
export function writeWrongKernels(adapter: string, wrong: readonly WrongKernel[], env?: NodeJS.ProcessEnv): string | undefined {
  const file = fileOf(adapter, env);
  if (wrong.length === 0) {
    rmSync(file, { force: true });
    return undefined;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  const record: KernelRecord = { adapter, wrong };
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
