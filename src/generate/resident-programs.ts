// Two small programs that move rows of caches within the memory of a device, so that nothing crosses when rows fork, grow, move or are kept.

import { constant, gather, greater, input, less, minimum, type Tensor, where } from '../graph/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime } from '../runtime/runtime.js';
import { hostTensor } from '../util/host.js';
import type { KvPlane } from './kv.js';

/** Programs over the planes of one model. */
export interface ResidentPrograms {
  /**
   * `from.PLANE` [rows, heads, capacity, dim] -> `to.PLANE` [count, heads, n, dim]: of row `row` (int32 [count]) the positions `place` (int32 [n]),
   * zero from position `filled` (int32 [count]) on. `capacity`: int32 [], that of `from`.
   */
  readonly arrange: Program;
  /**
   * `whole.PLANE` [rows, heads, capacity, dim] with `part.PLANE` [1, heads, n, dim] in it -> `to.PLANE`: where `row` (int32 [rows]) and `taken`
   * (int32 [capacity]) are one, position `place` (int32 [capacity]) of the part. `n`: int32 [].
   */
  readonly place: Program;
}

const made = new WeakMap<Runtime, Map<string, Promise<ResidentPrograms>>>();

/** The programs for planes of these shapes, compiled once for a runtime. */
export function residentPrograms(runtime: Runtime, planes: readonly KvPlane[]): Promise<ResidentPrograms> {
  const known = made.get(runtime) ?? new Map<string, Promise<ResidentPrograms>>();
  made.set(runtime, known);
  const key = planes.map(({ name, heads, dim }) => `${name}:${heads}x${dim}`).join();
  let programs = known.get(key);
  if (!programs) {
    programs = compileBoth(runtime, planes);
    known.set(key, programs);
  }
  return programs;
}

async function compileBoth(runtime: Runtime, planes: readonly KvPlane[]): Promise<ResidentPrograms> {
  const arrange = await compile(arrangeGraph(planes), { runtime, name: 'arrange' });
  return { arrange, place: await compile(placeGraph(planes), { runtime, name: 'place' }) };
}

/** int32 [heads, 1]: 0, 1, 2, … */
const headsOf = (heads: number): Tensor =>
  constant(
    hostTensor(
      'int32',
      [heads, 1],
      Int32Array.from({ length: heads }, (_, i) => i),
    ),
  );

function arrangeGraph(planes: readonly KvPlane[]): Record<string, Tensor> {
  const int32 = (name: string, ...shape: string[]): Tensor => input(name, shape, 'int32');
  const [row, filled] = [int32('row', 'count'), int32('filled', 'count')];
  const [place, capacity] = [int32('place', 'n'), int32('capacity')];
  const holds = less(place.reshape([1, 1, 'n', 1]), filled.reshape(['count', 1, 1, 1]));
  const within = minimum(place, capacity.sub(1)); // what is beyond is zeroed, but must not be looked up
  const outputs: Record<string, Tensor> = {};
  for (const { name, heads, dim } of planes) {
    const from = input(`from.${name}`, ['rows', heads, 'capacity', dim]);
    // One look-up of whole positions in [rows * heads * capacity, dim].
    const at = row.reshape(['count', 1, 1]).mul(heads).add(headsOf(heads)).mul(capacity).add(within);
    outputs[`to.${name}`] = where(holds, gather(from.reshape([-1, dim]), at), 0);
  }
  return outputs;
}

function placeGraph(planes: readonly KvPlane[]): Record<string, Tensor> {
  const int32 = (name: string, ...shape: string[]): Tensor => input(name, shape, 'int32');
  const [row, taken] = [int32('row', 'rows'), int32('taken', 'capacity')];
  const [place, n] = [int32('place', 'capacity'), int32('n')];
  const isNew = greater(row.reshape(['rows', 1, 1, 1]).mul(taken.reshape([1, 1, 'capacity', 1])), 0);
  const outputs: Record<string, Tensor> = {};
  for (const { name, heads, dim } of planes) {
    const part = input(`part.${name}`, [1, heads, 'positions', dim]);
    const whole = input(`whole.${name}`, ['rows', heads, 'capacity', dim]);
    const fresh = gather(part.reshape([-1, dim]), headsOf(heads).mul(n).add(place)); // [heads, capacity, dim]
    outputs[`to.${name}`] = where(isNew, fresh.unsqueeze(0), whole);
  }
  return outputs;
}
