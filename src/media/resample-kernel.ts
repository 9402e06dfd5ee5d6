// The memory in which resampling runs, and its inner loops as functions. Addresses are bytes of that memory.

import { HEADER, LOW_BITS, PAIR, resampleCode } from './resample-code.js';
import type { Taps } from './taps.js';

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of WebAssembly that is used here; TypeScript has its types only together with those of browsers. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: { initial: number }) => Memory;
  Instance: new (module: object, imports: object) => { exports: object };
  validate(bytes: Uint8Array): boolean;
}

const { WebAssembly } = globalThis as { WebAssembly?: Wasm };

/** Bytes of the record of one position; its first pixel may be the second of a pair. */
export const recordBytes = ({ width }: Taps): number => HEADER + Math.ceil((width + 1) / 2) * 8;

/** Records that were made, by their taps and origin. */
const made = new WeakMap<Taps, Map<number | undefined, Uint8Array>>();

/**
 * Writes the records of taps at an address: how far the first pair is from that of position `origin`, in bytes, or from the first row where no
 * origin is given; bytes of the weights; the weight of what is outside the image; the weights, in pairs.
 */
export function putRecords(memory: ArrayBuffer, at: number, taps: Taps, origin?: number): void {
  const known = made.get(taps) ?? new Map<number | undefined, Uint8Array>();
  made.set(taps, known);
  const records = known.get(origin) ?? recordsOf(taps, origin);
  known.set(origin, records);
  new Uint8Array(memory).set(records, at);
}

function recordsOf(taps: Taps, origin: number | undefined): Uint8Array {
  const { weights, width, first, count, outside } = taps;
  const step = recordBytes(taps);
  const bytes = new Uint8Array(step * first.length);
  const [shorts, ints] = [new Int16Array(bytes.buffer), new Int32Array(bytes.buffer)];
  for (let i = 0; i < first.length; i++) {
    const [record, n] = [i * step, count[i] as number];
    const skipped = origin === undefined ? 0 : Math.max(0, (first[i] as number) - origin);
    const odd = skipped & 1;
    ints[record >> 2] = (skipped >> 1) * PAIR;
    ints[(record >> 2) + 1] = ((n + odd + (n > 0 ? 1 : 0)) >> 1) * 8;
    ints[(record >> 2) + 2] = outside[i] as number;
    const to = (record + HEADER) >> 1;
    for (let k = 0; k < n; k++) {
      const weight = weights[i * width + k] as number;
      const place = to + ((k + odd) >> 1) * 4 + ((k + odd) & 1);
      shorts[place] = weight >> LOW_BITS;
      shorts[place + 2] = weight & (2 ** LOW_BITS - 1);
    }
  }
  return bytes;
}

const PAGE = 2 ** 16;
/** A memory that has grown beyond this is given back after use, in bytes. */
const KEPT = 2 ** 23;

type Loop = (...addresses: number[]) => void;
type Loops = Readonly<Record<'pairs' | 'across' | 'down', Loop>>;

/** The functions of `resample-code.ts`, and the memory that they work in. */
export interface Kernel extends Loops {
  readonly memory: ArrayBuffer;
}

let compiled: object | null | undefined;
let kept: { memory: Memory; loops: Loops } | undefined;

/** Compiled once a thread; threads share the machine code. */
function loopsModule(): object | null {
  if (compiled === undefined) {
    const code = resampleCode();
    compiled = WebAssembly?.validate(code) ? new WebAssembly.Module(code) : null;
  }
  return compiled;
}

/** Whether the kernel can run: old processors have no SIMD, and `node --jitless` has no WebAssembly. */
export const hasKernel = (): boolean => loopsModule() !== null;

/** Runs `use` with a memory of at least so many bytes, which belongs to nobody else until it returns. */
export function withKernel<T>(bytes: number, use: (kernel: Kernel) => T): T {
  let own = kept;
  kept = undefined;
  if (!own) {
    const memory = new (WebAssembly as Wasm).Memory({ initial: 16 });
    own = { memory, loops: new (WebAssembly as Wasm).Instance(loopsModule() as object, { m: { memory } }).exports as Loops };
  }
  const missing = bytes - own.memory.buffer.byteLength;
  if (missing > 0) own.memory.grow(Math.ceil(missing / PAGE));
  const { pairs, across, down } = own.loops;
  const result = use({ memory: own.memory.buffer, pairs, across, down });
  if (own.memory.buffer.byteLength <= KEPT) kept = own;
  return result;
}
