// How much the tests on a device go through, and what they measured: `SENSORIUM_DEVICE_TESTS=all` for everything, `RECORD_DEVICE=1` keeps the numbers.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Everything is tested, not what continuous integration has time for. */
export const IS_WHOLE = process.env.SENSORIUM_DEVICE_TESTS === 'all';

const FILE = join(import.meta.dirname, '..', '..', 'results', 'device.json');

/** What is kept: for each section its rows by name. */
interface Kept {
  machine: Record<string, unknown>;
  bounds: Record<string, unknown>;
  sections: Record<string, Record<string, Row>>;
}
type Row = Readonly<Record<string, unknown>>;

/** Bounds that the tests hold their numbers to. */
export const BOUNDS = {
  /** Of logits, absolute. */
  logits: 2e-3,
  /** Share of prompts whose 32 greedy tokens are all the CPU's. */
  equal: 0.95,
  /** Of losses and gradients, relative; see `compareGraphs`. */
  gradients: 1e-3,
  /** Of the losses of training steps, absolute. */
  losses: 1e-3,
  /** Bytes that cross in a step, as a share of the bytes of the parameters. */
  crossed: 0.01,
};

/** Keeps a row of numbers under `results/device.json`, where that is asked for: rows of other runs stay. */
export function record(section: string, name: string, row: Row): void {
  if (process.env.RECORD_DEVICE !== '1') return;
  const kept: Kept = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Kept) : { machine: {}, bounds: {}, sections: {} };
  kept.machine = {
    processor: `${cpus()[0]?.model.trim()}, ${cpus().length} cores`,
    adapter: 'SwiftShader, the software Vulkan driver of Chromium',
    onnxruntime: (JSON.parse(readFileSync(installed('onnxruntime-node/package.json'), 'utf8')) as { version: string }).version,
  };
  kept.bounds = BOUNDS;
  const rows = { ...kept.sections[section], [name]: row };
  kept.sections[section] = Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)));
  const lines = Object.entries(kept.sections).map(
    ([title, all]) =>
      `  ${JSON.stringify(title)}: {\n${Object.entries(all)
        .map(([key, value]) => `   ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
        .join(',\n')}\n  }`,
  );
  const { machine, bounds } = kept;
  writeFileSync(
    FILE,
    `{\n "machine": ${JSON.stringify(machine)},\n "bounds": ${JSON.stringify(bounds)},\n "sections": {\n${lines.join(',\n')}\n }\n}\n`,
  );
}

const installed = (file: string): string => join(import.meta.dirname, '..', '..', 'node_modules', file);

/** Three digits are all that is known of a difference. */
export const short = (x: number): number => Number(x.toPrecision(3));
